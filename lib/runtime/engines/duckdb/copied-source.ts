import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkHeader, DataError, rawStream, textChunks } from "#lib/connectors/index.ts";
import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { FileFormat, IrType } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { ReadProgress } from "../engine.ts";
import { typeOfDuckdb } from "./cast.ts";
import type { Chain, TypedColumn } from "./chain.ts";
import { jsonShape } from "./json-shape.ts";
import type { OpenedSource, ReadOptions } from "./opened-source.ts";
import { typedChain } from "./typed-chain.ts";

/** JSON and Parquet are copied to scratch first: their columns are known only when all of them was seen. */
export async function openCopied(
  options: ReadOptions,
  format: Exclude<FileFormat, "csv" | "tsv">,
  files: string[],
  progress: ReadProgress,
): Promise<OpenedSource> {
  const { store, scratch, step, signal } = options;
  const copies: string[] = [];
  for (const file of files) {
    const opened = await store.open(file);
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
      await opened.close();
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
