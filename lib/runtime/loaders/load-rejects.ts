import { sqlLiteral } from "#lib/ir/index.ts";
import type { LogicalPlan, TargetStep, ValidateStep } from "#lib/ir/schema.ts";
import { Chain, FATE, fateBook, ORIGINAL, ROW, type TypedColumn } from "../engines/duckdb/chain.ts";
import { csvOf } from "../engines/duckdb/csv-out.ts";
import type { Execution } from "../engines/duckdb/execution.ts";
import { loadDuckdb } from "./load-duckdb.ts";
import { loadPostgres } from "./load-postgres.ts";
import type { LoadDestination, LoadInput } from "./loader.ts";

const COLUMNS: TypedColumn[] = [
  { name: "run_id", type: { name: "string" } },
  { name: "node_id", type: { name: "string" } },
  { name: "rule", type: { name: "string" } },
  { name: "reason", type: { name: "string" } },
  { name: "row_number", type: { name: "bigint" } },
  { name: "row", type: { name: "json" } },
];

/** Copies rejected rows into the tables that validate nodes name, each as it stood at the failing node. */
export async function loadRejects({
  execution,
  input,
  resolve,
  firstTarget,
}: {
  execution: Execution;
  input: { plan: LogicalPlan; runId: string; scratchDir: string; signal?: AbortSignal };
  resolve: (step: { destination?: string }) => Promise<LoadDestination>;
  firstTarget: (nodeId: string) => TargetStep;
}): Promise<void> {
  for (const { nodeId, file, fates } of execution.rows.rejectFiles) {
    const step = input.plan.steps.find((candidate) => candidate.nodeId === nodeId) as ValidateStep;
    if (step.kind !== "validate" || !step.quarantineTable) continue;
    const cases = (pick: "rule" | "reason") =>
      fates.map((fate) => `WHEN ${fate.id} THEN ${sqlLiteral(fate[pick])}`).join(" ");
    const list = [
      `${sqlLiteral(input.runId)} AS run_id`,
      `${sqlLiteral(nodeId)} AS node_id`,
      `CASE ${FATE} ${cases("rule")} END AS rule`,
      `CASE ${FATE} ${cases("reason")} END AS reason`,
      `${ROW} AS row_number`,
      `CAST(${ORIGINAL} AS JSON) AS "row"`,
    ];
    const ids = fates.map(({ id }) => id).join(", ");
    const base = `(SELECT ${list.join(", ")}, ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM read_parquet(${sqlLiteral(file)}) WHERE ${FATE} IN (${ids}))`;
    const chain = new Chain(base, COLUMNS, fateBook());
    const request: LoadInput = {
      runId: input.runId,
      step: {
        nodeId: `${nodeId}#quarantine`,
        table: step.quarantineTable,
        loadMode: "append",
        upsertKey: [],
        schemaEvolution: "evolve",
        allowEmpty: true,
      },
      rows: {
        columns: COLUMNS,
        from: () => chain.sql(),
        csv: () => csvOf(execution.queries, chain, input.scratchDir, false),
      },
      signal: input.signal,
    };
    const destination = await resolve(firstTarget(nodeId));
    await (destination.kind === "postgres"
      ? loadPostgres(destination, request)
      : loadDuckdb(destination, request));
  }
}
