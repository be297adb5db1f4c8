import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { listOutlines, loadVersion } from "#lib/pipelines/index.ts";
import { lastColumns } from "./last-columns.ts";
import {
  LineageInput,
  type LineageNeighbour,
  type PipelineLineage,
  type TableLineage,
  TableLineageQuery,
} from "./lineage-schema.ts";
import { loadPlaces, type NamedDataset, nameDatasets, type Places } from "./name-datasets.ts";
import { describeLineage, planLineage } from "./plan-lineage.ts";

/**
 * Where every column comes from that a version writes, and the pipelines before and behind this one. Columns that a
 * source does not declare are those that its last run found.
 * @throws AppError `permission_denied`, `pipeline_not_found`, `not_found`; `not_executable` for a draft without a plan.
 */
export async function getLineage({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<PipelineLineage> {
  requirePermission(ctx, "pipelines.read");
  const { id, version } = LineageInput.parse(input);
  const loaded = await loadVersion({ ctx, pipeline: id, ...(version !== undefined && { version }) });
  const { pipelineId, slug, name } = loaded;
  const seen = await lastColumns(ctx, { pipelineId });
  const places = await loadPlaces(ctx);
  const named = nameDatasets(loaded.ir.nodes, places);
  const others = await tablesOfOthers(ctx, places, pipelineId);
  return {
    ...{ pipelineId, slug, name, version: loaded.version },
    ...describeLineage(planLineage(loaded.ir, seen), named),
    upstream: neighbours(others, named.filter(reads), writes),
    downstream: neighbours(others, named.filter(writes), reads),
  };
}

/**
 * Which pipelines of the tenant write and read a table, wherever there is one of that name.
 * @throws AppError `permission_denied`
 */
export async function getTableLineage({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<TableLineage> {
  requirePermission(ctx, "pipelines.read");
  const { table } = TableLineageQuery.parse(input);
  const all = await tablesOfOthers(ctx, await loadPlaces(ctx));
  const found = new Map<string, TableLineage["data"][number]>();
  for (const { datasets, ...pipeline } of all)
    for (const dataset of datasets) {
      const { namespace, name } = dataset;
      if (name !== table && !name.endsWith(`.${table}`)) continue;
      const entry = found.get(keyOf(dataset)) ?? { namespace, name, writtenBy: [], readBy: [] };
      found.set(keyOf(dataset), entry);
      const list = writes(dataset) ? entry.writtenBy : entry.readBy;
      if (!list.some(({ pipelineId }) => pipelineId === pipeline.pipelineId)) list.push(pipeline);
    }
  return { data: [...found.values()] };
}

type Other = Omit<LineageNeighbour, "tables"> & { datasets: NamedDataset[] };

const reads = ({ role }: NamedDataset): boolean => role === "source" || role === "reference";
const writes = (dataset: NamedDataset): boolean => !reads(dataset);
const keyOf = ({ namespace, name }: NamedDataset): string => `${namespace} ${name}`;

async function tablesOfOthers(ctx: Ctx, places: Places, except?: string): Promise<Other[]> {
  const outlines = await listOutlines(ctx);
  return outlines
    .filter(({ pipelineId }) => pipelineId !== except)
    .map(({ nodes, ...pipeline }) => ({ ...pipeline, datasets: nameDatasets(nodes, places) }));
}

/** The others that have one of these datasets on the other side of themselves. */
function neighbours(
  others: readonly Other[],
  ours: readonly NamedDataset[],
  side: (dataset: NamedDataset) => boolean,
): LineageNeighbour[] {
  const keys = new Set(ours.map(keyOf));
  return others.flatMap(({ datasets, ...pipeline }) => {
    const met = datasets.filter((dataset) => side(dataset) && keys.has(keyOf(dataset)));
    const tables = [...new Map(met.map((dataset) => [keyOf(dataset), dataset])).values()];
    if (tables.length === 0) return [];
    return [{ ...pipeline, tables: tables.map(({ namespace, name }) => ({ namespace, name })) }];
  });
}
