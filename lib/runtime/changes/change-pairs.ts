import type { LogicalPlan } from "#lib/ir/schema.ts";
import type { TablePair } from "../table-pairs.ts";

/** The targets of a plan that mirror a source's table, each with that source. */
export function changePairs({ steps }: LogicalPlan): TablePair[] {
  return steps.flatMap((target) => {
    if (target.kind !== "target" || target.loadMode !== "cdc_mirror") return [];
    const source = steps.find(({ nodeId }) => nodeId === target.inputs[0]?.nodeId);
    return source?.kind === "source" && source.family === "table" ? [{ source, target }] : [];
  });
}
