import { requirePermission } from "#lib/access/index.ts";
import type { StreamPage, StreamPreview } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import {
  discoverStreams,
  firstRows,
  listStreams,
  openDraft,
  previewStream,
  type Reached,
} from "#lib/sources/index.ts";
import { ListStreamsQuery, PreviewQuery } from "#lib/sources/schema.ts";
import { reachedBySetup } from "./fields-of-setup.ts";
import { loadSession } from "./session-row.ts";

type Asked = { ctx: Ctx; id: string; input: unknown };

/**
 * A page of what the conversation's source offers, saved or not.
 * @throws AppError `permission_denied`, `session_not_found`, `session_expired`, `source_unreachable`; `conflict` while
 * the connection is not known.
 */
export async function listSessionStreams({ ctx, id, input }: Asked): Promise<StreamPage> {
  requirePermission(ctx, "sources.write");
  const at = await placeOf(ctx, id);
  if ("saved" in at) return listStreams({ ctx, id: at.saved, input });
  return discoverStreams(ctx, at.reached, ListStreamsQuery.parse(input));
}

/**
 * The first rows of one of its streams.
 * @throws AppError as {@link listSessionStreams}; `stream_not_found`
 */
export async function previewSessionStream({ ctx, id, input }: Asked): Promise<StreamPreview> {
  requirePermission(ctx, "sources.write");
  const at = await placeOf(ctx, id);
  if ("saved" in at) return previewStream({ ctx, id: at.saved, input });
  return firstRows(ctx, at.reached, PreviewQuery.parse(input).stream);
}

async function placeOf(ctx: Ctx, id: string): Promise<{ saved: string } | { reached: Reached }> {
  const { setup, draftId } = await loadSession(ctx, id);
  if (setup.outcome?.source_id) return { saved: setup.outcome.source_id };
  // Only what was tested: a question about streams is no way to try out hosts.
  if (!setup.connector || !setup.found)
    throw new AppError("conflict", "The connection has not been tested yet.");
  const entered = async () => (draftId ? openDraft({ ctx, draftId }) : {});
  return { reached: await reachedBySetup({ entered }, setup) };
}
