import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDuckdb } from "#lib/duckdb.ts";
import type { OpenedFile } from "../connector.ts";
import { openFile } from "../local-fs/open-file.ts";
import { parquetSample } from "./parquet-sample.ts";

const GROUPS = 5;
let folder: string;
let file: OpenedFile;
let read: number;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-parquet-"));
  const spill = path.join(folder, "spill");
  const engine = await openDuckdb({ directories: [folder], spill, memoryBytes: 2 ** 27, threads: 1 });
  const at = path.join(folder, "large.parquet");
  await engine.run(
    `COPY (SELECT i, md5(i::VARCHAR) AS v, CASE WHEN i % 3 = 1 THEN NULL ELSE i END AS n, [i, i + 1] AS list
       FROM range(${GROUPS * 20_480}) t(i)) TO '${at}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`,
  );
  engine.close();
  const opened = await openFile({ tenant: "t_demo", path: at });
  file = {
    ...opened,
    stream: (range) => {
      read += (range?.end ?? opened.bytes) - (range?.start ?? 0);
      return opened.stream(range);
    },
  };
});
afterAll(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

describe("a large Parquet file", () => {
  it("tells its columns at its end", async () => {
    read = 0;
    const { columns, sampleRows } = await parquetSample(file);
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "i bigint",
      "v string",
      "n bigint",
      "list json",
    ]);
    expect(sampleRows).toEqual([]);
    expect(read).toBeLessThan(20_000);
  });

  it("shows its first rows by its first group alone", async () => {
    read = 0;
    const { sampleRows } = await parquetSample(file, true);
    expect(sampleRows.slice(0, 3)).toMatchObject([
      { i: "0", v: "cfcd208495d565ef66e7dff9f98764da", n: "0", list: "[0, 1]" },
      { i: "1", n: null, list: "[1, 2]" },
      { i: "2", n: "2" },
    ]);
    expect(read).toBeLessThan((file.bytes / GROUPS) * 1.2);
  });
});
