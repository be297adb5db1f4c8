import type { Db } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { lastColumns } from "./last-columns.ts";
import { loadPlaces, type NamedDataset, nameDatasets } from "./name-datasets.ts";
import { type PlannedLineage, planLineage } from "./plan-lineage.ts";
import type { Ledger } from "./schema.ts";
import { systemCtx } from "./system-ctx.ts";

/** What a run reads and writes, and where the columns come from that it writes. */
export type RunLineage = PlannedLineage & {
  slug: string;
  description: string | undefined;
  datasets: NamedDataset[];
};

/**
 * The lineage of the version that a run is of, with the columns that its sources came with, or came with last.
 * @returns undefined if the pipeline is gone, or the version cannot be planned any more.
 */
export async function loadRunLineage(
  db: Db,
  run: { id: string; tenantId: string; pipelineId: string; pipelineVersion: number; ledger?: Ledger | null },
): Promise<RunLineage | undefined> {
  const ctx = systemCtx(db, run.tenantId, run.id);
  try {
    const { ir, slug } = await loadVersion({
      ctx,
      pipeline: run.pipelineId,
      version: run.pipelineVersion,
    });
    const seen = run.ledger?.columns ?? (await lastColumns(ctx, { pipelineId: run.pipelineId }));
    const datasets = nameDatasets(ir.nodes, await loadPlaces(ctx));
    return { ...planLineage(ir, seen), slug, description: ir.metadata.description, datasets };
  } catch (error) {
    if (isAppError(error) && error.code !== "internal") return undefined;
    throw error;
  }
}
