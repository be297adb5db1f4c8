import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { limits } from "#lib/limits.ts";
import type { OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";

const CHUNK = 1 << 18;
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The file's bytes, decompressed by its name's ending. `onBytes` hears of bytes as they are stored. */
export function rawStream(file: OpenedFile, onBytes?: (count: number) => void): Readable {
  const raw = file.stream();
  if (onBytes) raw.on("data", (chunk) => onBytes(chunk.length));
  const lower = file.name.toLowerCase();
  const unpack = lower.endsWith(".gz")
    ? createGunzip({ chunkSize: CHUNK })
    : lower.endsWith(".zst")
      ? createZstdDecompress({ chunkSize: CHUNK })
      : undefined;
  if (!unpack) return raw;
  raw.on("error", (error) => unpack.destroy(error));
  unpack.on("close", () => raw.destroy());
  return raw.pipe(unpack);
}

/**
 * The file's text as checked UTF-8 without a byte order mark, in chunks. Other encodings are converted.
 * @param longest bytes that a line may have: JSON may stand in one line as a whole.
 * @throws DataError `bad_encoding` with the byte's place, `nul_byte`, `line_too_long`, `corrupt_file`.
 */
export async function* textChunks(
  file: OpenedFile,
  encoding: string | undefined,
  onBytes?: (count: number) => void,
  longest: number = limits.lineBytes,
): AsyncGenerator<Buffer> {
  const source = rawStream(file, onBytes);
  try {
    yield* checkedLines(file.name, decoded(file.name, source, encoding ?? "utf-8"), longest);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code.startsWith("Z_") || code.startsWith("ZSTD_") || code.startsWith("ERR_ZSTD"))
      throw new DataError("corrupt_file", `"${file.name}" is damaged or cut off: it cannot be decompressed`, {
        hint: "Have it written again; a file without compression must not end in .gz or .zst",
      });
    throw error;
  } finally {
    source.destroy();
  }
}

async function* decoded(name: string, source: Readable, encoding: string): AsyncGenerator<Buffer> {
  let first = true;
  const label = encoding.toLowerCase().replace(/^latin-?1$/, "iso-8859-1");
  if (label !== "utf-8" && label !== "utf8") {
    const decoder = new TextDecoder(label === "utf-16" ? "utf-16le" : label, { fatal: true });
    let at = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        yield Buffer.from(decoder.decode(chunk, { stream: true }));
        at += chunk.length;
      }
      yield Buffer.from(decoder.decode());
    } catch (error) {
      if (error instanceof TypeError) throw badEncoding(name, encoding, at);
      throw error;
    }
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let line = 1;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let data: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (first && data.length < 3) {
      rest = data;
      continue;
    }
    if (first && data.subarray(0, 3).equals(UTF8_BOM)) {
      data = data.subarray(3);
      offset += 3;
    }
    first = false;
    const end = data.length - openSequence(data);
    const whole = data.subarray(0, end);
    if (!isUtf8(whole)) throw wrongByte(name, whole, offset, line);
    rest = data.subarray(end);
    offset += end;
    if (end < CHUNK && offset < CHUNK) line += count(whole);
    if (whole.length > 0) yield whole;
  }
  if (rest.length > 0) {
    if (!isUtf8(rest)) throw wrongByte(name, rest, offset, line);
    yield rest;
  }
}

/** Length of a UTF-8 sequence that the chunk's end cuts through. */
function openSequence(data: Buffer): number {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function count(data: Buffer): number {
  let lines = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) lines++;
  return lines;
}

function wrongByte(name: string, data: Buffer, offset: number, line: number): DataError {
  let low = 0;
  let high = data.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = data.subarray(0, middle + 1);
    if (isUtf8(part.subarray(0, part.length - openSequence(part)))) low = middle + 1;
    else high = middle;
  }
  while (low > 0 && !isUtf8(data.subarray(0, low))) low--;
  const inFirstChunk = offset <= UTF8_BOM.length;
  return badEncoding(
    name,
    "utf-8",
    offset + low,
    inFirstChunk ? line + count(data.subarray(0, low)) : undefined,
  );
}

function badEncoding(name: string, encoding: string, at: number, line?: number): DataError {
  const where = line === undefined ? `near byte ${at + 1}` : `at byte ${at + 1}, line ${line}`;
  return new DataError("bad_encoding", `"${name}" is not ${encoding}: ${where}`, {
    hint: 'Set "format.encoding" to what the file is written in, such as latin-1 or utf-16',
  });
}

async function* checkedLines(
  name: string,
  chunks: AsyncIterable<Buffer>,
  longest: number,
): AsyncGenerator<Buffer> {
  let offset = 0;
  let open = 0;
  for await (const chunk of chunks) {
    const nul = chunk.indexOf(0);
    if (nul >= 0)
      throw new DataError(
        "nul_byte",
        `"${name}" holds a NUL at byte ${offset + nul + 1}: it is no text file`,
        {
          hint: 'If it is UTF-16, set "format.encoding"',
        },
      );
    const last = chunk.lastIndexOf(10);
    const head = last < 0 ? chunk.length : chunk.indexOf(10);
    if (open + head > longest)
      throw new DataError(
        "line_too_long",
        `"${name}" has a line of more than ${longest} bytes, from byte ${offset - open + 1}`,
        { hint: "A quote may have been left open, or the file may be written with other line ends" },
      );
    open = last < 0 ? open + chunk.length : chunk.length - last - 1;
    offset += chunk.length;
    yield chunk;
  }
}
