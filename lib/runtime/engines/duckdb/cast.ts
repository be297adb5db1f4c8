import { duckdbType, sqlLiteral } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";

/**
 * A checked cast: the value, and a condition that is true where it would not be exact. `canonical`: a cheap one that is
 * true for text as most is written; where it is not true, `inexact` has to be asked.
 */
export type CheckedCast = {
  value: string;
  inexact: (value: string) => string;
  canonical?: (value: string) => string;
};

const WHOLE = "\\s*[+-]?[0-9]+\\s*";
const DAY = "\\s*[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}\\s*";
const CLOCK = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6}0*)?)?";

/**
 * A cast that never loses anything: what cannot be said exactly in the new type (1.7 as a whole number, three decimals
 * in two, 30 February, a clock time with an offset as one without) counts as inexact. NULL stays NULL.
 */
export function checkedCast(expr: string, from: IrType, to: IrType, format?: string): CheckedCast {
  const type = duckdbType(to);
  if (to.name === "string") return { value: `CAST(${expr} AS VARCHAR)`, inexact: () => "false" };
  if (format !== undefined && ["date", "time", "timestamp", "timestamptz"].includes(to.name)) {
    const parsed = `try_strptime(CAST(${expr} AS VARCHAR), ${sqlLiteral(format)})`;
    return { value: `CAST(${parsed} AS ${type})`, inexact: (value) => missing(expr, value) };
  }
  if (from.name !== "string") return betweenTypes(expr, from, to, type);
  if (to.name === "binary") return { value: `encode(${expr})`, inexact: (value) => missing(expr, value) };
  const value = `TRY_CAST(${expr} AS ${type})`;
  return {
    value,
    inexact: (cast) => {
      const lost = lostInText(expr, cast, to);
      return lost === undefined
        ? missing(expr, cast)
        : `(${expr} IS NOT NULL AND (${cast} IS NULL OR (${lost})))`;
    },
    canonical: (cast) => canonicalText(expr, cast, to),
  };
}

const missing = (expr: string, value: string) => `(${expr} IS NOT NULL AND ${value} IS NULL)`;

/**
 * A condition that is true where text of a type says more than the value holds. Conjunctions without a NOT around them:
 * the engine then asks the costly part only of rows that pass the cheap one, which canonical text does not.
 */
function lostInText(text: string, value: string, to: IrType): string | undefined {
  const unlike = (pattern: string) =>
    `CAST(${value} AS VARCHAR) <> ${text} AND NOT regexp_full_match(${text}, ${sqlLiteral(pattern)})`;
  switch (to.name) {
    case "integer":
    case "smallint":
    case "bigint":
      return unlike(WHOLE);
    case "decimal": {
      const scale = to.scale ?? 3;
      return unlike(`\\s*[+-]?([0-9]+(\\.[0-9]{0,${scale}}0*)?|\\.[0-9]{1,${Math.max(scale, 1)}}0*)\\s*`);
    }
    case "date":
      return unlike(DAY);
    case "time":
      return unlike(`\\s*${CLOCK}\\s*`);
    case "timestamp":
      return unlike(`\\s*[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}([ T]${CLOCK}Z?)?\\s*`);
    case "timestamptz":
      return `strlen(${text}) > 26 AND regexp_matches(${text}, '\\.[0-9]{6}[0-9]*[1-9]')`;
    default:
      return undefined;
  }
}

/** True for most text that a value was made of exactly, at little cost; never true for other text. */
function canonicalText(text: string, value: string, to: IrType): string {
  switch (to.name) {
    case "integer":
    case "smallint":
    case "bigint":
    case "decimal":
    case "date":
    case "time":
    case "timestamp":
      return `CAST(${value} AS VARCHAR) IS NOT DISTINCT FROM ${text}`;
    case "timestamptz":
      return `(${text} IS NULL OR (${value} IS NOT NULL AND strlen(${text}) <= 26))`;
    default:
      return `(${text} IS NULL OR ${value} IS NOT NULL)`;
  }
}

function betweenTypes(expr: string, from: IrType, to: IrType, type: string): CheckedCast {
  const value = `TRY_CAST(${expr} AS ${type})`;
  // The day of a moment is what is asked for, not a loss.
  const truncates = to.name === "date" || to.name === "time" || from.name === to.name;
  const numbers = ["integer", "smallint", "bigint", "decimal", "double"];
  if (truncates && from.name !== "decimal") return { value, inexact: (cast) => missing(expr, cast) };
  if (!numbers.includes(from.name) || !numbers.includes(to.name))
    return { value, inexact: (cast) => missing(expr, cast) };
  return {
    value,
    inexact: (cast) =>
      `(${expr} IS NOT NULL AND (${cast} IS NULL OR TRY_CAST(${cast} AS ${duckdbType(from)}) IS DISTINCT FROM ${expr}))`,
  };
}

const BY_DUCKDB_NAME: Record<string, IrType> = {
  VARCHAR: { name: "string" },
  TINYINT: { name: "smallint" },
  UTINYINT: { name: "smallint" },
  SMALLINT: { name: "smallint" },
  USMALLINT: { name: "integer" },
  INTEGER: { name: "integer" },
  UINTEGER: { name: "bigint" },
  BIGINT: { name: "bigint" },
  UBIGINT: { name: "decimal", precision: 20, scale: 0 },
  HUGEINT: { name: "decimal", precision: 38, scale: 0 },
  FLOAT: { name: "double" },
  DOUBLE: { name: "double" },
  BOOLEAN: { name: "boolean" },
  DATE: { name: "date" },
  TIME: { name: "time" },
  TIMESTAMP: { name: "timestamp" },
  TIMESTAMP_S: { name: "timestamp" },
  TIMESTAMP_MS: { name: "timestamp" },
  "TIMESTAMP WITH TIME ZONE": { name: "timestamptz" },
  UUID: { name: "uuid" },
  JSON: { name: "json" },
  BLOB: { name: "binary" },
};

/**
 * Our type for a type of DuckDB, and how a value of it is brought there (undefined: it is there already).
 * Lists, structs and maps become JSON; what we have no word for becomes text.
 */
export function typeOfDuckdb(name: string): { type: IrType; convert?: (expr: string) => string } {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(name);
  if (decimal) return { type: { name: "decimal", precision: Number(decimal[1]), scale: Number(decimal[2]) } };
  const type = BY_DUCKDB_NAME[name];
  if (type) {
    const wanted = duckdbType(type);
    const same = wanted === name || (name === "TIMESTAMP WITH TIME ZONE" && type.name === "timestamptz");
    return same ? { type } : { type, convert: (expr) => `CAST(${expr} AS ${wanted})` };
  }
  if (/^(STRUCT|MAP|UNION)\(|\[\d*\]$/.test(name))
    return { type: { name: "json" }, convert: (expr) => `to_json(${expr})` };
  return { type: { name: "string" }, convert: (expr) => `CAST(${expr} AS VARCHAR)` };
}
