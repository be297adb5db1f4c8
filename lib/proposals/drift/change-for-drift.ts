import type { DriftChange, DriftFacts } from "./drift-change.ts";
import { sourceChange } from "./source-change.ts";
import { targetChange } from "./target-change.ts";

/**
 * The change to a pipeline that answers a source, or rows, with other columns than expected. No model: a rename is
 * taken for one only where one column went and one came that fits it; everything else is said as it is.
 */
export function changeForDrift(facts: DriftFacts): DriftChange {
  const node = facts.ir.nodes.find(({ id }) => id === facts.drift.nodeId);
  if (node?.kind === "source") return sourceChange(facts);
  if (node?.kind === "target") return targetChange(facts);
  return { why: `The pipeline has no node “${facts.drift.nodeId}” any more.` };
}
