import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { DataError, type OpenedFile } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { Share } from "./first-rows.ts";

const MAGIC = "PAR1";
/** The last bytes of a file: the length of what it says about itself, and the magic word (Parquet format, "File Format"). */
const TAIL = 8;

type Range = { start: number; end: number };

/**
 * Copies the end of a Parquet file, where its columns are told, and its first groups of rows as far as they are needed.
 * Where the others are the copy has holes, which take no space.
 * @param share its rows are subtracted. @throws DataError `corrupt_file`, `too_large_to_sample`
 */
export async function copyFirstGroups(
  file: OpenedFile,
  to: string,
  { engine, share, signal }: { engine: Pick<Duckdb, "rows">; share: Share; signal?: AbortSignal },
): Promise<void> {
  const part = async (range: Range) => {
    const target = createWriteStream(to, { flags: "r+", start: range.start });
    await pipeline(file.stream(range), target, { signal });
  };
  const size = file.bytes;
  const hole = await open(to, "wx", 0o600);
  await hole.truncate(size).finally(() => hole.close());
  if (size < TAIL + MAGIC.length) throw corrupt(file);
  await part({ start: 0, end: MAGIC.length });
  await part({ start: size - TAIL, end: size });
  const start = size - TAIL - (await footerBytes(to, size));
  if (start < MAGIC.length || size - start > limits.inspectFooterBytes) throw corrupt(file);
  await part({ start, end: size });
  let bytes = 0;
  for (const group of await groupsOf(engine, to)) {
    if (share.rows <= 0) return share.cut();
    if (!(group.start > 0 && group.end > group.start && group.end <= size)) throw corrupt(file);
    bytes += group.end - group.start;
    if (bytes > limits.previewGroupBytes) throw tooLarge(file);
    await part(group);
    share.rows -= group.rows;
  }
}

async function footerBytes(copy: string, size: number): Promise<number> {
  const handle = await open(copy, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(TAIL), 0, TAIL, size - TAIL);
    return buffer.readUInt32LE(0);
  } finally {
    await handle.close();
  }
}

async function groupsOf(engine: Pick<Duckdb, "rows">, copy: string): Promise<(Range & { rows: number })[]> {
  const groups = await engine.rows(
    `SELECT row_group_id AS id, any_value(row_group_num_rows) AS rows,
       min(least(data_page_offset, coalesce(dictionary_page_offset, data_page_offset))) AS start,
       max(least(data_page_offset, coalesce(dictionary_page_offset, data_page_offset)) + total_compressed_size) AS "end"
     FROM parquet_metadata(${sqlLiteral(copy)}) GROUP BY id ORDER BY id`,
  );
  return groups.map(({ rows, start, end }) => ({
    rows: Number(rows),
    start: Number(start),
    end: Number(end),
  }));
}

const corrupt = ({ name }: OpenedFile) =>
  new DataError("corrupt_file", `"${name}" is damaged or no Parquet file`);

/** Says why a dry run does not look at the rows of a file that can only be read as a whole. */
export const tooLarge = ({ name }: Pick<OpenedFile, "name">): DataError =>
  new DataError(
    "too_large_to_sample",
    `The first rows of "${name}" cannot be had without reading more than ${limits.previewGroupBytes / 1_048_576} MB of it`,
    { hint: "A run reads it; a dry run does not. Smaller groups of rows can be tried" },
  );
