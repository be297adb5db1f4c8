import { sqlLiteral } from "#lib/ir/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import type { RejectedCopy } from "../engine.ts";
import { Chain, FATE, type Fate, fateBook, ORIGINAL, ROW, type TypedColumn } from "./chain.ts";
import { csvOf } from "./csv-out.ts";
import type { Execution } from "./execution.ts";

const COLUMNS: TypedColumn[] = [
  { name: "run_id", type: { name: "string" } },
  { name: "node_id", type: { name: "string" } },
  { name: "rule", type: { name: "string" } },
  { name: "reason", type: { name: "string" } },
  { name: "row_number", type: { name: "bigint" } },
  { name: "row", type: { name: "json" } },
];

/** Rejected rows of the validate nodes that name a table for them, each as it stood at the failing node. */
export function rejectedCopies(
  { rows, queries }: Execution,
  { plan, runId, scratch }: { plan: LogicalPlan; runId: string; scratch: string },
): RejectedCopy[] {
  return rows.rejectFiles.flatMap(({ nodeId, file, fates }) => {
    const step = plan.steps.find((candidate) => candidate.nodeId === nodeId);
    if (step?.kind !== "validate" || !step.quarantineTable) return [];
    const chain = new Chain(rejectedIn(file, fates, runId, nodeId), COLUMNS, fateBook());
    const from = () => chain.sql();
    const csv = () => csvOf(queries, chain, scratch, false);
    return [{ nodeId, table: step.quarantineTable, rows: { columns: COLUMNS, from, csv } }];
  });
}

function rejectedIn(file: string, fates: readonly Fate[], runId: string, nodeId: string): string {
  const cases = (pick: "rule" | "reason") =>
    fates.map((fate) => `WHEN ${fate.id} THEN ${sqlLiteral(fate[pick])}`).join(" ");
  const list = [
    `${sqlLiteral(runId)} AS run_id`,
    `${sqlLiteral(nodeId)} AS node_id`,
    `CASE ${FATE} ${cases("rule")} END AS rule`,
    `CASE ${FATE} ${cases("reason")} END AS reason`,
    `${ROW} AS row_number`,
    `CAST(${ORIGINAL} AS JSON) AS "row"`,
  ];
  const ids = fates.map(({ id }) => id).join(", ");
  return `(SELECT ${list.join(", ")}, ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM read_parquet(${sqlLiteral(file)}) WHERE ${FATE} IN (${ids}))`;
}
