import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { checkHeader, DataError, type OpenedFile, rawStream, textChunks } from "#lib/connectors/index.ts";
import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { FileFormat, IrType } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { expectDeclared } from "../../expect-columns.ts";
import type { ReadProgress } from "../engine.ts";
import { typeOfDuckdb } from "./cast.ts";
import type { Chain, TypedColumn } from "./chain.ts";
import { copyFirstGroups, tooLarge } from "./first-groups.ts";
import { firstLines, firstObjects, type Share, shareOf } from "./first-rows.ts";
import { jsonShape } from "./json-shape.ts";
import type { OpenedSource, ReadOptions } from "./opened-source.ts";
import { typedChain } from "./typed-chain.ts";

type Format = Exclude<FileFormat, "csv" | "tsv">;

const PACKED = /\.(gz|zst)$/i;

/**
 * JSON and Parquet are copied to scratch first: their columns are known only when all of them was seen. Of a dry run
 * only the first rows are.
 */
export async function openCopied(
  options: ReadOptions,
  format: Format,
  files: string[],
  progress: ReadProgress,
): Promise<OpenedSource> {
  const { store, scratch, limit } = options;
  const copies: string[] = [];
  const share = limit === undefined ? undefined : shareOf(limit, progress);
  for (const file of files) {
    if (share && (share.rows <= 0 || share.bytes <= 0)) {
      share.cut();
      break;
    }
    const opened = await store.open(file);
    try {
      const copy = path.join(scratch, `${randomUUID()}.${format}`);
      await copyOf(options, format, opened, { copy, share, progress });
      copies.push(copy);
    } finally {
      await opened.close();
    }
  }
  const list = `[${copies.map(sqlLiteral).join(", ")}]`;
  const read =
    format === "parquet"
      ? `read_parquet(${list}, union_by_name=true)`
      : `read_json_objects(${list}, format='${format === "jsonl" ? "newline_delimited" : "auto"}', maximum_object_size=${limits.lineBytes})`;
  const chain = await describedChain(options, read, format);
  const came = { of: path.basename(files[0] ?? ""), columns: chain.baseColumns };
  const given = { of: came.of, found: came.columns, rest: "taken as they are" };
  return { chain, progress, came, warnings: expectDeclared(options.step, given) };
}

async function copyOf(
  { step, signal, engine }: ReadOptions,
  format: Format,
  file: OpenedFile,
  { copy, share, progress }: { copy: string; share: Share | undefined; progress: ReadProgress },
): Promise<void> {
  const onBytes = (count: number) => {
    progress.bytes += count;
  };
  if (format === "parquet" && share && !PACKED.test(file.name) && file.bytes > 0)
    return copyFirstGroups(file, copy, { engine, share, signal });
  const source =
    format === "parquet"
      ? whole(file, rawStream(file, onBytes), share)
      : some(
          textChunks(file, step.config.format?.encoding, onBytes, format === "json" ? Infinity : undefined),
          format,
          share,
        );
  await pipeline(source, createWriteStream(copy, { mode: 0o600 }), { signal });
}

/** A file that can only be read from its beginning to its end; of a dry run, as long as that is not too much. */
async function* whole(
  file: OpenedFile,
  chunks: AsyncIterable<Buffer>,
  share: Share | undefined,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (share && bytes > limits.previewGroupBytes) throw tooLarge(file);
    yield chunk;
  }
}

function some(chunks: AsyncIterable<Buffer>, format: "json" | "jsonl", share: Share | undefined) {
  if (!share) return chunks;
  return format === "jsonl" ? firstLines(chunks, share) : firstObjects(chunks, share);
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
