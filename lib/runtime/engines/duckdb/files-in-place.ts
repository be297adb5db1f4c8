import { DataError, firstRecord, type OpenedFile } from "#lib/connectors/index.ts";
import type { ReadProgress } from "../engine.ts";
import { countText } from "../read-progress.ts";
import type { FilesInPlace, ReadOptions } from "./opened-source.ts";

/** Says that files have to come through our hands. */
export const NOT_IN_PLACE = "not_in_place";

const LF = 10;
/** Longest line that is surely read: the engine's buffers are three times as long. */
const LINE_BYTES = 1 << 20;
const HEAD_BYTES = 1 << 16;
const SURVEY_BYTES = 1 << 20;
/** The first byte of a mark of byte order in UTF-8. */
const BOM = 0xef;

/** What the engine takes for a pattern in a path, and would read other files by. */
const GLOB = /[*?[\]{}]/;

type Wanted = {
  files: string[];
  /** What the header of each has to be; undefined: there is none. */
  names: readonly string[] | undefined;
  dialect: { delimiter: string; quote: string };
  lineEnd: string;
  progress: ReadProgress;
};

/**
 * Opens plain UTF-8 files for the engine.
 * @throws DataError `not_in_place` where a file is packed, in another encoding or not of this machine, and whatever
 * is wrong with its first record
 */
export async function filesInPlace(options: ReadOptions, wanted: Wanted): Promise<FilesInPlace> {
  const { store, step, inPlace: keep } = options;
  const encoding = step.config.format?.encoding?.toLowerCase() ?? "utf-8";
  const plain = ["utf-8", "utf8"].includes(encoding) && /^\r?\n$/.test(wanted.lineEnd);
  const paths: string[] = [];
  const opened: NonNullable<OpenedFile["inPlace"]>[] = [];
  for (const name of wanted.files) {
    const file = await store.open(name);
    keep?.(file);
    if (!plain || !file.inPlace || /\.(gz|zst)$/i.test(file.name) || GLOB.test(file.inPlace.path))
      throw notInPlace();
    opened.push(file.inPlace);
    await expectBegin(file, wanted);
    paths.push(file.inPlace.path);
  }
  const surveyed = Promise.all(opened.map(survey));
  // What it finds is told where it is waited for.
  surveyed.catch(() => undefined);
  return {
    paths,
    settled: async () => {
      await surveyed;
      for (const file of opened) await file.unchanged();
    },
  };
}

/** The first bytes of a file: no mark of their order, and the header that is wanted. */
async function expectBegin(file: OpenedFile, { names, dialect, progress }: Wanted): Promise<void> {
  const parts: Buffer[] = [];
  // To its end: a stream that is left in the middle closes the file.
  for await (const part of file.stream({ end: Math.min(file.bytes, HEAD_BYTES) })) parts.push(part as Buffer);
  const head = Buffer.concat(parts);
  const record = head[0] === BOM ? undefined : firstRecord(head.toString("utf8"), dialect, false);
  // Nothing, a record that goes on, or another header: the other way says what is wrong with it.
  if (!record || (names && record.fields.join("\0") !== names.join("\0"))) throw notInPlace();
  if (progress.rowBytes === 0) countText(progress, head);
  progress.text = 0;
}

/**
 * Reads a file beside the engine for what the engine would let pass: NUL in a text, and lines beyond its buffers, which
 * it may leave out. One buffer for all of it: the engine has the processors.
 */
async function survey({ read }: NonNullable<OpenedFile["inPlace"]>): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(SURVEY_BYTES);
  let line = 0;
  let at = 0;
  for (;;) {
    const bytes = await read(buffer, at);
    if (bytes === 0) return;
    at += bytes;
    const chunk = buffer.subarray(0, bytes);
    const end = chunk.indexOf(LF);
    if (chunk.includes(0) || line + (end < 0 ? bytes : end) > LINE_BYTES) throw notInPlace();
    line = end < 0 ? line + bytes : bytes - chunk.lastIndexOf(LF);
  }
}

const notInPlace = () => new DataError(NOT_IN_PLACE, "The file has to be read on the way");
