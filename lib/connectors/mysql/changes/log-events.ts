import { crc32, inflateSync } from "node:zlib";
import { DataError } from "../../data-error.ts";

/** Kinds of events that mean something here, by their number in the log. */
export const EVENT = {
  query: 2,
  rotate: 4,
  format: 15,
  xid: 16,
  tableMap: 19,
  insert1: 23,
  update1: 24,
  delete1: 25,
  incident: 26,
  insert2: 30,
  update2: 31,
  delete2: 32,
  gtid: 33,
  anonymousGtid: 34,
  xaPrepare: 38,
  partialUpdate: 39,
  payload: 40,
  taggedGtid: 42,
  mariadbGtid: 162,
  queryCompressed: 165,
  insert1Compressed: 166,
  update1Compressed: 167,
  delete1Compressed: 168,
  insert2Compressed: 169,
  update2Compressed: 170,
  delete2Compressed: 171,
} as const;

/** Only these have to be whole: MariaDB writes wrong sums for others, such as the one that ends a file at its shutdown. */
const KNOWN = new Set<number>(Object.values(EVENT));

/** One event of a binary log. `body` is what stands behind the header of 19 bytes, without a checksum. */
export type LogEvent = {
  type: number;
  serverId: number;
  /** Where it begins and ends in its file; the end is 0 where the server does not tell it. */
  start: number;
  end: number;
  body: Buffer;
};

const HEADER = 19;
const CHECKSUM = 4;
/** Made by the server for the reader's sake: no part of the file. */
const ARTIFICIAL = 0x20;

/** Takes events apart; remembers whether they end with a checksum, which each file says at its beginning. */
export function eventReader(): (payload: Buffer) => LogEvent {
  let summed = false;
  return (payload) => {
    const type = payload[4] ?? 0;
    const end = payload.readUInt32LE(13);
    const length = payload.length;
    const hasSum =
      type === EVENT.format ? formatHasSum(payload) : type === EVENT.rotate ? sumHolds(payload) : summed;
    if (type === EVENT.format) summed = hasSum;
    if (hasSum && KNOWN.has(type) && !sumHolds(payload)) {
      throw new DataError("log_damaged", "An event of the server's binary log does not match its checksum.", {
        hint: "The log is damaged on the server's disk, or was on its way. Run it again; if it stays so, begin the mirror anew.",
        retryable: true,
      });
    }
    const artificial = (payload.readUInt16LE(17) & ARTIFICIAL) !== 0 || end === 0;
    return {
      type,
      serverId: payload.readUInt32LE(5),
      start: artificial ? 0 : end - length,
      end: artificial ? 0 : end,
      body: payload.subarray(HEADER, hasSum ? length - CHECKSUM : length),
    };
  };
}

/** Behind the lengths of all kinds stand one byte that names the sum, and always room for the sum of this event. */
const formatHasSum = (payload: Buffer) => payload[payload.length - CHECKSUM - 1] === 1;

const sumHolds = (payload: Buffer) =>
  payload.length > HEADER + CHECKSUM &&
  crc32(payload.subarray(0, payload.length - CHECKSUM)) === payload.readUInt32LE(payload.length - CHECKSUM);

/** The file that the log goes on in. */
export const parseRotate = ({ body }: LogEvent): { file: string; position: number } => ({
  position: Number(body.readBigUInt64LE(0)),
  file: body.toString("utf8", 8),
});

/** A statement as it was logged, and the database that was chosen then. */
export type LoggedStatement = { database: string; sql: string };

export function parseQuery({ type, body }: LogEvent): LoggedStatement {
  const databaseBytes = body[8] ?? 0;
  const at = 13 + body.readUInt16LE(11);
  const rest = body.subarray(at + databaseBytes + 1);
  return {
    database: body.toString("utf8", at, at + databaseBytes),
    sql: (type === EVENT.queryCompressed ? inflated(rest) : rest).toString("utf8"),
  };
}

/** What MariaDB says of a transaction before its first event. */
export type GroupStart = {
  domain: number;
  server: number;
  number: bigint;
  /** Ends with its next statement, not with a commit. */
  standalone: boolean;
  /** Rows that count only when a later statement commits them. */
  prepared: boolean;
};

export function parseMariadbGtid({ body, serverId }: LogEvent): GroupStart {
  const flags = body[12] ?? 0;
  return {
    number: body.readBigUInt64LE(0),
    domain: body.readUInt32LE(8),
    server: serverId,
    standalone: (flags & 1) !== 0,
    prepared: (flags & 64) !== 0,
  };
}

/** The table that rows with this number belong to, and the wire's type of each of its columns. */
export type TableMap = { id: number; database: string; table: string; types: WireType[] };

/** A column's type as rows have it: number, and the two bytes that say more. */
export type WireType = { code: number; meta: number };

/** Its first bytes are enough to tell whose table it is. */
export const tableIdOf = (body: Buffer): number => body.readUIntLE(0, 6);

export function parseTableMap({ body }: LogEvent): TableMap {
  const cut = { at: 8 };
  const database = shortText(body, cut);
  const table = shortText(body, cut);
  const count = packedNumber(body, cut);
  const codes = body.subarray(cut.at, cut.at + count);
  cut.at += count;
  packedNumber(body, cut);
  const types = [...codes].map((code) => wireType(code, body, cut));
  return { id: tableIdOf(body), database, table, types };
}

function shortText(body: Buffer, cut: { at: number }): string {
  const length = body[cut.at] ?? 0;
  const text = body.toString("utf8", cut.at + 1, cut.at + 1 + length);
  cut.at += length + 2;
  return text;
}

/** A number as the protocol packs it: small ones in one byte. */
export function packedNumber(body: Buffer, cut: { at: number }): number {
  const first = body[cut.at] ?? 0;
  const bytes = first < 251 ? 0 : first === 252 ? 2 : first === 253 ? 3 : 6;
  const value = bytes === 0 ? first : body.readUIntLE(cut.at + 1, bytes);
  cut.at += first === 254 ? 9 : bytes + 1;
  return value;
}

/** Types whose further bytes are none, one, or two; those left out have none. */
const META_BYTES = new Map<number, number>([
  ...[4, 5, 17, 18, 19, 140, 245, 249, 250, 251, 252, 255].map((code) => [code, 1] as const),
  ...[15, 16, 141, 246, 247, 248, 253, 254].map((code) => [code, 2] as const),
]);

const STRING = 254;
const ENUM = 247;
const SET = 248;

function wireType(code: number, body: Buffer, cut: { at: number }): WireType {
  const bytes = META_BYTES.get(code) ?? 0;
  const [first = 0, second = 0] = body.subarray(cut.at, cut.at + bytes);
  cut.at += bytes;
  if (code !== STRING) return { code, meta: bytes === 2 ? first | (second << 8) : first };
  // Its first byte is the real type, where two bits of a length above 255 are hidden, upside down.
  const real = first | 0x30;
  if (real === ENUM || real === SET) return { code: real, meta: second };
  return { code: STRING, meta: second | (((first & 0x30) ^ 0x30) << 4) };
}

/** Undoes MariaDB's `log_bin_compress`: a byte that tells how long the length is, the length, and a zlib stream. */
export function inflated(bytes: Buffer): Buffer {
  return inflateSync(bytes.subarray(1 + ((bytes[0] ?? 0) & 7)));
}
