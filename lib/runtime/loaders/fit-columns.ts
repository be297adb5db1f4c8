import { DataError } from "#lib/connectors/index.ts";
import { driftOf, formatIrType } from "#lib/ir/index.ts";
import type { IrType, SchemaDrift } from "#lib/ir/schema.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { LoadRequest } from "./loader.ts";

/** A column that a table has. `type` is undefined where it is none of ours; `filled`: it has a value without being given one. */
export type ExistingColumn = { name: string; type?: IrType; written: string; filled: boolean };

/** What has to change so that rows fit: columns to add, and columns to widen; `said` tells of it. */
export type Fit = { add: TypedColumn[]; widen: TypedColumn[]; said: RunWarning[] };

const INTEGERS = ["smallint", "integer", "bigint"];
const DIGITS: Record<string, number> = { smallint: 5, integer: 10, bigint: 19 };

/**
 * Compares a table with the rows to come. `evolve` adds columns and widens numbers; `freeze` refuses both. Rows may have
 * fewer columns than the table. Never narrows, never converts.
 * @throws DataError `schema_frozen`, `type_mismatch`, naming each difference.
 */
export function fitColumns(
  table: string,
  existing: readonly ExistingColumn[],
  incoming: readonly TypedColumn[],
  { nodeId, schemaEvolution }: Pick<LoadRequest["step"], "nodeId" | "schemaEvolution">,
): Fit {
  const byName = new Map(existing.map((column) => [column.name, column]));
  const add = incoming.filter(({ name }) => !byName.has(name));
  const widen: TypedColumn[] = [];
  const clashes: TypedColumn[] = [];
  for (const column of incoming) {
    const there = byName.get(column.name);
    if (!there || (there.type && fits(column.type, there.type))) continue;
    const wider = there.type && wideEnough(there.type, column.type);
    if (wider) widen.push({ name: column.name, type: wider });
    else clashes.push(column);
  }
  const writtenOf = (name: string) => byName.get(name)?.written ?? "";
  const changed = [...clashes, ...incoming.filter(({ name }) => widen.some((other) => other.name === name))];
  const given = new Set(incoming.map(({ name }) => name));
  // A column with a default is filled without the rows' help.
  const wanted = existing.filter(({ name, filled }) => !filled || given.has(name));
  const drift = driftOf(
    { nodeId, of: table },
    wanted,
    incoming,
    changed.map(({ name, type }) => ({
      name,
      expected: typeAt(byName.get(name)),
      found: formatIrType(type),
    })),
  );
  if (clashes.length > 0) {
    const words = clashes.map(
      ({ name, type }) => `${name} is ${writtenOf(name)} there and ${formatIrType(type)} here`,
    );
    throw new DataError("type_mismatch", `Table ${table}: ${words.join("; ")}`, {
      hint: "Cast the column to the table's type in a transform",
      drift,
    });
  }
  const evolved = [
    ...add.map(({ name, type }) => `it got the column ${name} (${formatIrType(type)})`),
    ...widen.map(({ name, type }) => `${name} was ${writtenOf(name)} and became ${formatIrType(type)}`),
  ];
  if (schemaEvolution === "evolve")
    return { add, widen, said: evolved.length > 0 ? [evolvedTo(table, evolved, drift)] : [] };
  const differences = [
    ...add.map(({ name }) => `it has no column ${name}`),
    ...widen.map(({ name, type }) => `${name} would have to become ${formatIrType(type)}`),
  ];
  if (differences.length === 0) return { add, widen, said: [] };
  throw new DataError("schema_frozen", `Table ${table} may not change: ${differences.join("; ")}`, {
    hint: 'Make the rows fit in a transform, or set "schemaEvolution" to "evolve"',
    drift,
  });
}

const typeAt = (column: ExistingColumn | undefined) =>
  column?.type ? formatIrType(column.type) : (column?.written ?? "");

const evolvedTo = (table: string, words: readonly string[], drift: SchemaDrift): RunWarning => ({
  code: "schema_evolved",
  message: `Table ${table} has changed with the rows: ${words.join("; ")}`,
  nodeId: drift.nodeId,
  drift: { ...drift, missing: [] },
});

function fits(from: IrType, to: IrType): boolean {
  if (from.name === to.name && from.name !== "decimal") return true;
  const source = INTEGERS.indexOf(from.name);
  if (to.name === "decimal") {
    if (to.precision === undefined) return from.name === "decimal" || source >= 0;
    const scale = to.scale ?? 0;
    if (source >= 0) return to.precision - scale >= (DIGITS[from.name] ?? 99);
    if (from.name !== "decimal") return false;
    const given = sized(from);
    return given.scale <= scale && given.precision - given.scale <= to.precision - scale;
  }
  return source >= 0 && INTEGERS.indexOf(to.name) > source;
}

const sized = (type: IrType) => ({
  precision: type.precision ?? 18,
  scale: type.scale ?? (type.precision ? 0 : 3),
});

function wideEnough(there: IrType, here: IrType): IrType | undefined {
  const [left, right] = [INTEGERS.indexOf(there.name), INTEGERS.indexOf(here.name)];
  if (left >= 0 && right >= 0) return left >= right ? there : here;
  const known = (type: IrType) =>
    INTEGERS.includes(type.name) ? { precision: DIGITS[type.name] ?? 19, scale: 0 } : sized(type);
  const numeric = (type: IrType) => INTEGERS.includes(type.name) || type.name === "decimal";
  if (!numeric(there) || !numeric(here)) return undefined;
  const [a, b] = [known(there), known(here)];
  const scale = Math.max(a.scale, b.scale);
  const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
  return precision <= 38 ? { name: "decimal", precision, scale } : undefined;
}
