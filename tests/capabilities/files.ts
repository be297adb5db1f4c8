import { mkdtempSync, readFileSync, utimesSync } from "node:fs";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "vitest";
import { openDuckdb } from "#lib/duckdb.ts";
import type { IrNode, PlanLab } from "#tests/plan-kit.ts";
import type { CapabilityCase } from "./case.ts";

const FORMATS = ["csv", "tsv", "json", "jsonl", "parquet"] as const;
const PACKED = { "": (data: Buffer) => data, ".gz": gzipSync, ".zst": zstdCompressSync };
const ENCODED = {
  "utf-8": (text: string) => Buffer.from(text),
  "utf-16": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "latin-1": (text: string) => Buffer.from(text, "latin1"),
};
type Encoding = keyof typeof ENCODED;
type Format = (typeof FORMATS)[number];

/** What every file of these cases holds. */
const ROWS = [
  { id: 1, name: 'Zoë, "x"' },
  { id: 2, name: null },
  { id: 3, name: "" },
];

const quoted = (value: string | null) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`);

async function contentOf(lab: PlanLab, format: Format, encoding: Encoding): Promise<Buffer> {
  const encode = ENCODED[encoding];
  switch (format) {
    case "json":
      return encode(JSON.stringify(ROWS, undefined, 2));
    case "jsonl":
      return encode(`${ROWS.map((row) => JSON.stringify(row)).join("\n")}\n`);
    case "parquet":
      return parquet(
        lab,
        "SELECT 1 AS id, 'Zoë, \"x\"' AS name UNION ALL SELECT 2, NULL UNION ALL SELECT 3, ''",
      );
    default: {
      const between = format === "tsv" ? "\t" : ",";
      return encode(
        `id${between}name\n${ROWS.map(({ id, name }) => `${id}${between}${quoted(name)}`).join("\n")}\n`,
      );
    }
  }
}

async function parquet(lab: PlanLab, query: string): Promise<Buffer> {
  const folder = mkdtempSync(path.join(lab.folder, "parquet-"));
  const engine = await openDuckdb({
    directories: [folder],
    spill: path.join(folder, "spill"),
    memoryBytes: 64 * 1_048_576,
    threads: 1,
  });
  try {
    await engine.run(`COPY (${query}) TO '${folder}/a.parquet' (FORMAT parquet)`);
  } finally {
    engine.close();
  }
  return readFileSync(path.join(folder, "a.parquet"));
}

const columns = [
  { name: "id", type: "integer" },
  { name: "name", type: "string" },
];

async function expectRows(lab: PlanLab, config: IrNode): Promise<void> {
  const table = lab.table();
  const ran = await lab.run([lab.source(config), lab.target("src", table)]);
  expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: 3, loaded: 3 } });
  expect(await lab.rows(table)).toEqual(ROWS);
}

const reading = (
  line: string,
  format: Format,
  ending: keyof typeof PACKED,
  encoding: Encoding,
): CapabilityCase => ({
  line,
  title: `${format}${ending} in ${encoding}`,
  run: async (lab) => {
    const content = PACKED[ending](await contentOf(lab, format, encoding));
    const file = lab.put(`${format}-${encoding}.${format}${ending}`, content);
    await expectRows(lab, { path: file, format: { type: format, encoding, columns } });
  },
});

const TEXTS = FORMATS.filter((format) => format !== "parquet");
const readings = [
  ...FORMATS.map((format) => reading(`format ${format}`, format, "", "utf-8")),
  ...FORMATS.flatMap((format) => [
    reading("compression gz", format, ".gz", "utf-8"),
    reading("compression zst", format, ".zst", "utf-8"),
  ]),
  ...TEXTS.flatMap((format) => [
    reading("encoding utf-8", format, ".gz", "utf-8"),
    reading("encoding utf-16", format, "", "utf-16"),
    reading("encoding utf-16", format, ".zst", "utf-16"),
    reading("encoding latin-1", format, "", "latin-1"),
    reading("encoding latin-1", format, ".gz", "latin-1"),
  ]),
];

const lists = (
  line: string,
  title: string,
  names: string[],
  config: IrNode,
  expected: number[],
): CapabilityCase => ({
  line,
  title,
  run: async (lab) => {
    const folder = mkdtempSync(path.join(lab.folder, "list-"));
    names.forEach((name, index) => {
      const file = lab.put(path.join(path.relative(lab.folder, folder), name), `n\n${index + 1}\n`);
      utimesSync(file, 1_000_000 + ((index * 7) % 5), 1_000_000 + ((index * 7) % 5));
    });
    const format = { type: "csv", columns: [{ name: "n", type: "integer" }] };
    const table = lab.table();
    const nodes = [
      lab.source({ path: folder, format, ...config }),
      { id: "t", kind: "transform", input: "src", ops: [{ op: "expression", field: "m", expr: "n" }] },
      lab.target("t", table),
    ];
    const ran = await lab.run(nodes, { now: new Date("2024-03-05T23:30:15Z") });
    expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: expected.length } });
    // In order of arrival, not sorted.
    expect((await lab.query(`SELECT n FROM ${table}`)).map(({ n }) => n)).toEqual(expected);
  },
});

const glob = (value: string) => ({ pattern: { type: "glob", value } });
const dated = (value: string, timezone?: string) => ({
  pattern: { type: "date_template", value, ...(timezone && { timezone }) },
});

/** Every way to say which files are read, and how they are written. */
export const fileCases: CapabilityCase[] = [
  ...readings,
  {
    line: "connector local_fs",
    title: "one file by its path",
    run: async (lab) =>
      expectRows(lab, {
        path: lab.put("one.csv", await contentOf(lab, "csv", "utf-8")),
        format: { type: "csv", columns },
      }),
  },
  {
    line: "config_key path",
    title: "the format told from the name",
    run: async (lab) =>
      expectRows(lab, {
        path: lab.put("one.jsonl.gz", gzipSync(await contentOf(lab, "jsonl", "utf-8"))),
        format: { type: "jsonl", columns },
      }),
  },
  {
    line: "config_key format",
    title: "delimiter, quote, nullValues, no header",
    run: async (lab) => {
      const table = lab.table();
      const format = {
        type: "csv",
        header: false,
        delimiter: ";",
        quote: "'",
        nullValues: ["NA", "-"],
        columns: [
          { name: "id", type: "integer" },
          { name: "v", type: "string" },
          { name: "d", type: "decimal(5,1)" },
        ],
      };
      const file = lab.put("odd.txt", "1;'a;''b';1.5\n2;NA;-\n3;'NA';2\n4;\"q\";\n");
      const ran = await lab.run([lab.source({ path: file, format }), lab.target("src", table)]);
      expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 4 } });
      expect(await lab.rows(table)).toEqual([
        { id: 1, v: "a;'b", d: "1.5" },
        { id: 2, v: null, d: null },
        { id: 3, v: "NA", d: "2.0" },
        { id: 4, v: '"q"', d: null },
      ]);
    },
  },
  {
    line: "config_key format",
    title: "without columns all is text; a delimiter of two characters",
    run: async (lab) => {
      const table = lab.table();
      const file = lab.put("wide.csv", "id||v\n01||a|b\n");
      const ran = await lab.run([
        lab.source({ path: file, format: { type: "csv", delimiter: "||" } }),
        lab.target("src", table),
      ]);
      expect(ran.error).toBeUndefined();
      expect(await lab.rows(table)).toEqual([{ id: "01", v: "a|b" }]);
    },
  },
  lists(
    "config_key pattern:glob",
    "stars stay in the folder",
    ["a.csv", "b.csv", "c.txt", "sub/d.csv"],
    glob("*.csv"),
    [1, 2],
  ),
  lists(
    "config_key pattern:glob",
    "two stars cross folders",
    ["a.csv", "sub/b.csv", "sub/x/c.csv"],
    glob("**/*.csv"),
    [1, 2, 3],
  ),
  lists(
    "config_key pattern:glob",
    "groups and ranges",
    ["a1.csv", "b2.csv", "c3.csv", "a9.csv"],
    glob("{a,b}[0-3].csv"),
    [1, 2],
  ),
  lists(
    "config_key pattern:regex",
    "found anywhere in the name",
    ["x_1.csv", "x_22.csv", "y_3.csv"],
    { pattern: { type: "regex", value: "^x_\\d+\\.csv$" } },
    [1, 2],
  ),
  lists(
    "config_key pattern:date_template",
    "today's file, in UTC",
    ["o-2024-03-05.csv", "o-2024-03-06.csv"],
    dated("o-{YYYY-MM-DD}.csv"),
    [1],
  ),
  lists(
    "config_key pattern:date_template",
    "today's file, in a zone where it is tomorrow",
    ["o-20240305.csv", "o-20240306.csv"],
    dated("o-{YYYYMMDD}.csv", "Europe/Berlin"),
    [2],
  ),
  lists(
    "config_key pattern:date_template",
    "every token, in folders",
    ["2024/03/05/h23m30s15.csv", "2024/03/05/h00m00s00.csv"],
    dated("{YYYY}/{MM}/{DD}/h{HH}m{mm}s{ss}.csv"),
    [1],
  ),
  lists(
    "config_key ordering:all",
    "by name",
    ["b.csv", "a.csv", "c.csv"],
    { ...glob("*.csv"), ordering: "all" },
    [2, 1, 3],
  ),
  lists(
    "config_key ordering:fifo_by_name",
    "by name",
    ["b.csv", "a.csv", "c.csv"],
    { ...glob("*.csv"), ordering: "fifo_by_name" },
    [2, 1, 3],
  ),
  lists(
    "config_key ordering:latest_by_mtime",
    "the one changed last alone",
    ["a.csv", "b.csv", "c.csv", "d.csv"],
    { ...glob("*.csv"), ordering: "latest_by_mtime" },
    [3],
  ),
];
