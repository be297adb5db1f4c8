import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { to as copyTo } from "pg-copy-streams";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { copyOutValues } from "./load-postgres.ts";
import type { LoadDestination } from "./loader.ts";

/**
 * Brings the distinct values of a destination's column into scratch, for a foreign-key check.
 * @returns a parenthesised query with the text column `value`.
 */
export async function referenceValues(
  destination: LoadDestination,
  table: { schema?: string; name: string },
  field: string,
  scratch: string,
  engine: Pick<Duckdb, "run">,
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted();
  const file = path.join(scratch, `${randomUUID()}.parquet`);
  const value = `CAST(${sqlIdentifier(field)} AS VARCHAR) AS value`;
  if (destination.kind === "duckdb") {
    const session = await destination.warehouse.session();
    const stop = () => session.interrupt();
    signal?.addEventListener("abort", stop, { once: true });
    const name = `${sqlIdentifier(table.schema ?? "main")}.${sqlIdentifier(table.name)}`;
    try {
      await session.run(
        `COPY (SELECT DISTINCT ${value} FROM ${name}) TO ${sqlLiteral(file)} (FORMAT parquet)`,
      );
    } finally {
      signal?.removeEventListener("abort", stop);
      session.close();
    }
    return `(SELECT value FROM read_parquet(${sqlLiteral(file)}))`;
  }
  const text = path.join(scratch, `${randomUUID()}.csv`);
  const { client, sql } = await copyOutValues(destination, table, field);
  try {
    await pipeline(client.query(copyTo(sql)), createWriteStream(text, { mode: 0o600 }), { signal });
  } finally {
    await client.end();
  }
  await engine.run(
    `COPY (SELECT value FROM read_csv(${sqlLiteral(text)}, header=false, auto_detect=false, delim=',', quote='"', escape='"', allow_quoted_nulls=false, columns={'value': 'VARCHAR'})) TO ${sqlLiteral(file)} (FORMAT parquet)`,
  );
  return `(SELECT value FROM read_parquet(${sqlLiteral(file)}))`;
}
