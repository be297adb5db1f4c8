import { postgresType } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";

/** A column's type as the catalogue has it, domains followed down to what they are made of. */
export type SourceType = {
  /** `pg_type.typname` of the base type. */
  name: string;
  /** False for types that an extension or a user made. */
  system: boolean;
  /** `pg_type.typtype`: b(ase), c(omposite), e(num), r(ange), m(ultirange), p(seudo). */
  kind: string;
  array: boolean;
  /** The type modifier; -1 is none. */
  modifier: number;
};

/** What a source type is in an IR, and how its values are read as that. */
export type MappedType = {
  type: IrType;
  note?: string;
  /** The expression for a quoted column, of the type that `postgresType(type)` names. */
  read: (column: string) => string;
};

/** What the server's settings say about types: how many digits of `money` are behind the point. */
export type TypeSettings = { moneyScale: number };

const direct = (name: IrType["name"], note?: string): MappedType => ({
  type: { name },
  ...(note && { note }),
  read: (column) => `${column}::${postgresType({ name })}`,
});
const text = (note?: string) => direct("string", note);
const asJson = (note: string): MappedType => ({
  type: { name: "json" },
  note,
  read: (column) => `to_jsonb(${column})`,
});
const decimal = (precision: number, scale: number, note?: string): MappedType => {
  const type: IrType = { name: "decimal", precision, scale };
  return { type, ...(note && { note }), read: (column) => `${column}::${postgresType(type)}` };
};

/** Text as the type's own output function writes it, where the cast to text writes more. */
const written = (output: string, note: string): MappedType => ({
  type: { name: "string" },
  note,
  read: (column) => `textin(${output}(${column}))`,
});

/** NUL can be written in `json` but stored nowhere else: it is taken out, an escaped backslash before it is none. */
const NUL = String.raw`'(?<!\\)((?:\\\\)*)\\u0000', '\1', 'g'`;
const json: MappedType = {
  type: { name: "json" },
  note: "Spaces, the order of keys, repeated keys and NUL characters are not kept",
  read: (column) =>
    `(case when strpos(${column}::text, '\\u0000') > 0 then regexp_replace(${column}::text, ${NUL}) else ${column}::text end)::jsonb`,
};

const BUILT_IN: Record<string, MappedType> = {
  int2: direct("smallint"),
  int4: direct("integer"),
  int8: direct("bigint"),
  // Through text: 0.1 stays 0.1 and does not become 0.10000000149011612.
  float4: { ...direct("double"), read: (column) => `${column}::text::double precision` },
  float8: direct("double"),
  bool: direct("boolean"),
  text: text(),
  varchar: text(),
  name: text(),
  bpchar: text("Spaces that only fill up the length are left out"),
  char: text(),
  date: direct("date"),
  time: direct("time"),
  timestamp: direct("timestamp"),
  timestamptz: direct("timestamptz"),
  timetz: text("Time and zone as text"),
  interval: text("As text in ISO 8601, such as P1DT2H"),
  uuid: direct("uuid"),
  json,
  jsonb: direct("json"),
  bytea: direct("binary"),
  inet: written("inet_out", "Address as text"),
  cidr: text("Network as text"),
  macaddr: text("Address as text"),
  macaddr8: text("Address as text"),
  xml: text("XML as text"),
  bit: text("Bits as text of 0 and 1"),
  varbit: text("Bits as text of 0 and 1"),
  oid: direct("bigint"),
};

/** Types of extensions that have an equal; all others are read as text. */
const EXTENSIONS: Record<string, MappedType> = {
  citext: text("Text; that it is compared without regard to case stays behind"),
  hstore: {
    type: { name: "json" },
    note: "Keys and values as a JSON object",
    read: (column) => `${column}::jsonb`,
  },
};

const MOST_DIGITS = 38;

/** The IR type of a source type, without loss or with a note that says what changes. */
export function mapType(source: SourceType, { moneyScale }: TypeSettings): MappedType {
  if (source.array) return asJson("Array as JSON; where its indices begin is not kept");
  if (source.kind === "c") return asJson("Fields as a JSON object");
  if (source.kind === "e") return text("Text; the list of allowed values stays behind");
  if (source.kind === "r" || source.kind === "m") return text("Range as text");
  if (!source.system) return EXTENSIONS[source.name] ?? text(`${source.name} as PostgreSQL writes it`);
  if (source.name === "numeric") return mapNumeric(source.modifier);
  if (source.name === "money") return decimal(19, moneyScale, "Amount without the currency's sign");
  if (source.name === "bit" && source.modifier === 1)
    return { ...direct("boolean"), read: (column) => `${column}::integer::boolean` };
  return BUILT_IN[source.name] ?? text(`${source.name} as PostgreSQL writes it`);
}

/** The modifier holds precision and scale; since version 15 the scale may be negative or beyond the precision. */
function mapNumeric(modifier: number): MappedType {
  if (modifier < 4) return text("A number without a fixed size, as exact text");
  const packed = modifier - 4;
  const scale = ((packed & 0x7ff) ^ 1024) - 1024;
  const digits = Math.max((packed >> 16) & 0xffff, scale) - Math.min(scale, 0);
  if (digits > MOST_DIGITS) return text(`A number of more than ${MOST_DIGITS} digits, as exact text`);
  return decimal(digits, Math.max(scale, 0));
}
