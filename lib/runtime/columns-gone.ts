import { DataError } from "#lib/connectors/index.ts";
import { driftOf, parseIrType } from "#lib/ir/index.ts";
import type { Column, DriftColumn, LogicalPlan } from "#lib/ir/schema.ts";
import type { Ledger, RunWarning } from "#lib/runs/schema.ts";
import { targetsBelow } from "./table-pairs.ts";

/**
 * Compares a source's columns with those that the same version got the last time. Where nothing names a column, nothing
 * else would tell that it is gone.
 * @returns a warning of those that are gone.
 * @throws DataError `schema_frozen` where a table below may not change
 */
export function columnsGone(
  plan: LogicalPlan,
  { nodeId, of, columns }: { nodeId: string; of: string; columns: readonly Column[] },
  last: Ledger["columns"] = {},
): RunWarning[] {
  const was = last[nodeId];
  if (!was) return [];
  const drift = driftOf({ nodeId, of }, was.map(typed), columns);
  if (drift.missing.length === 0) return [];
  const [gone, added] = [drift.missing, drift.added].map((some) => some.map(({ name }) => name).join(", "));
  const also = added ? `; new since then: ${added}` : "";
  const message = `${of} no longer has what it had in the last run: ${gone}${also}`;
  const frozen = targetsBelow(plan, nodeId).find(({ schemaEvolution }) => schemaEvolution === "freeze");
  if (!frozen) return [{ code: "columns_gone", message, nodeId, drift }];
  const hint = `${frozen.nodeId} has "schemaEvolution" "freeze". Review the change that the run offers, or put the column back at the source`;
  throw new DataError("schema_frozen", message, { nodeId, drift, hint });
}

function typed({ name, type }: DriftColumn): Column {
  const parsed = type === undefined ? undefined : parseIrType(type);
  return { name, ...(parsed?.ok && { type: parsed.type }) };
}
