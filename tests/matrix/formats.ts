import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openDuckdb } from "#lib/duckdb.ts";
import { duckdbType, parseIrType, sqlLiteral } from "#lib/ir/index.ts";
import type { FileFormat } from "#lib/ir/schema.ts";
import type { Table, Value } from "./table.ts";

/** A table as a file of a format. */
export async function encode(format: FileFormat, table: Table): Promise<Buffer> {
  if (format === "parquet") return parquet(table);
  if (format === "csv" || format === "tsv")
    return Buffer.from(delimited(table, format === "csv" ? "," : "\t"));
  const objects = table.rows.map((row) =>
    JSON.stringify(Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at]]))),
  );
  return Buffer.from(format === "jsonl" ? `${objects.join("\n")}\n` : `[${objects.join(",\n")}]`);
}

/** Text is quoted, so that empty text and nothing stay apart. */
function delimited({ columns, rows }: Table, delimiter: string): string {
  const cell = (value: Value | undefined, at: number) => {
    if (value === null || value === undefined) return "";
    return columns[at]?.type === "string" ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  };
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(cell))];
  return lines.map((line) => `${line.join(delimiter)}\n`).join("");
}

async function parquet(table: Table): Promise<Buffer> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-parquet-"));
  const [from, to] = [path.join(folder, "a.jsonl"), path.join(folder, "a.parquet")];
  writeFileSync(from, await encode("jsonl", table));
  const engine = await openDuckdb({
    ...{ directories: [folder], spill: path.join(folder, "spill"), memoryBytes: 2 ** 26, threads: 1 },
  });
  try {
    const types = table.columns.map(({ name, type }) => `${sqlLiteral(name)}: ${sqlLiteral(typeOf(type))}`);
    await engine.run(
      `COPY (SELECT * FROM read_json(${sqlLiteral(from)}, format = 'newline_delimited', columns = {${types.join(", ")}}))
       TO ${sqlLiteral(to)} (FORMAT parquet)`,
    );
    return readFileSync(to);
  } finally {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function typeOf(written: string): string {
  const parsed = parseIrType(written);
  if (!parsed.ok) throw new Error(parsed.message);
  return duckdbType(parsed.type);
}
