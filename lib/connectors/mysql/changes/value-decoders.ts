import { decodeInet4, decodeInet6, decodeUuid } from "./address-text.ts";
import type { WireType } from "./log-events.ts";
import { decodeDate, decodeDatetime, decodeTime, decodeTimestamp, fractionBytes } from "./moment-text.ts";
import {
  type Cursor,
  type Decode,
  decimalBytes,
  decodeBits,
  decodeDecimal,
  decodeDouble,
  decodeFloat,
  decodeYear,
  WHOLE_NUMBERS,
} from "./number-text.ts";
import type { FollowedColumn } from "./table-shape.ts";
import {
  type DecodeText,
  decodeBinary,
  decodeCompressed,
  decodeEnum,
  decodeSet,
  decodeShape,
  decodeText,
  labelsOf,
  type Span,
  spanOf,
} from "./text-values.ts";

/** Types of the wire, by their number. */
const WIRE = {
  ...{ tiny: 1, short: 2, long: 3, float: 4, double: 5, longlong: 8, int24: 9, date: 10, year: 13 },
  ...{ varchar: 15, bit: 16, timestamp: 17, datetime: 18, time: 19, blobCompressed: 140 },
  ...{ varcharCompressed: 141, json: 245, decimal: 246, enum: 247, set: 248, blob: 252, string: 254 },
  shape: 255,
} as const;

/** Bytes of a value whose length is always the same; undefined where it stands before the value. */
function fixedBytes({ code, meta }: WireType): number | undefined {
  switch (code) {
    case WIRE.tiny:
    case WIRE.year:
      return 1;
    case WIRE.short:
      return 2;
    case WIRE.int24:
    case WIRE.date:
      return 3;
    case WIRE.long:
    case WIRE.float:
      return 4;
    case WIRE.double:
    case WIRE.longlong:
      return 8;
    case WIRE.timestamp:
      return 4 + fractionBytes(meta);
    case WIRE.datetime:
      return 5 + fractionBytes(meta);
    case WIRE.time:
      return 3 + fractionBytes(meta);
    case WIRE.decimal:
      return decimalBytes(meta & 255, meta >> 8);
    case WIRE.enum:
    case WIRE.set:
      return meta;
    case WIRE.bit:
      return Math.ceil(bitsOf(meta) / 8);
    default:
      return undefined;
  }
}

const bitsOf = (meta: number) => (meta >> 8) * 8 + (meta & 255);

const LENGTH_BYTES: Record<number, (meta: number) => number> = {
  [WIRE.varchar]: (meta) => (meta > 255 ? 2 : 1),
  [WIRE.varcharCompressed]: (meta) => (meta > 255 ? 2 : 1),
  [WIRE.string]: (meta) => (meta > 255 ? 2 : 1),
  ...Object.fromEntries(
    [WIRE.blob, WIRE.blobCompressed, WIRE.shape, WIRE.json].map((code) => [code, (meta: number) => meta]),
  ),
};

/** Moves behind a value. Undefined for a type whose values nobody knows the length of. */
export function skipperOf(wire: WireType): ((cursor: Cursor) => void) | undefined {
  const bytes = fixedBytes(wire);
  if (bytes !== undefined) {
    return (cursor) => {
      cursor.at += bytes;
    };
  }
  return LENGTH_BYTES[wire.code] && spanOf(LENGTH_BYTES[wire.code]?.(wire.meta) ?? 1);
}

const WHOLE: Record<string, [code: number, bytes: number]> = {
  tinyint: [WIRE.tiny, 1],
  smallint: [WIRE.short, 2],
  mediumint: [WIRE.int24, 3],
  int: [WIRE.long, 4],
  integer: [WIRE.long, 4],
  bigint: [WIRE.longlong, 8],
};
const TEXTS = new Set(["char", "varchar", "tinytext", "text", "mediumtext", "longtext"]);
const BYTES = new Set(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]);
const SHAPES = new Set([
  ...["geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"],
  ...["geometrycollection", "geomcollection"],
]);

/** The first word of a column's type, such as `int` of `int(10) unsigned`. */
export const baseOf = (columnType: string): string => /^\w+/.exec(columnType)?.[0]?.toLowerCase() ?? "";

/** Whether changes of columns of this type can be read. MySQL's own JSON is kept in a form that only it writes as text. */
export const isFollowed = (columnType: string): boolean =>
  decoderOf({ name: "", type: columnType, charset: null }, undefined, new Map()) !== undefined;

/**
 * How a column's values are read; undefined where the wire's type is not the column's.
 * @param wire undefined for asking whether the type is known at all
 */
export function decoderOf(
  { type, charset }: FollowedColumn,
  wire: WireType | undefined,
  charsets: ReadonlyMap<string, DecodeText>,
): Decode | undefined {
  const base = baseOf(type);
  const meta = wire?.meta ?? 0;
  const of = (code: number, decode: () => Decode | undefined) =>
    wire === undefined || wire.code === code ? decode() : undefined;
  const whole = WHOLE[base];
  if (whole) return of(whole[0], () => WHOLE_NUMBERS[whole[1]]?.[/unsigned|zerofill/i.test(type) ? 1 : 0]);
  if (TEXTS.has(base) || BYTES.has(base)) {
    const read: DecodeText | undefined = charset === null ? undefined : (charsets.get(charset) ?? unread);
    return lettersOf(base, wire, read);
  }
  const span = spanOf(wire?.code === WIRE.shape ? meta : 1);
  if (SHAPES.has(base)) return of(WIRE.shape, () => decodeShape(span));
  switch (base) {
    case "float":
      return of(WIRE.float, () => decodeFloat);
    case "double":
    case "real":
      return of(WIRE.double, () => decodeDouble);
    case "decimal":
    case "numeric":
      return of(WIRE.decimal, () => decodeDecimal(meta & 255, meta >> 8));
    case "year":
      return of(WIRE.year, () => decodeYear);
    case "bit":
      return of(WIRE.bit, () => decodeBits(bitsOf(meta)));
    case "date":
      return of(WIRE.date, () => decodeDate);
    case "datetime":
      return of(WIRE.datetime, () => decodeDatetime(meta));
    case "timestamp":
      return of(WIRE.timestamp, () => decodeTimestamp(meta));
    case "time":
      return of(WIRE.time, () => decodeTime(meta));
    case "enum":
      return of(WIRE.enum, () => decodeEnum(meta, labelsOf(type)));
    case "set":
      return of(WIRE.set, () => decodeSet(meta, labelsOf(type)));
    case "uuid":
      return of(WIRE.string, () => decodeUuid(span));
    case "inet6":
      return of(WIRE.string, () => decodeInet6(span));
    case "inet4":
      return of(WIRE.string, () => decodeInet4(span));
    default:
      return undefined;
  }
}

const unread: DecodeText = () => "";

/** Texts and bytes of changing length. */
function lettersOf(
  base: string,
  wire: WireType | undefined,
  read: DecodeText | undefined,
): Decode | undefined {
  const { code, meta } = wire ?? { code: WIRE.varchar, meta: 0 };
  const span: Span = spanOf(LENGTH_BYTES[code]?.(meta) ?? 1);
  if (code === WIRE.varcharCompressed || code === WIRE.blobCompressed) return decodeCompressed(span, read);
  if (code !== WIRE.varchar && code !== WIRE.blob && code !== WIRE.string) return undefined;
  return read ? decodeText(span, read) : decodeBinary(span, base === "binary" ? meta : 0);
}
