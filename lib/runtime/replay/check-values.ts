import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import type { Issue } from "#lib/errors.ts";
import { formatIrType, sqlLiteral } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import { checkedCast } from "../engines/duckdb/cast.ts";
import type { RowValues } from "../quarantine-content.ts";
import { scratchRoot } from "../warehouse.ts";

const TEXT: IrType = { name: "string" };
const MEMORY = 64 * 1_048_576;

type Value = RowValues[string];

/**
 * Values as the engine would take them, or what does not fit, at `/row/<field>`: exactly what a run would say of them.
 * @param columns what a row must fit where it was rejected.
 */
export async function checkValues(
  fields: RowValues,
  columns: readonly { name: string; type: IrType }[],
): Promise<{ values: RowValues; issues: Issue[] }> {
  const values: RowValues = {};
  const issues: Issue[] = [];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const typed: [string, string, IrType][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const type = types.get(name);
    if (!type) issues.push(issueAt(name, "unknown_field", `There is no column "${name}" here`));
    else if (value === null || type.name === "json") values[name] = value;
    else if (typeof value === "object") issues.push(unfit(name, type));
    else if (type.name === "string" || type.name === "binary") values[name] = String(value);
    else typed.push([name, String(value), type]);
  }
  if (typed.length > 0)
    for (const [name, value, type] of await cast(typed))
      if (value === undefined) issues.push(unfit(name, type));
      else values[name] = value;
  return { values, issues };
}

const issueAt = (name: string, code: string, message: string): Issue => ({
  code,
  path: `/row/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
  message,
});

const unfit = (name: string, type: IrType): Issue =>
  issueAt(name, "does_not_fit", `${name} does not fit ${formatIrType(type)} exactly`);

async function cast(
  typed: readonly [string, string, IrType][],
): Promise<[string, Value | undefined, IrType][]> {
  const engine = await openDuckdb({ memoryBytes: MEMORY, threads: 1, directories: [], spill: scratchRoot() });
  try {
    const found: [string, Value | undefined, IrType][] = [];
    for (const [name, text, type] of typed) found.push([name, await castOne(engine, text, type), type]);
    return found;
  } finally {
    engine.close();
  }
}

async function castOne(engine: Duckdb, text: string, type: IrType): Promise<Value | undefined> {
  const { value, inexact } = checkedCast("t", TEXT, type);
  const [row] = await engine.rows<{ bad: boolean; text: string }>(
    `SELECT ${inexact("v")} AS bad, CAST(v AS VARCHAR) AS text FROM (SELECT t, ${value} AS v FROM (SELECT ${sqlLiteral(text)} AS t))`,
  );
  if (!row || row.bad) return undefined;
  if (type.name === "integer" || type.name === "smallint") return Number(row.text);
  return type.name === "boolean" ? row.text === "true" : row.text;
}
