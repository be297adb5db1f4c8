import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import { formatIrType, parseIrType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { OpenedFile } from "../connector.ts";
import { DataError, isDataError } from "../data-error.ts";
import { readPart } from "./read-part.ts";

const MEMORY = 64 * 1_048_576;
const MAGIC = "PAR1";
/** The last bytes of a file: the length of what it says about itself, and the magic word (Parquet format, "File Format"). */
const TAIL = 8;
const PACKED = /\.(gz|zst)$/i;

/** Types of Parquet that have another name in an IR. */
const NAMES: Record<string, string> = {
  TINYINT: "smallint",
  UTINYINT: "smallint",
  USMALLINT: "integer",
  UINTEGER: "bigint",
  UBIGINT: "decimal(20,0)",
  HUGEINT: "decimal(38,0)",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
};

/** Columns and first rows as far as they were looked at. */
type ParquetSample = {
  columns: { name: string; type: string }[];
  sampleRows: Record<string, string | null>[];
};

/**
 * Columns of a Parquet file, and the first rows of a small one. Of a compressed one nothing is told.
 * @param rows read the first rows of a large one too, as long as its first group is at most `limits.inspectGroupBytes`.
 * @throws DataError `corrupt_file`
 */
export async function parquetSample(file: OpenedFile, rows = false): Promise<ParquetSample> {
  if (PACKED.test(file.name)) return { columns: [], sampleRows: [] };
  const folder = await mkdtemp(path.join(tmpdir(), "penstock-look-"));
  try {
    const copy = path.join(folder, "a.parquet");
    const whole = await copyBeginningAndEnd(file, copy);
    return await look({ file, copy, folder, rows: whole ? "all" : rows ? "first" : "none" });
  } catch (error) {
    if (isDataError(error)) throw error;
    throw new DataError("corrupt_file", `"${file.name}" is damaged or no Parquet file`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A copy with holes where the rows of a large file are: its columns are told at its end. @returns true if it has no holes. */
async function copyBeginningAndEnd(file: OpenedFile, to: string): Promise<boolean> {
  const size = file.bytes;
  const part = (start: number, length: number) => readPart(file, start, start + length);
  const copy = await open(to, "wx", 0o600);
  try {
    if (size <= limits.inspectBytes) {
      await copy.write(await part(0, size));
      return true;
    }
    const end = (await part(size - TAIL, TAIL)).readUInt32LE(0) + TAIL;
    if (end > Math.min(size, limits.inspectFooterBytes)) throw new Error("The end is too long");
    await copy.truncate(size);
    await copy.write(Buffer.from(MAGIC), 0, MAGIC.length, 0);
    await copy.write(await part(size - end, end), 0, end, size - end);
    return false;
  } finally {
    await copy.close();
  }
}

async function look({
  file,
  copy,
  folder,
  rows,
}: {
  file: OpenedFile;
  copy: string;
  folder: string;
  rows: "all" | "first" | "none";
}): Promise<ParquetSample> {
  const spill = path.join(folder, "spill");
  const engine = await openDuckdb({ memoryBytes: MEMORY, threads: 1, directories: [folder], spill });
  const from = `read_parquet(${sqlLiteral(copy)})`;
  try {
    const found = await engine.rows<{ column_name: string; column_type: string }>(
      `DESCRIBE SELECT * FROM ${from}`,
    );
    const columns = found.map(({ column_name: name, column_type }) => ({
      name,
      type: typeName(column_type),
    }));
    if (rows === "none" || (rows === "first" && !(await copyFirstGroup(engine, file, copy))))
      return { columns, sampleRows: [] };
    const list = columns.map(
      ({ name }) => `CAST(${sqlIdentifier(name)} AS VARCHAR) AS ${sqlIdentifier(name)}`,
    );
    const sample = await engine.rows(`SELECT ${list.join(", ")} FROM ${from} LIMIT ${limits.previewSample}`);
    return { columns, sampleRows: sample as ParquetSample["sampleRows"] };
  } finally {
    engine.close();
  }
}

/** Fills the hole where the first group of rows is. @returns false if it is too large, or there is none. */
async function copyFirstGroup(engine: Duckdb, file: OpenedFile, copy: string): Promise<boolean> {
  const [group = {}] = await engine.rows(
    `SELECT min(start) AS start, max(start + size) AS "end" FROM (
       SELECT least(data_page_offset, coalesce(dictionary_page_offset, data_page_offset)) AS start,
         total_compressed_size AS size
       FROM parquet_metadata(${sqlLiteral(copy)}) WHERE row_group_id = 0)`,
  );
  const [start, end] = [Number(group.start), Number(group.end)];
  if (!(start > 0 && end > start && end <= file.bytes && end - start <= limits.inspectGroupBytes))
    return false;
  const target = await open(copy, "r+");
  try {
    const bytes = await readPart(file, start, end);
    await target.write(bytes, 0, bytes.length, start);
    return true;
  } finally {
    await target.close();
  }
}

function typeName(written: string): string {
  if (/^(STRUCT|MAP|UNION)\(|\[\d*\]$/.test(written)) return "json";
  const parsed = parseIrType(NAMES[written] ?? written);
  return parsed.ok ? formatIrType(parsed.type) : "string";
}
