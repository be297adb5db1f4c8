import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { removeSource } from "#lib/runs/index.ts";
import { getSource } from "#lib/sources/index.ts";
import { sweepFeeds } from "./sweep-feeds.ts";

/**
 * Forgets a source that no pipeline reads from. What it still keeps for mirrors that are no more is given back first:
 * afterwards nobody knows its address.
 * @throws AppError as {@link removeSource}
 */
export async function forgetSource({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "sources.write");
  const source = await getSource({ ctx, id });
  const of = { tenantId: ctx.tenant, sourceId: source.id };
  await sweepFeeds(ctx.db, { of, signal: AbortSignal.timeout(limits.connectMs) });
  await removeSource({ ctx, id: source.id });
}
