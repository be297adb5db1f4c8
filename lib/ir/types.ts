/** The small type vocabulary of `columns[].type` and `cast.to`, with what each is called in an engine. */
const TYPES = {
  string: {
    duckdb: "VARCHAR",
    postgres: "text",
    aliases: ["text", "varchar", "str", "char", "character varying"],
  },
  integer: { duckdb: "INTEGER", postgres: "integer", aliases: ["int", "int4", "int32"] },
  smallint: { duckdb: "SMALLINT", postgres: "smallint", aliases: ["int2", "int16", "short"] },
  bigint: { duckdb: "BIGINT", postgres: "bigint", aliases: ["int8", "int64", "long"] },
  decimal: { duckdb: "DECIMAL", postgres: "numeric", aliases: ["numeric", "number", "money", "dec"] },
  double: {
    duckdb: "DOUBLE",
    postgres: "double precision",
    aliases: ["float", "float8", "float64", "real", "double precision"],
  },
  boolean: { duckdb: "BOOLEAN", postgres: "boolean", aliases: ["bool"] },
  date: { duckdb: "DATE", postgres: "date", aliases: [] },
  time: { duckdb: "TIME", postgres: "time", aliases: ["time without time zone"] },
  timestamp: {
    duckdb: "TIMESTAMP",
    postgres: "timestamp",
    aliases: ["datetime", "timestamp without time zone"],
  },
  timestamptz: {
    duckdb: "TIMESTAMPTZ",
    postgres: "timestamptz",
    aliases: ["timestamp with time zone", "timestamp_tz", "instant"],
  },
  uuid: { duckdb: "UUID", postgres: "uuid", aliases: ["guid"] },
  json: { duckdb: "JSON", postgres: "jsonb", aliases: ["jsonb", "object"] },
  binary: { duckdb: "BLOB", postgres: "bytea", aliases: ["blob", "bytea", "bytes"] },
} as const satisfies Record<string, { duckdb: string; postgres: string; aliases: readonly string[] }>;

export type IrTypeName = keyof typeof TYPES;

/** A type of the vocabulary. `precision` and `scale` belong to decimal alone: default 18 and 3. */
export type IrType = { name: IrTypeName; precision?: number; scale?: number };

/** Names of the vocabulary, in the order of the documentation. */
export const IR_TYPE_NAMES = Object.keys(TYPES) as IrTypeName[];

const BY_NAME = new Map<string, IrTypeName>(
  IR_TYPE_NAMES.flatMap((name) => [
    [name, name] as const,
    ...TYPES[name].aliases.map((alias) => [alias, name] as const),
  ]),
);

const DECIMAL = { precision: 18, scale: 3, max: 38 };

/** Reads a type's name, everyday aliases and any case included; `decimal(p,s)` takes 1 ≤ p ≤ 38, s ≤ p. */
export function parseIrType(text: string): { ok: true; type: IrType } | { ok: false; message: string } {
  const match = /^\s*([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\))?\s*$/i.exec(text);
  const name = match && BY_NAME.get((match[1] ?? "").toLowerCase().replace(/\s+/g, " "));
  if (!match || !name) {
    return { ok: false, message: `unknown type "${text}"; use one of ${IR_TYPE_NAMES.join(", ")}` };
  }
  if (match[2] === undefined) return { ok: true, type: { name } };
  const precision = Number(match[2]);
  const scale = Number(match[3] ?? 0);
  if (name === "decimal") {
    if (precision < 1 || precision > DECIMAL.max || scale > precision) {
      return {
        ok: false,
        message: `"${text}" is out of range: decimal(p,s) needs 1 ≤ p ≤ ${DECIMAL.max} and s ≤ p`,
      };
    }
    return { ok: true, type: { name, precision, scale } };
  }
  if (name === "string" && match[3] === undefined) return { ok: true, type: { name } };
  return { ok: false, message: `type "${text}" takes no size; write ${name}` };
}

const suffix = (type: IrType, precision: number | undefined, scale: number | undefined): string =>
  type.name === "decimal" && precision !== undefined ? `(${precision},${scale ?? 0})` : "";

/** The type as it is written in an IR, e.g. `decimal(12,2)`. */
export function formatIrType(type: IrType): string {
  return type.name + suffix(type, type.precision, type.scale);
}

/** The type's name in DuckDB, e.g. `DECIMAL(12,2)`. Decimal without a size is DECIMAL(18,3). */
export function duckdbType(type: IrType): string {
  return (
    TYPES[type.name].duckdb + suffix(type, type.precision ?? DECIMAL.precision, type.scale ?? DECIMAL.scale)
  );
}

/** The type's name in PostgreSQL, e.g. `numeric(12,2)`. Decimal without a size is plain numeric. */
export function postgresType(type: IrType): string {
  return TYPES[type.name].postgres + suffix(type, type.precision, type.scale);
}
