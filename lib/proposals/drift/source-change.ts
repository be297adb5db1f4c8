import { isFileSource, parsePipelineIR } from "#lib/ir/index.ts";
import type { DriftColumn, Op, PipelineIr, SourceNode } from "#lib/ir/schema.ts";
import { type DriftChange, type DriftFacts, quoted, without } from "./drift-change.ts";
import { nodeOf, opsAfter, withNode } from "./fit-node.ts";
import { isRenamed } from "./rename-guess.ts";
import { withoutColumn } from "./without-column.ts";

/** What makes a pipeline go on with a source that came with other columns. */
export function sourceChange(facts: DriftFacts): DriftChange {
  const { ir, drift, last, added: choice } = facts;
  const source = nodeOf(ir, drift.nodeId);
  if (source.kind !== "source") return { why: `“${drift.nodeId}” is no source any more.` };
  const was = last[drift.nodeId];
  const missing = drift.missing.map(
    (column) => was?.find(({ name, type }) => name === column.name && type !== undefined) ?? column,
  );
  const came = was ? without(drift.found, was) : drift.added;
  const [went, ...more] = missing;
  const [one, ...others] = came;
  if (went && one && more.length + others.length === 0 && isRenamed(went, one))
    return renamed(ir, source, { of: drift.of, from: one.name, to: went.name });
  return went ? dropped(facts, source, missing, came) : extra(ir, source, drift.of, drift.added, choice);
}

/** Read under its new name and given the old one at once: everything after it goes on as it was. */
function renamed(
  ir: PipelineIr,
  source: SourceNode,
  { of, from, to }: { of: string; from: string; to: string },
): DriftChange {
  const name = (column: string) => (column === to ? from : column);
  const followed = withNode(ir, renamedIn(source, name));
  const again =
    !isFileSource(source) && source.config.cursorField === to
      ? [`It tells what is new in ${of}, which is therefore read from its beginning once.`]
      : [];
  const said = `${of} now has “${from}” instead of “${to}”: rename it where it is read, so that every node after it, and the table, go on with “${to}”.`;
  return { ir: opsAfter(followed, source.id, [{ op: "rename", from, to }]), said: [said, ...again] };
}

function renamedIn(source: SourceNode, name: (column: string) => string): SourceNode {
  if (isFileSource(source)) {
    const { format } = source.config;
    if (!format?.columns) return source;
    const columns = format.columns.map((column) => ({ ...column, name: name(column.name) }));
    return { ...source, config: { ...source.config, format: { ...format, columns } } };
  }
  const { columns, cursorField, primaryKey } = source.config;
  return {
    ...source,
    config: {
      ...source.config,
      ...(columns && { columns: columns.map(name) }),
      ...(cursorField !== undefined && { cursorField: name(cursorField) }),
      ...(primaryKey && { primaryKey: primaryKey.map(name) }),
    },
  };
}

/** Without the columns that went, and without everything that names them alone. */
function dropped(
  { ir, drift, catalogue, added }: DriftFacts,
  source: SourceNode,
  missing: readonly DriftColumn[],
  came: readonly DriftColumn[],
): DriftChange {
  const shorter = undeclared(source, missing);
  if ("why" in shorter) return shorter;
  const said = [`${drift.of} no longer has ${quoted(missing)}: it is read without.`];
  const there = drift.found.map(({ name, type = "string" }) => ({ name, type }));
  const columns = { ...catalogue.columns, [source.id]: there };
  let changed = withNode(ir, shorter.source);
  for (let uses = 0; uses < MOST_USES; uses++) {
    const parsed = parsePipelineIR(changed, { strength: "executable", catalogue: { ...catalogue, columns } });
    const gap = parsed.ok ? undefined : parsed.issues.find(({ code }) => code === "unknown_column");
    if (!gap) {
      if (!parsed.ok) return { why: parsed.issues[0]?.message ?? "The pipeline would not be valid." };
      if (shorter.source === source && said.length === 1) return leftEmpty(ir, source, drift.of, missing);
      const rest = leftOut(changed, source.id, came, added);
      return { ir: rest.ir, said: [...said, ...rest.said] };
    }
    const without = withoutColumn(changed, gap.path, came);
    if ("why" in without) return { why: `${drift.of} no longer has ${quoted(missing)}. ${without.why}` };
    changed = without.ir;
    said.push(without.said);
  }
  return { why: `Too much names ${quoted(missing)}.` };
}

const MOST_USES = 100;

/** The source without the columns among those it declares or asks for; of a key nobody but a person can say. */
function undeclared(
  source: SourceNode,
  missing: readonly DriftColumn[],
): { source: SourceNode } | { why: string } {
  const gone = (name: string) => missing.some((column) => column.name === name);
  if (isFileSource(source)) {
    const { format } = source.config;
    if (!format?.columns) return { source };
    const columns = format.columns.filter(({ name }) => !gone(name));
    if (columns.length === 0) return { why: "None of the columns declared is there any more." };
    return { source: { ...source, config: { ...source.config, format: { ...format, columns } } } };
  }
  const { columns, cursorField, primaryKey } = source.config;
  if (cursorField !== undefined && gone(cursorField))
    return { why: `“${cursorField}” tells what is new in the table: name another column for it.` };
  if (primaryKey?.some(gone)) return { why: `The key of the table is gone: ${primaryKey.join(", ")}.` };
  if (!columns) return { source };
  const left = columns.filter((name) => !gone(name));
  if (left.length === 0) return { why: "None of the columns asked for is there any more." };
  return { source: { ...source, config: { ...source.config, columns: left } } };
}

/** Columns that nothing names: they need to be there only for a table that may not change. */
function leftEmpty(
  ir: PipelineIr,
  source: SourceNode,
  of: string,
  missing: readonly DriftColumn[],
): DriftChange {
  if (!isFrozen(ir))
    return { why: `Nothing in the pipeline names ${quoted(missing)}: new rows leave it empty.` };
  const ops = missing.flatMap(({ name, type }): Op[] => [
    { op: "add_field", field: name, value: null },
    ...(type && type !== "string"
      ? [{ op: "cast" as const, field: name, to: type, onError: "null" as const }]
      : []),
  ]);
  const said = `${of} no longer has ${quoted(missing)}: new rows leave it empty, which is said here once and for all.`;
  return { ir: opsAfter(ir, source.id, ops), said: [said] };
}

const isFrozen = (ir: PipelineIr) =>
  ir.nodes.some((node) => node.kind === "target" && node.schemaEvolution === "freeze");

/** Where a table below may not change, what came new is left out, as its own change. */
function leftOut(
  ir: PipelineIr,
  sourceId: string,
  came: readonly DriftColumn[],
  choice: DriftFacts["added"],
) {
  if (came.length === 0 || !isFrozen(ir) || choice === "take") return { ir, said: [] };
  const drop: Op = { op: "drop", fields: came.map(({ name }) => name) };
  return { ir: opsAfter(ir, sourceId, [drop]), said: [`${quoted(came)} came new and is left out.`] };
}

/** Columns that are there beside those declared. */
function extra(
  ir: PipelineIr,
  source: SourceNode,
  of: string,
  added: readonly DriftColumn[],
  choice: DriftFacts["added"],
): DriftChange {
  if (added.length === 0) return { why: `${of} has the columns that are expected.` };
  const format = isFileSource(source) ? source.config.format : undefined;
  if (choice === "leave_out" || !isFileSource(source) || !format?.columns) {
    const drop: Op = { op: "drop", fields: added.map(({ name }) => name) };
    return {
      ir: opsAfter(ir, source.id, [drop]),
      said: [`${of} now also has ${quoted(added)}: it is left out.`],
    };
  }
  const columns = [...format.columns, ...added.map(({ name, type = "string" }) => ({ name, type }))];
  const config = { ...source.config, format: { ...format, columns } };
  const words = added.map(({ name, type = "string" }) => `“${name}” (${type})`).join(", ");
  return { ir: withNode(ir, { ...source, config }), said: [`${of} now also has ${words}: it is declared.`] };
}
