import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  checkHeader,
  DataError,
  firstRecord,
  listFiles,
  openFile,
  rawStream,
  textChunks,
} from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, fileFormatOf, formatIrType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { FileFormat, FileSourceStep, IrType } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { checkedCast, typeOfDuckdb } from "./cast.ts";
import {
  Chain,
  FATE,
  type Failure,
  type FateBook,
  ORIGINAL,
  OWN_PREFIX,
  ROW,
  type TypedColumn,
} from "./chain.ts";
import { jsonShape } from "./json-shape.ts";

/**
 * What reading tells while it goes on: bytes of the files as they are on disk, of how many; bytes of text handed on,
 * and how many of them a row takes, judged by the first chunk.
 */
export type ReadProgress = { bytes: number; totalBytes: number; text: number; rowBytes: number };

/** A source ready to be queried. `chunks` feed `fifo`; without them everything is in scratch already. */
export type OpenedSource = {
  chain: Chain;
  fifo?: string;
  chunks?: () => AsyncIterable<Buffer>;
  progress: ReadProgress;
  warnings: string[];
  /** How many files the chunks are of. */
  files?: number;
};

export type ReadOptions = {
  tenant: string;
  step: FileSourceStep;
  scratch: string;
  book: FateBook;
  makeFifo: () => Promise<string>;
  engine: Pick<Duckdb, "rows" | "batches">;
  /** Rows whose values do not fit fail the query. */
  strict: boolean;
  keepRejects: boolean;
  signal?: AbortSignal;
  now?: Date;
  /** Read no more rows than this. */
  limit?: number;
  /** False: rows get no number, which costs a little. */
  numbered: boolean;
};

/** Opens a file source: finds its files, reads the header, and builds the query that types its rows. */
export async function openSource(options: ReadOptions): Promise<OpenedSource> {
  const { tenant, step, now } = options;
  const files = await listFiles({ tenant, config: step.config, now });
  const first = files[0];
  if (!first) throw new DataError("no_files", "There is no file to read");
  const format = step.config.format?.type ?? fileFormatOf(first.path).format;
  if (!format)
    throw new DataError(
      "unknown_format",
      `The format of "${path.basename(first.path)}" cannot be told from its name`,
      {
        hint: 'Set "format.type"',
      },
    );
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = { bytes: 0, totalBytes, text: 0, rowBytes: 0 };
  const paths = files.map((file) => file.path);
  if (format === "csv" || format === "tsv") return openDelimited(options, format, paths, progress);
  return openCopied(options, format, paths, progress);
}

async function openDelimited(
  options: ReadOptions,
  format: "csv" | "tsv",
  files: string[],
  progress: ReadProgress,
): Promise<OpenedSource> {
  const { step, tenant } = options;
  const { header = true, delimiter, quote = '"', encoding, nullValues = [] } = step.config.format ?? {};
  const dialect = { delimiter: delimiter ?? (format === "tsv" ? "\t" : ","), quote };
  const { names, lineEnd } = await columnNames({ ...options, files, header, dialect, encoding });
  const warnings: string[] = [];
  const chunks = async function* () {
    let open = false;
    for (const file of files) {
      const opened = await openFile({ tenant, path: file });
      try {
        const text = textChunks(opened, encoding, (count) => {
          progress.bytes += count;
        });
        for await (const chunk of header ? withoutHeader(text, opened.name, dialect, names) : text) {
          options.signal?.throwIfAborted();
          if (chunk.length === 0) continue;
          progress.text += chunk.length;
          progress.rowBytes ||= bytesPerRow(chunk);
          yield chunk;
          const last = chunk[chunk.length - 1];
          open = last !== 10 && last !== 13;
        }
        // A file without a last line end must not flow into the next one's first row.
        if (open && file !== files.at(-1)) yield Buffer.from(lineEnd || "\n");
        open = false;
      } finally {
        await opened.handle.close();
      }
    }
  };
  const fifo = await options.makeFifo();
  // Said, not guessed: a guess takes line ends inside quotes for others than those between rows.
  const newLine =
    lineEnd === "" ? "" : `, new_line=${sqlLiteral(lineEnd.replace("\r", "\\r").replace("\n", "\\n"))}`;
  const read = `read_csv(${sqlLiteral(fifo)}, header=false, auto_detect=false${newLine}, delim=${sqlLiteral(dialect.delimiter)}, quote=${sqlLiteral(quote)}, escape=${sqlLiteral(quote)}, nullstr=[${["", ...nullValues].map(sqlLiteral).join(", ")}], allow_quoted_nulls=false, max_line_size=${limits.csvRecordBytes}, buffer_size=${limits.csvRecordBytes + 1_048_576}, columns={${names.map((name) => `${sqlLiteral(name)}: 'VARCHAR'`).join(", ")}})`;
  const raw = names.map((name): TypedColumn => ({ name, type: { name: "string" } }));
  const declared = new Map((step.declared ?? []).map((column) => [column.name, column]));
  for (const { name } of step.declared ?? [])
    if (!names.includes(name))
      throw new DataError(
        "column_missing",
        `The declared column "${name}" is not in the file; it has ${names.join(", ")}`,
      );
  const extra = names.filter((name) => !declared.has(name));
  if (step.declared && extra.length > 0)
    warnings.push(`Columns not declared are read as text: ${extra.join(", ")}`);
  const chain = typedChain(options, read, raw);
  return { chain, fifo, chunks, progress, warnings, files: files.length };
}

function bytesPerRow(chunk: Buffer): number {
  let lines = 1;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  return chunk.length / lines;
}

/** Column names: of the header, else as declared, else column1, column2, … */
async function columnNames({
  tenant,
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
    const opened = await openFile({ tenant, path: file });
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
      await opened.handle.close();
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

/** JSON and Parquet are copied to scratch first: their columns are known only when all of them was seen. */
async function openCopied(
  options: ReadOptions,
  format: Exclude<FileFormat, "csv" | "tsv">,
  files: string[],
  progress: ReadProgress,
): Promise<OpenedSource> {
  const { tenant, scratch, step, signal } = options;
  const copies: string[] = [];
  for (const file of files) {
    const opened = await openFile({ tenant, path: file });
    try {
      const copy = path.join(scratch, `${randomUUID()}.${format}`);
      const onBytes = (count: number) => {
        progress.bytes += count;
      };
      const source =
        format === "parquet"
          ? rawStream(opened, onBytes)
          : Readable.from(
              textChunks(
                opened,
                step.config.format?.encoding,
                onBytes,
                format === "json" ? Infinity : undefined,
              ),
              { objectMode: false },
            );
      await pipeline(source, createWriteStream(copy, { mode: 0o600 }), { signal });
      copies.push(copy);
    } finally {
      await opened.handle.close();
    }
  }
  const list = `[${copies.map(sqlLiteral).join(", ")}]`;
  const read =
    format === "parquet"
      ? `read_parquet(${list}, union_by_name=true)`
      : `read_json_objects(${list}, format='${format === "jsonl" ? "newline_delimited" : "auto"}', maximum_object_size=${limits.lineBytes})`;
  return { chain: await describedChain(options, read, format), progress, warnings: [] };
}

async function describedChain(
  options: ReadOptions,
  read: string,
  format: "json" | "jsonl" | "parquet",
): Promise<Chain> {
  const described =
    format === "parquet" ? await parquetColumns(options, read) : await jsonColumns(options, read);
  const columns = described.map(({ name, type }): TypedColumn => ({ name, type }));
  if (columns.length === 0) throw new DataError("empty_file", "The files hold no columns at all");
  checkHeader(
    "The data",
    columns.map(({ name }) => name),
  );
  const missing = options.step.declared?.find(({ name }) => !columns.some((column) => column.name === name));
  if (missing)
    throw new DataError("column_missing", `The declared column "${missing.name}" is in none of the rows`);
  const list = described.map(({ name, expr }) => `${expr} AS ${sqlIdentifier(name)}`).join(", ");
  return typedChain(options, `(SELECT ${list} FROM ${read})`, columns);
}

async function parquetColumns({ engine }: ReadOptions, read: string) {
  const rows = await engine.rows<{ column_name: string; column_type: string }>(
    `DESCRIBE SELECT * FROM ${read}`,
  );
  return rows.map(({ column_name: name, column_type }) => {
    const { type, convert } = typeOfDuckdb(column_type);
    const column = sqlIdentifier(name);
    return { name, type, expr: convert ? convert(column) : column };
  });
}

/** All keys of all objects, each in the type that holds every value of it. */
async function jsonColumns({ engine, step }: ReadOptions, read: string) {
  const shape = await jsonShape(engine, read);
  return [...shape].map(([name, kind]) => {
    const pointer = sqlLiteral(`/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    const text = `(json ->> ${pointer})`;
    const declared = step.declared?.find((column) => column.name === name)?.type;
    if (declared && declared.name !== "json") return { name, type: { name: "string" } as IrType, expr: text };
    const { type } = typeOfDuckdb(kind);
    if (kind === "NULL" || type.name === "string")
      return { name, type: { name: "string" } as IrType, expr: text };
    if (type.name === "json") return { name, type, expr: `nullif(json -> ${pointer}, 'null'::JSON)` };
    return { name, type, expr: `CAST(${text} AS ${duckdbType(type)})` };
  });
}

/** Rows of `read`, numbered, their text checked against the declared types. */
export function typedChain(options: ReadOptions, read: string, columns: readonly TypedColumn[]): Chain {
  const { step, book, strict, keepRejects, limit, numbered } = options;
  const names = columns.map(({ name }) => sqlIdentifier(name)).join(", ");
  const number = numbered ? "row_number() OVER ()" : "0::BIGINT";
  const some = limit === undefined ? read : `(SELECT * FROM ${read} LIMIT ${limit})`;
  const base = `(SELECT ${names}, ${number} AS ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM ${some})`;
  const chain = new Chain(base, columns, book);
  chain.enter(step.nodeId);
  const casts = (step.declared ?? []).flatMap(({ name, type }, index) => {
    const from = columns.find((column) => column.name === name)?.type;
    if (!type || !from || (type.name === from.name && type.name !== "decimal")) return [];
    const cast = checkedCast(sqlIdentifier(name), from, type);
    return [{ name, type, temporary: `${OWN_PREFIX}c${index}`, ...cast }];
  });
  if (casts.length === 0) return chain;
  const temporary = casts.map((cast) => cast.temporary);
  chain.project(
    chain.asIs(),
    casts.map((cast) => `${cast.value} AS ${cast.temporary}`),
  );
  chain.fail(
    casts.map(
      (cast): Failure => ({
        when: cast.inexact(cast.temporary),
        nodeId: step.nodeId,
        rule: `type:${cast.name}`,
        reason: `${cast.name} does not fit ${formatIrType(cast.type)} exactly`,
        policy: strict || !keepRejects ? "fatal" : "quarantine",
        value: sqlIdentifier(cast.name),
      }),
    ),
    temporary,
  );
  const typed = new Map(casts.map((cast) => [cast.name, cast]));
  chain.project(
    chain.asIs().map((column) => {
      const cast = typed.get(column.name);
      return cast ? { name: column.name, expr: cast.temporary, type: cast.type } : column;
    }),
  );
  return chain;
}
