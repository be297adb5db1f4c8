import { DataError } from "#lib/connectors/index.ts";
import { formatIrType } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";

/** A column that a table has. `type` is undefined where it is none of ours. */
export type ExistingColumn = { name: string; type?: IrType; written: string };

/** What has to change so that rows fit: columns to add, and columns to widen. */
export type Fit = { add: TypedColumn[]; widen: TypedColumn[] };

const INTEGERS = ["smallint", "integer", "bigint"];
const DIGITS: Record<string, number> = { smallint: 5, integer: 10, bigint: 19 };

/**
 * Compares a table with the rows to come. `evolve` adds columns and widens numbers; `freeze` refuses any difference.
 * Never narrows, never converts.
 * @throws DataError `schema_frozen`, `type_mismatch`, naming each difference.
 */
export function fitColumns(
  table: string,
  existing: readonly ExistingColumn[],
  incoming: readonly TypedColumn[],
  evolution: "evolve" | "freeze",
): Fit {
  const byName = new Map(existing.map((column) => [column.name, column]));
  const add = incoming.filter(({ name }) => !byName.has(name));
  const widen: TypedColumn[] = [];
  const clashes: string[] = [];
  for (const { name, type } of incoming) {
    const there = byName.get(name);
    if (!there || (there.type && fits(type, there.type))) continue;
    const wider = there.type && wideEnough(there.type, type);
    if (wider) widen.push({ name, type: wider });
    else clashes.push(`${name} is ${there.written} there and ${formatIrType(type)} here`);
  }
  if (clashes.length > 0)
    throw new DataError("type_mismatch", `Table ${table}: ${clashes.join("; ")}`, {
      hint: "Cast the column to the table's type in a transform",
    });
  if (evolution === "freeze" && add.length + widen.length > 0) {
    const differences = [
      ...add.map(({ name }) => `it has no column ${name}`),
      ...widen.map(({ name, type }) => `${name} would have to become ${formatIrType(type)}`),
    ];
    throw new DataError("schema_frozen", `Table ${table} may not change: ${differences.join("; ")}`, {
      hint: 'Drop the column, or set "schemaEvolution" to "evolve"',
    });
  }
  return { add, widen };
}

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
