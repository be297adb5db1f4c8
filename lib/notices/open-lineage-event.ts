import { publicUrl } from "#lib/env.ts";
import { formatIrType } from "#lib/ir/index.ts";
import { isDirect, type LineageNode, type LineageOrigin } from "#lib/ir/schema.ts";
import type { RunLineage } from "#lib/runs/index.ts";
import type { Ledger, NodeCounts } from "#lib/runs/schema.ts";

/** The states of a run that are told of (OpenLineage 2-0-2, RunEvent). */
export type EventType = "START" | "COMPLETE" | "FAIL" | "ABORT";

/** A run as an event tells of it. */
export type LineageRun = {
  id: string;
  tenantId: string;
  scheduledFor: Date | null;
  backfillId: string | null;
  ledger?: Ledger | null;
  /** Why it failed, without values of rows. */
  failed?: string;
};

type Facet = Record<string, unknown>;
type Facets = Record<string, Facet>;
type Dataset = {
  namespace: string;
  name: string;
  facets: Facets;
  inputFacets?: Facets;
  outputFacets?: Facets;
};

/** One event, as it is posted. */
export type RunEvent = {
  eventType: EventType;
  eventTime: string;
  producer: string;
  schemaURL: string;
  run: { runId: string; facets: Facets };
  job: { namespace: string; name: string; facets: Facets };
  inputs: Dataset[];
  outputs: Dataset[];
};

const SPEC = "https://openlineage.io/spec";
/** Versions of the facets, from the `$id` of each file in the specification's repository. */
const VERSIONS = {
  NominalTimeRunFacet: "1-0-1",
  ParentRunFacet: "1-2-0",
  ErrorMessageRunFacet: "1-0-1",
  JobTypeJobFacet: "2-0-4",
  DocumentationJobFacet: "1-1-0",
  SchemaDatasetFacet: "1-2-0",
  DatasourceDatasetFacet: "1-0-1",
  ColumnLineageDatasetFacet: "1-2-0",
  InputStatisticsInputDatasetFacet: "1-0-0",
  OutputStatisticsOutputDatasetFacet: "1-0-2",
} as const;

function facet(kind: keyof typeof VERSIONS, members: Record<string, unknown>): Facet {
  const _schemaURL = `${SPEC}/facets/${VERSIONS[kind]}/${kind}.json#/$defs/${kind}`;
  return { _producer: publicUrl(), _schemaURL, ...members };
}

/** The namespace of a tenant's jobs, and of its built-in warehouse. */
const jobNamespace = (tenant: string): string => `penstock://${tenant}`;

/**
 * What a collector of lineage is told of a run: OpenLineage's RunEvent, version 2-0-2.
 * @param lineage what the run reads and writes; without it the event tells of the run alone.
 */
export function runEvent(
  run: LineageRun,
  lineage: RunLineage | undefined,
  { type, at, name }: { type: EventType; at: Date; name: string },
): RunEvent {
  const namespace = jobNamespace(run.tenantId);
  const { inputs, outputs } = datasetsOf(run, lineage, type);
  return {
    eventType: type,
    eventTime: at.toISOString(),
    producer: publicUrl(),
    schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: { runId: run.id, facets: runFacets(run, name) },
    job: {
      namespace,
      name,
      facets: {
        jobType: facet("JobTypeJobFacet", {
          ...{ processingType: "BATCH", integration: "PENSTOCK", jobType: "PIPELINE" },
        }),
        ...(lineage?.description && {
          documentation: facet("DocumentationJobFacet", { description: lineage.description }),
        }),
      },
    },
    inputs,
    outputs,
  };
}

function runFacets({ tenantId, scheduledFor, backfillId, failed }: LineageRun, name: string): Facets {
  const parentJob = { namespace: jobNamespace(tenantId), name: `${name}.backfill` };
  return {
    ...(scheduledFor && {
      nominalTime: facet("NominalTimeRunFacet", { nominalStartTime: scheduledFor.toISOString() }),
    }),
    ...(backfillId && {
      parent: facet("ParentRunFacet", { run: { runId: backfillId }, job: parentJob }),
    }),
    ...(failed !== undefined && {
      errorMessage: facet("ErrorMessageRunFacet", { message: failed, programmingLanguage: "TypeScript" }),
    }),
  };
}

function datasetsOf(run: LineageRun, lineage: RunLineage | undefined, type: EventType) {
  const inputs: Dataset[] = [];
  const outputs: Dataset[] = [];
  if (!lineage) return { inputs, outputs };
  const names = new Map(lineage.datasets.map(({ id, namespace, name }) => [id, { namespace, name }]));
  for (const { node, role, namespace, name } of lineage.datasets) {
    const facets: Facets = {
      dataSource: facet("DatasourceDatasetFacet", { name: namespace, uri: uriOf(namespace) }),
    };
    const counts = type === "COMPLETE" ? run.ledger?.nodes[node] : undefined;
    if (role === "source" || role === "reference") {
      const step = lineage.plan.steps.find((one) => one.nodeId === node && one.kind === "source");
      const columns = role === "source" ? step?.columns : undefined;
      if (columns) facets.schema = schemaFacet(columns.map(typed));
      const inputFacets: Facets | undefined = step &&
        counts && {
          inputStatistics: facet("InputStatisticsInputDatasetFacet", { rowCount: counts.out }),
        };
      inputs.push({ namespace, name, facets, ...(inputFacets && { inputFacets }) });
      continue;
    }
    const written =
      role === "target" ? lineage.lineage.nodes.get(node) : lineage.lineage.quarantines.get(node);
    const step = lineage.plan.steps.find((one) => one.nodeId === node);
    const columns =
      role === "target" ? step?.columns?.map(typed) : written?.columns.map(({ name }) => ({ name }));
    if (columns) facets.schema = schemaFacet(columns);
    if (written) facets.columnLineage = columnLineage(written, names);
    const outputFacets: Facets | undefined =
      role === "target" && counts
        ? { outputStatistics: facet("OutputStatisticsOutputDatasetFacet", { rowCount: rowsWritten(counts) }) }
        : undefined;
    outputs.push({ namespace, name, facets, ...(outputFacets && { outputFacets }) });
  }
  return { inputs, outputs };
}

const typed = ({ name, type }: { name: string; type?: Parameters<typeof formatIrType>[0] }) => ({
  name,
  ...(type && { type: formatIrType(type) }),
});

const schemaFacet = (columns: readonly { name: string; type?: string }[]): Facet =>
  facet("SchemaDatasetFacet", {
    fields: columns.map((column, at) => ({ ...column, ordinal_position: at + 1 })),
  });

/** Some namespaces of the naming specification, such as that of local files, are no URI by themselves. */
const uriOf = (namespace: string): string => (namespace.includes(":") ? namespace : `${namespace}:///`);

const rowsWritten = ({ out, inserted, updated, deleted }: NodeCounts): number =>
  inserted === undefined && updated === undefined ? out : (inserted ?? 0) + (updated ?? 0) + (deleted ?? 0);

/** Origins that are rows as a whole have no field, and the facet has no place for them. */
function columnLineage(
  { columns, rows }: LineageNode,
  names: ReadonlyMap<string, { namespace: string; name: string }>,
): Facet {
  const fieldsOf = (origins: readonly LineageOrigin[]) =>
    origins.flatMap(({ source, field, ways }) => {
      const dataset = names.get(source);
      if (!dataset || field === null) return [];
      const transformations = ways.map(({ kind, masking }) => ({
        type: isDirect(kind) ? "DIRECT" : "INDIRECT",
        subtype: kind,
        description: "",
        masking,
      }));
      return [{ ...dataset, field, transformations }];
    });
  const fields = columns.map(({ name, origins }) => [name, { inputFields: fieldsOf(origins) }] as const);
  const whole = fieldsOf(rows);
  return facet("ColumnLineageDatasetFacet", {
    fields: Object.fromEntries(fields),
    ...(whole.length > 0 && { dataset: whole }),
  });
}
