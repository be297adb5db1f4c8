import { parseIrType } from "#lib/ir/index.ts";
import type { Op } from "#lib/ir/schema.ts";
import { type DriftChange, type DriftFacts, quoted, without } from "./drift-change.ts";
import { nodeOf, opsBefore, withNode } from "./fit-node.ts";
import { isRenamed } from "./rename-guess.ts";

/** What makes rows fit a table that has other columns than they; or the table follow them. */
export function targetChange({ ir, drift, last, added: choice }: DriftFacts): DriftChange {
  const target = nodeOf(ir, drift.nodeId);
  if (target.kind !== "target") return { why: `“${drift.nodeId}” is no target any more.` };
  const known = Object.values(last).flat();
  // Of columns that the rows never filled nobody says that they went.
  const gone = drift.missing.filter(({ name }) => known.some((column) => column.name === name));
  const missing = known.length > 0 ? gone : drift.missing;
  const fresh = without(drift.added, known);
  const came = fresh.length > 0 ? fresh : drift.added;
  const [went, ...more] = missing;
  const [one, ...others] = came;
  const ops: Op[] = [];
  const said: string[] = [];
  const renamed = went && one && more.length + others.length === 0 && isRenamed(went, one) ? one : undefined;
  if (went && renamed) {
    ops.push({ op: "rename", from: renamed.name, to: went.name });
    said.push(
      `The rows for ${drift.of} now have “${renamed.name}” instead of “${went.name}”: it is renamed before they are loaded, so that the table keeps its column.`,
    );
  }
  const left = renamed ? without(drift.added, [renamed]) : drift.added;
  const changed = drift.changed;
  if (choice === "take" && (left.length > 0 || changed.length > 0) && target.schemaEvolution === "freeze") {
    const what = left.length > 0 ? `take in ${quoted(left)}` : `widen ${quoted(changed)}`;
    said.push(`${drift.of} may change again (“schemaEvolution” “evolve”), so that it can ${what}.`);
    const changedIr = withNode(ir, { ...target, schemaEvolution: "evolve" });
    return { ir: ops.length > 0 ? opsBefore(changedIr, target.id, ops) : changedIr, said };
  }
  if (left.length > 0) {
    ops.push({ op: "drop", fields: left.map(({ name }) => name) });
    said.push(`${drift.of} does not have ${quoted(left)}: what came new is left out before it is loaded.`);
  }
  for (const { name, expected, found } of changed) {
    const type = parseIrType(expected);
    if (!type.ok) return { why: `“${name}” is ${expected} in ${drift.of}, which nothing can be cast to.` };
    ops.push({ op: "cast", field: name, to: expected, onError: "quarantine" });
    said.push(
      `“${name}” came as ${found} and is ${expected} in ${drift.of}: it is cast; rows whose value does not fit go to quarantine.`,
    );
  }
  if (ops.length === 0) return { why: `Nothing about ${drift.of} has to change for these rows.` };
  return { ir: opsBefore(ir, target.id, ops), said };
}
