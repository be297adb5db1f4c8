import { inflateRawSync, inflateSync } from "node:zlib";
import { DataError } from "../../data-error.ts";
import type { MysqlLink } from "../connect-mysql.ts";
import { quoteText } from "../quote.ts";
import type { Cursor, Decode } from "./number-text.ts";

/** Text of some bytes of a character set. */
export type DecodeText = (bytes: Buffer, from: number, to: number) => string;

const utf8: DecodeText = (bytes, from, to) => bytes.toString("utf8", from, to);

const standard = (label: string): DecodeText => {
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return (bytes, from, to) => decoder.decode(bytes.subarray(from, to));
};

const utf32: DecodeText = (bytes, from, to) => {
  let text = "";
  for (let at = from; at < to; at += 4) text += String.fromCodePoint(bytes.readUInt32BE(at));
  return text;
};

const KNOWN: Record<string, DecodeText> = {
  ...{ utf8mb4: utf8, utf8mb3: utf8, utf8, utf32, utf16le: standard("utf-16le") },
  ...{ ascii: (bytes, from, to) => bytes.toString("latin1", from, to) },
  ...{ ucs2: standard("utf-16be"), utf16: standard("utf-16be") },
};

/**
 * How to read texts of these character sets. What each of 256 bytes is in a set, the server is asked: its latin1 is no
 * ISO 8859-1, and it knows sets that nobody else does.
 * @throws DataError `unsupported_charset`
 */
export async function readCharsets(
  link: MysqlLink,
  names: Iterable<string>,
): Promise<Map<string, DecodeText>> {
  const readers = new Map<string, DecodeText>();
  for (const name of new Set(names)) {
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    readers.set(name, known ?? (await ofTheServer(link, name)));
  }
  return readers;
}

async function ofTheServer(link: MysqlLink, name: string): Promise<DecodeText> {
  const [found] = await link.query(
    `SELECT MAXLEN FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME=${quoteText(name)}`,
  );
  if (found?.[0] !== "1" || !/^\w+$/.test(name)) {
    throw new DataError("unsupported_charset", `Changes of texts in ${name} cannot be followed.`, {
      hint: "Convert the column to utf8mb4, or leave it out.",
    });
  }
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("hex");
  const [row] = await link.query(`SELECT CONVERT(_${name} x'${all}' USING utf8mb4)`);
  const letters = [...(row?.[0] ?? "")];
  return (bytes, from, to) => {
    let text = "";
    for (let at = from; at < to; at++) text += letters[bytes[at] ?? 0];
    return text;
  };
}

/** Where a value of changing length begins and ends; the cursor moves behind it. */
export type Span = (cursor: Cursor) => number;

/** The length stands before the value. @returns where it begins */
export function spanOf(lengthBytes: number): Span {
  return (cursor) => {
    const from = cursor.at + lengthBytes;
    cursor.at = from + cursor.bytes.readUIntLE(cursor.at, lengthBytes);
    return from;
  };
}

/** PostgreSQL stores no NUL in a text; left out silently it would be another text. */
function withoutNul(text: string): string {
  if (!text.includes("\0")) return text;
  throw new DataError("nul_character", "A changed text holds a NUL character (code 0).", {
    hint: "No text of PostgreSQL can hold it. Take it out at the source, UPDATE … SET column = REPLACE(column, CHAR(0), ''), or leave out the column; then begin the mirror anew.",
  });
}

export const decodeText =
  (span: Span, text: DecodeText): Decode =>
  (cursor) => {
    const from = span(cursor);
    return withoutNul(text(cursor.bytes, from, cursor.at));
  };

/** @param width what a BINARY column is filled up to: zeros at its end are not logged */
export const decodeBinary =
  (span: Span, width = 0): Decode =>
  (cursor) => {
    const from = span(cursor);
    const hex = cursor.bytes.toString("hex", from, cursor.at).toUpperCase();
    return `\\x${width > 0 ? hex.padEnd(width * 2, "0") : hex}`;
  };

/** WKB behind four bytes of the reference system. */
export const decodeShape =
  (span: Span): Decode =>
  (cursor) => {
    const from = span(cursor);
    return cursor.bytes.toString("hex", from + 4, cursor.at).toUpperCase();
  };

/** A column that MariaDB keeps compressed: one byte that tells how, the length, and what deflate made of it. */
export function decodeCompressed(span: Span, text: DecodeText | undefined): Decode {
  return (cursor) => {
    const from = span(cursor);
    const bytes = expand(cursor.bytes.subarray(from, cursor.at));
    return text ? withoutNul(text(bytes, 0, bytes.length)) : `\\x${bytes.toString("hex").toUpperCase()}`;
  };
}

function expand(kept: Buffer): Buffer {
  const how = kept[0] ?? 0;
  if (how >> 4 === 0) return kept.subarray(1);
  const packed = kept.subarray(1 + (how & 7));
  return how & 8 ? inflateRawSync(packed) : inflateSync(packed);
}

/** Of ENUM: its number; 0 is the empty text that stands for what was no value. */
export const decodeEnum =
  (bytes: number, labels: readonly string[]): Decode =>
  (cursor) => {
    const number = cursor.bytes.readUIntLE(cursor.at, bytes);
    cursor.at += bytes;
    return number === 0 ? "" : (labels[number - 1] ?? "");
  };

/** Of SET: a bit for each label. */
export const decodeSet =
  (bytes: number, labels: readonly string[]): Decode =>
  (cursor) => {
    const chosen: string[] = [];
    for (let i = 0; i < labels.length; i++) {
      const byte = cursor.bytes[cursor.at + (i >> 3)] ?? 0;
      if (byte & (1 << (i & 7))) chosen.push(labels[i] ?? "");
    }
    cursor.at += bytes;
    return chosen.join(",");
  };

/** The labels of `enum('a','it''s')`, as the catalogue writes it. */
export function labelsOf(columnType: string): string[] {
  const labels: string[] = [];
  for (const [, label = ""] of columnType.matchAll(/'((?:[^'\\]|''|\\.)*)'/gsu)) {
    labels.push(
      label.replace(/''|\\(.)/gsu, (both, letter?: string) => (letter ? unescaped(letter) : both[0]) ?? ""),
    );
  }
  return labels;
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", "0": "\0", Z: "\x1a", b: "\b" };
const unescaped = (letter: string) => ESCAPES[letter] ?? letter;
