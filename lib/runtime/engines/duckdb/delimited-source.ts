import path from "node:path";
import { checkHeader, DataError, firstRecord, textChunks } from "#lib/connectors/index.ts";
import { sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import { expectDeclared } from "../../expect-columns.ts";
import type { ReadProgress } from "../engine.ts";
import { countText } from "../read-progress.ts";
import { OWN_PREFIX, type TypedColumn } from "./chain.ts";
import { filesInPlace } from "./files-in-place.ts";
import { firstRecords, shareOf } from "./first-rows.ts";
import type { OpenedSource, ReadOptions } from "./opened-source.ts";
import { typedChain } from "./typed-chain.ts";

/** Longest record of the quick way: the engine's buffers are as long. What is longer takes the thorough way. */
const QUICK_RECORD_BYTES = 2 * 1_048_576;
/** Buffers in which the engine reads files by itself: of 3 MB, a load took a tenth longer. */
const IN_PLACE_BYTES = 16 * 1_048_576;

/** Opens delimited files: they flow through a FIFO, one after another, the header of each compared and taken off. */
export async function openDelimited(
  options: ReadOptions,
  format: "csv" | "tsv",
  files: string[],
  progress: ReadProgress,
): Promise<OpenedSource> {
  const { step, store } = options;
  const { header = true, delimiter, quote = '"', encoding, nullValues = [] } = step.config.format ?? {};
  const dialect = { delimiter: delimiter ?? (format === "tsv" ? "\t" : ","), quote };
  const { names, lineEnd } = await columnNames({ ...options, files, header, dialect, encoding });
  const { limit } = options;
  const all = async function* () {
    let open = false;
    for (const file of files) {
      const opened = await store.open(file);
      try {
        const text = textChunks(opened, encoding, (count) => {
          progress.bytes += count;
        });
        for await (const chunk of header ? withoutHeader(text, opened.name, dialect, names) : text) {
          options.signal?.throwIfAborted();
          if (chunk.length === 0) continue;
          countText(progress, chunk);
          yield chunk;
          const last = chunk[chunk.length - 1];
          open = last !== 10 && last !== 13;
        }
        // A file without a last line end must not flow into the next one's first row.
        if (open && file !== files.at(-1)) yield Buffer.from(lineEnd || "\n");
        open = false;
      } finally {
        await opened.close();
      }
    }
  };
  const chunks = () =>
    limit === undefined ? all() : firstRecords(all(), { ...dialect, lineEnd }, shareOf(limit, progress));
  const inPlace = options.inPlace
    ? await filesInPlace(options, { files, names: header ? names : undefined, dialect, lineEnd, progress })
    : undefined;
  const fifo = inPlace ? undefined : await options.makeFifo();
  const longest = options.strict ? QUICK_RECORD_BYTES : limits.csvRecordBytes;
  // Said, not guessed: a guess takes line ends inside quotes for others than those between rows.
  const newLine =
    lineEnd === "" ? "" : `, new_line=${sqlLiteral(lineEnd.replace("\r", "\\r").replace("\n", "\\n"))}`;
  const from = inPlace ? `[${inPlace.paths.map(sqlLiteral).join(", ")}]` : sqlLiteral(fifo ?? "");
  const read = `read_csv(${from}, header=${inPlace !== undefined && header}, auto_detect=false${newLine}, delim=${sqlLiteral(dialect.delimiter)}, quote=${sqlLiteral(quote)}, escape=${sqlLiteral(quote)}, nullstr=[${["", ...nullValues].map(sqlLiteral).join(", ")}], allow_quoted_nulls=false, max_line_size=${longest}, buffer_size=${inPlace ? IN_PLACE_BYTES : longest + 1_048_576}, columns={${names.map((name) => `${sqlLiteral(name)}: 'VARCHAR'`).join(", ")}})`;
  const raw = names.map((name): TypedColumn => ({ name, type: { name: "string" } }));
  const declared = new Map((step.declared ?? []).map((column) => [column.name, column]));
  const columns = names.map((name) => declared.get(name) ?? { name });
  const came = { of: path.basename(files[0] ?? ""), columns };
  const found = names.map((name) => ({ name }));
  const warnings = expectDeclared(step, { of: came.of, found, rest: "read as text" });
  const chain = typedChain(options, read, raw);
  return { chain, fifo, ...(fifo && { chunks }), inPlace, progress, warnings, came, files: files.length };
}

/** Column names: of the header, else as declared, else column1, column2, … */
async function columnNames({
  store,
  files,
  header,
  dialect,
  encoding,
  step,
}: ReadOptions & {
  files: string[];
  header: boolean;
  dialect: { delimiter: string; quote: string };
  encoding: string | undefined;
}): Promise<{ names: string[]; lineEnd: string }> {
  for (const file of files) {
    const opened = await store.open(file);
    try {
      let text = "";
      const decoder = new TextDecoder();
      let record: ReturnType<typeof firstRecord>;
      for await (const chunk of textChunks(opened, encoding)) {
        text += decoder.decode(chunk, { stream: true });
        record = firstRecord(text, dialect, false);
        if (record || text.length > limits.lineBytes) break;
      }
      if (text === "") continue;
      record ??= firstRecord(text, dialect, true);
      const { fields = [], lineEnd = "" } = record ?? {};
      if (!header) {
        const names = step.declared?.map(({ name }) => name);
        if (names && names.length !== fields.length)
          throw new DataError(
            "wrong_width",
            `"${opened.name}" has ${fields.length} columns in row 1; ${names.length} are declared`,
            { row: 1 },
          );
        return { names: names ?? fields.map((_, index) => `column${index + 1}`), lineEnd };
      }
      checkHeader(opened.name, fields);
      const own = fields.find((name) => name.toLowerCase().startsWith(OWN_PREFIX));
      if (own) throw new DataError("reserved_column", `A column must not be named "${own}"`);
      return { names: fields, lineEnd };
    } finally {
      await opened.close();
    }
  }
  if (step.declared && !header) return { names: step.declared.map(({ name }) => name), lineEnd: "" };
  throw new DataError("empty_file", `"${path.basename(files[0] ?? "")}" is empty: it has not even a header`);
}

async function* withoutHeader(
  chunks: AsyncIterable<Buffer>,
  name: string,
  dialect: { delimiter: string; quote: string },
  names: readonly string[],
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const rest = stripHeader(head, name, dialect, names, false);
    if (rest) {
      head = undefined;
      yield rest;
    }
  }
  if (head && head.length > 0) stripHeader(head, name, dialect, names, true);
}

function stripHeader(
  head: Buffer,
  name: string,
  dialect: { delimiter: string; quote: string },
  names: readonly string[],
  complete: boolean,
): Buffer | undefined {
  const text = head.toString("utf8");
  const record = firstRecord(text, dialect, complete);
  if (!record) return undefined;
  if (record.fields.join("\0") !== names.join("\0"))
    throw new DataError(
      "header_mismatch",
      `"${name}" has the columns ${record.fields.join(", ")}; the first file has ${names.join(", ")}`,
    );
  return head.subarray(Buffer.byteLength(text.slice(0, record.length)));
}
