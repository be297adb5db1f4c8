import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { loadSource, type OpenedSource, updateSource } from "#lib/sources/index.ts";
import type { Source, UpdateSourceInput } from "#lib/sources/schema.ts";
import { giveBack, release } from "./change-feeds.ts";

/** Fields that say which database a source is. */
const PLACE = ["host", "port", "database"];

/**
 * Changes a source. Where it is another database then, what mirrors follow in the one before is given back there, as
 * long as its address is known; each is read anew by its next run.
 * @throws AppError as {@link updateSource}
 */
export async function changeSource({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: z.input<typeof UpdateSourceInput>;
}): Promise<Source> {
  requirePermission(ctx, "sources.write");
  const before = await loadSource({ ctx, ref: id });
  const saved = await updateSource({ ctx, id, input });
  const after = await loadSource({ ctx, ref: saved.id });
  if (placeOf(before) !== placeOf(after)) await giveAllBack(ctx, before);
  return saved;
}

const placeOf = ({ config }: OpenedSource) => JSON.stringify(PLACE.map((field) => config[field] ?? null));

async function giveAllBack({ db, tenant }: Ctx, at: OpenedSource): Promise<void> {
  const feeds = await db.changeFeed.findMany({ where: { tenantId: tenant, sourceId: at.id } });
  const signal = AbortSignal.timeout(limits.connectMs);
  for (const feed of feeds) if (await release(db, feed)) await giveBack(db, feed, { signal, at });
}
