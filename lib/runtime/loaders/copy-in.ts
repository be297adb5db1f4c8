import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { DataError } from "#lib/connectors/index.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { LoadInput } from "./loader.ts";

/** Columns as a list of SQL. */
export const columnList = (columns: readonly TypedColumn[]) =>
  columns.map(({ name }) => sqlIdentifier(name)).join(", ");

/**
 * Streams the rows in by COPY.
 * @param alike the table has exactly the rows' types, so that they can come in binary.
 * @param freeze the table was made in this transaction: who looks with an older snapshot then finds the rows, too.
 * @returns how many.
 */
export async function copyIn(
  client: pg.Client,
  table: string,
  { rows, signal }: LoadInput,
  alike: boolean,
  freeze = false,
): Promise<number> {
  const binary = alike ? rows.binary : undefined;
  const { stream, done, see } = await (binary ?? rows.csv)();
  const format = `${binary ? "binary" : "csv"}${freeze ? ", freeze" : ""}`;
  const sink = client.query(
    copyFrom(`copy ${table} (${columnList(rows.columns)}) from stdin (format ${format})`),
  );
  let brokeOff: { error: unknown } | undefined;
  let refused = false;
  sink.once("error", () => {
    refused = true;
  });
  stream.once("error", (error) => {
    if (!refused && !signal?.aborted) brokeOff = { error };
  });
  if (see) stream.on("data", see);
  const piped = pipeline(stream, sink, { signal });
  // A failing query closes its end, which the pipe would take for the end of the rows: its error comes first.
  const [handed, ended] = await Promise.all([settled(done), settled(piped)]);
  if (brokeOff && rows.explain) throw rows.explain(brokeOff.error);
  if ("error" in handed && !("error" in ended && !isBroken(ended.error)))
    throw rows.explain?.(handed.error) ?? handed.error;
  if ("error" in ended) throw ended.error;
  if ("error" in handed) throw handed.error;
  const arrived = sink.rowCount;
  if (handed.value !== undefined && arrived !== handed.value)
    throw new DataError("rows_lost", `${handed.value} rows were sent and ${arrived} arrived`);
  return arrived;
}

const isBroken = (error: unknown) =>
  ["ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"].includes(
    (error as NodeJS.ErrnoException).code ?? "",
  );

const settled = <T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
