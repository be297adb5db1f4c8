import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { parseJson } from "#lib/parse-json.ts";
import { instantOf } from "./instant.ts";
import { ackOf } from "./materialize.ts";
import { type PreparedEvent, prepareEvent } from "./prepare-event.ts";
import { enqueue } from "./queue.ts";
import type { Ack } from "./schema.ts";

/** An acknowledgment; `replayed` where the same event had been taken before. */
export type Ingested = { ack: Ack; replayed: boolean };

/**
 * Takes one event: answers after the commit that holds it and everything derived from it.
 * @param input the event as JSON gave it.
 * @throws AppError of {@link prepareEvent}; `event_conflict`, `event_erased`, `overloaded`, `unavailable`.
 */
export async function ingestEvent({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<Ingested> {
  requirePermission(ctx, "events.write");
  const text = JSON.stringify(input) ?? "null";
  return commitOne(prepareEvent(ctx, parseJson(text, limits.eventDepth), text.length, instantOf(new Date())));
}

/** Commits one event that has passed its checks. */
export async function commitOne(prepared: PreparedEvent): Promise<Ingested> {
  const [outcome] = await enqueue([prepared]);
  if (!outcome) throw new Error("A flush answers for each of its events");
  if (isAppError(outcome)) throw outcome;
  return { ack: ackOf(prepared.event, outcome.lsn, prepared.warnings), replayed: outcome.replayed };
}
