import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDuckdb } from "#lib/duckdb.ts";
import { limits } from "#lib/limits.ts";
import { inspectFile } from "./inspect-file.ts";
import { listFiles } from "./list-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Buffer) => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};
const inspect = (file: string) => inspectFile({ tenant: "t_demo", path: file });
const columnsOf = async (name: string, content: string | Buffer) => {
  const { columns } = await inspect(put(name, content));
  return columns.map((column) => `${column.name} ${column.type}`);
};

describe("inspectFile", () => {
  const csv = 'id,price,day,zip,note\n1,1.50,2024-01-01,01234,"a, ""b"""\n2,2.25,,04711,\n';
  const types = ["id bigint", "price decimal(18,2)", "day date", "zip string", "note string"];

  it("tells delimiter, columns, types, first rows and size of delimited text", async () => {
    expect(await inspect(put("a.csv", csv))).toEqual({
      format: "csv",
      header: true,
      delimiter: ",",
      columns: types.map((text) => ({ name: text.split(" ")[0], type: text.slice(text.indexOf(" ") + 1) })),
      sampleRows: [
        { id: "1", price: "1.50", day: "2024-01-01", zip: "01234", note: 'a, "b"' },
        { id: "2", price: "2.25", day: null, zip: "04711", note: null },
      ],
      bytes: Buffer.byteLength(csv),
    });
  });

  it.each([
    ["a.csv.gz", gzipSync(csv)],
    ["a.csv.zst", zstdCompressSync(csv)],
    ["a.tsv", csv.replace('"a, ""b"""', "x").replaceAll(",", "\t")],
    ["bom.csv", `\ufeff${csv}`],
    ["crlf.csv", csv.replaceAll("\n", "\r\n")],
    ["semicolon.csv", csv.replace('"a, ""b"""', "x").replaceAll(",", ";")],
    ["pipe.txt", csv.replace('"a, ""b"""', "x").replaceAll(",", "|")],
  ])("reads %s alike", async (name, content) => {
    expect(await columnsOf(name, content)).toEqual(types);
  });

  it("judges by the sample alone, and does not take a row that it cuts", async () => {
    const many = `id,v\n${"1,2\n".repeat(limits.inspectBytes)}`;
    expect(await columnsOf("a.csv", many)).toEqual(["id bigint", "v bigint"]);
    expect(await columnsOf("wide.csv", `id\n"${"x\n".repeat(limits.inspectBytes)}`)).toEqual(["id string"]);
  });

  it.each([
    ["a.jsonl", (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("\n")],
    ["a.json", (rows: object[]) => JSON.stringify(rows, undefined, 1)],
    [
      "one-after-another.json",
      (rows: object[]) => rows.map((row) => JSON.stringify(row, undefined, 1)).join("\n"),
    ],
    [
      "cut-off.json",
      (rows: object[]) =>
        `[${JSON.stringify(rows).slice(1, -1)},${JSON.stringify({ id: "x".repeat(400_000) })}`,
    ],
    ["a.json.gz", (rows: object[]) => gzipSync(JSON.stringify(rows))],
  ])("reads JSON: %s", async (name, write) => {
    const rows = [
      { id: 1, name: "a}{", ok: true, n: 1.5, big: 2 ** 60, tags: ["[x"], when: "2024-01-01", mixed: 1 },
      { id: 2, name: null, ok: false, n: 2, big: 1, tags: [], mixed: "a", late: 'x"}' },
    ];
    const file = put(name, write(rows));
    expect(await columnsOf(name, write(rows))).toEqual([
      "id bigint",
      "name string",
      "ok boolean",
      "n double",
      "big decimal(38,0)",
      "tags json",
      "when date",
      "mixed json",
      "late string",
    ]);
    const { sampleRows, header, format } = await inspect(file);
    expect(sampleRows[0]).toMatchObject({ id: "1", name: "a}{", tags: '["[x"]', late: null });
    expect([header, format]).toEqual([false, name === "a.jsonl" ? "jsonl" : "json"]);
  });

  it("reads Parquet's own types and first rows", async () => {
    const engine = await openDuckdb({
      directories: [folder],
      spill: path.join(folder, "s"),
      memoryBytes: 2 ** 26,
      threads: 1,
    });
    await engine.run(
      `COPY (SELECT 1::UTINYINT AS a, 2::BIGINT AS b, 1.5::DECIMAL(9,2) AS c, 'x' AS d, DATE '2024-01-01' AS e,
         TIMESTAMPTZ '2024-01-01 00:00:00+00' AS f, [1, 2] AS g, {'k': 1} AS h, 18446744073709551615::UBIGINT AS i, 1.5::FLOAT AS j)
       TO '${folder}/a.parquet' (FORMAT parquet)`,
    );
    await engine.run(
      `COPY (SELECT i, md5(i::VARCHAR) AS v FROM range(200000) t(i)) TO '${folder}/large.parquet' (FORMAT parquet)`,
    );
    engine.close();
    expect(await inspect(path.join(folder, "large.parquet"))).toMatchObject({
      columns: [
        { name: "i", type: "bigint" },
        { name: "v", type: "string" },
      ],
      sampleRows: [],
    });
    const file = await inspect(path.join(folder, "a.parquet"));
    expect(file.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "a smallint",
      "b bigint",
      "c decimal(9,2)",
      "d string",
      "e date",
      "f timestamptz",
      "g json",
      "h json",
      "i decimal(20,0)",
      "j double",
    ]);
    expect(file.sampleRows).toMatchObject([{ a: "1", c: "1.50", d: "x", e: "2024-01-01", g: "[1, 2]" }]);
    const whole = readFileSync(path.join(folder, "a.parquet"));
    await expect(inspect(put("b.parquet", whole.subarray(0, 100)))).rejects.toMatchObject({
      code: "corrupt_file",
    });
    expect(await columnsOf("c.parquet.gz", gzipSync(whole))).toEqual([]);
  });

  it("looks into the first file that a pattern finds", async () => {
    put("b.csv", "b\n1\n");
    put("a.csv", "a\n1\n");
    const [first] = await listFiles({
      tenant: "t_demo",
      config: { path: folder, pattern: { type: "glob", value: "*.csv" }, ordering: "all" },
    });
    expect((await inspect(first?.path ?? "")).columns).toEqual([{ name: "a", type: "bigint" }]);
  });

  it.each([
    ["empty.csv", "", "empty_file"],
    ["twice.csv", "a,a\n1,2\n", "duplicate_column"],
    ["nameless.csv", "a,\n1,2\n", "empty_column"],
    ["bytes.csv", Buffer.from([97, 10, 0xff, 10]), "bad_encoding"],
    ["cut.csv.gz", gzipSync(csv).subarray(0, 30), "corrupt_file"],
    ["broken.jsonl", '{"a":1}\n{"a":\n', "bad_json"],
    ["list.jsonl", "[1]\n", "bad_json"],
    ["broken.json", '[{"a":1},{"a":]', "bad_json"],
    ["open.json", '[{"a":', "bad_json"],
    ["text.json", "hello", "bad_json"],
  ])("says what is wrong with %s", async (name, content, code) => {
    const result = await inspect(put(name, content)).then(
      () => "ok",
      (error: { code: string }) => error.code,
    );
    expect(result).toBe(code);
  });

  it("opens nothing outside the folders, by path, dots or link", async () => {
    symlinkSync("/etc/hostname", path.join(folder, "link.csv"));
    for (const file of ["/etc/hostname", path.join(folder, "link.csv")])
      await expect(inspect(file)).rejects.toMatchObject({ code: "path_outside_roots" });
    await expect(inspect(`${folder}/../x.csv`)).rejects.toMatchObject({ code: "path_refused" });
    await expect(inspect(folder)).rejects.toMatchObject({ code: "path_is_folder" });
    await expect(inspectFile({ tenant: "t_other", path: put("a.csv", csv) })).rejects.toMatchObject({
      code: "path_outside_roots",
      place: { hint: expect.stringContaining("PENSTOCK_READ_ROOTS") },
    });
  });
});
