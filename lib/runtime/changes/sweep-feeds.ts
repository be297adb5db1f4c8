import type { Db } from "#lib/db.ts";
import type { IrNode } from "#lib/ir/schema.ts";
import { loadCurrentVersions } from "#lib/pipelines/index.ts";
import { giveBack, isReleased, release } from "./change-feeds.ts";

type Feed = Awaited<ReturnType<Db["changeFeed"]["findMany"]>>[number];

/**
 * Gives back what is followed for nobody: of pipelines that are deleted, or whose current version mirrors something else
 * there or nothing. Where the source is away it is tried again with the next call. Any number of workers may do it.
 * @param options.of only these; default: of all tenants.
 * @returns how many were given back.
 */
export async function sweepFeeds(
  db: Db,
  { of, signal }: { of?: { tenantId: string; sourceId: string }; signal?: AbortSignal } = {},
): Promise<number> {
  const feeds = await db.changeFeed.findMany({ where: of, orderBy: { updatedAt: "asc" } });
  if (feeds.length === 0) return 0;
  const versions = await loadCurrentVersions(db, feeds);
  let given = 0;
  for (const feed of feeds) {
    if (signal?.aborted) break;
    if (!isReleased(feed)) {
      if (isWanted(feed, versions.get(feed.pipelineId)?.ir.nodes)) continue;
      if (!(await release(db, feed))) continue;
    }
    if (await giveBack(db, feed, { signal })) given += 1;
  }
  return given;
}

/** Whether a node still mirrors the table that is followed. Another source under the same name shows with the next run. */
function isWanted({ nodeId, reads }: Feed, nodes: readonly IrNode[] | undefined): boolean {
  const target = nodes?.find(({ id }) => id === nodeId);
  if (target?.kind !== "target" || target.loadMode !== "cdc_mirror") return false;
  const source = nodes?.find(({ id }) => id === target.input);
  if (source?.kind !== "source" || !("stream" in source.config)) return false;
  const [, ...followed] = JSON.parse(reads) as unknown[];
  return JSON.stringify(followed) === JSON.stringify([source.config.stream, source.config.columns ?? null]);
}
