import { closeSync, mkdirSync, openSync, symlinkSync, truncateSync, writeSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "#lib/limits.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

let lab: PlanLab;
beforeAll(() => {
  lab = openPlanLab();
});
afterAll(() => lab.close());

/** Runs a source into a new table. @returns the error, with the table's absence checked. */
async function errorOf(config: IrNode, more: IrNode = {}) {
  const table = lab.table();
  const ran = await lab.run([lab.source(config), lab.target("src", table, more)], {
    errorHandling: { dlq: { enabled: false } },
  });
  await expect(lab.rows(table), "something was half-written").rejects.toThrow();
  return ran.error;
}

const csv = (content: string | Buffer, name = "a.csv", format: IrNode = {}) => ({
  path: lab.put(name, content),
  format: { type: "csv", ...format },
});
const declared = (...columns: string[]) => ({
  columns: columns.map((text) => ({ name: text.split(" ")[0], type: text.split(" ")[1] })),
});

describe("wrong input is told with its code, node, row and what to do, and is not tried again", () => {
  it.each<[string, () => IrNode, IrNode]>([
    [
      "a row of one value",
      () => csv("a,b\n1,2\n1,2\n3\n"),
      {
        code: "ragged_row",
        row: 3,
        message: "Line 4: the row has 1 value; 2 are wanted, as many as there are columns",
      },
    ],
    [
      "a row of three values in the second of two files",
      () => {
        lab.put("two/1.csv", "a,b\n1,2\n3,4\n");
        lab.put("two/2.csv", "a,b\n1,2\n1,2,3\n");
        return { path: path.join(lab.folder, "two"), pattern: { type: "glob", value: "*.csv" } };
      },
      {
        code: "ragged_row",
        row: 4,
        message: expect.stringContaining("Row 4 of the 2 files, one after another"),
      },
    ],
    ["JSON cut off", () => ({ path: lab.put("a.json", '[{"a":1},{"a":') }), { code: "bad_json", row: 2 }],
    [
      "a line that is no JSON",
      () => ({ path: lab.put("a.jsonl", '{"a":1}\n{"a":2}\n{"a":x}\n{"a":4}\n') }),
      { code: "bad_json", row: 3, message: "Row 3 is not JSON: unexpected character" },
    ],
    [
      "a file that is no Parquet",
      () => ({ path: lab.put("a.parquet", "PAR1hello") }),
      { code: "corrupt_file" },
    ],
    ["an empty Parquet file", () => ({ path: lab.put("b.parquet", "") }), { code: "corrupt_file" }],
    [
      "a name that promises compression",
      () => csv("a\n1\n", "plain.csv.gz"),
      { code: "corrupt_file", hint: expect.stringContaining(".gz") },
    ],
    [
      "an archive cut off",
      () => csv(gzipSync(`a\n${"1\n".repeat(9999)}`).subarray(0, 40), "cut.csv.gz"),
      { code: "corrupt_file" },
    ],
    [
      "a day that is none",
      () => csv("d\n2024-02-29\n2023-02-29\n", "d.csv", declared("d date")),
      {
        code: "row_failed",
        row: 2,
        rule: "type:d",
        message: 'Row 2: d does not fit date exactly; it is "2023-02-29"',
      },
    ],
    [
      "a decimal too many",
      () => csv("d\n1.5\n1.234\n", "n.csv", declared("d decimal(6,2)")),
      { code: "row_failed", row: 2, message: 'Row 2: d does not fit decimal(6,2) exactly; it is "1.234"' },
    ],
    [
      "a byte that is none of the encoding",
      () => csv(Buffer.from("a\n1\né\n", "latin1"), "e.csv"),
      {
        code: "bad_encoding",
        message: expect.stringContaining("byte 5, line 3"),
        hint: expect.stringContaining("latin-1"),
      },
    ],
  ])("%s", async (_title, config, error) => {
    expect(await errorOf(config())).toMatchObject({ nodeId: "src", retryable: false, ...error });
  });

  it.each([
    ["overflow", { op: "expression", field: "c", expr: "a + 2147483647" }, /^Overflow in addition/],
    [
      "text that is no number",
      { op: "expression", field: "c", expr: "cast(b as integer)" },
      /^Could not convert string 'x'/,
    ],
    ["types that cannot be compared", { op: "filter", expr: "b > 5" }, /^Cannot compare values/],
    [
      "a sum of text",
      { op: "summarize", metrics: [{ fn: "sum", field: "b", as: "s" }] },
      /^No function matches/,
    ],
  ])("an expression that cannot be computed is its node's: %s", async (_title, op, message) => {
    const table = lab.table();
    const ran = await lab.run([
      lab.csv("a,b\n1,x\n", ["a integer", "b string"]),
      { id: "t", kind: "transform", input: "src", ops: [op] },
      lab.target("t", table),
    ]);
    expect(ran.error).toMatchObject({ code: "engine_error", nodeId: "t", retryable: false });
    expect(ran.error?.message).toMatch(message);
    expect(ran.error?.message).not.toMatch(/LINE|SELECT|__ps_/);
  });

  it("links by a pattern do not lead out either", async () => {
    mkdirSync(path.join(lab.folder, "links"));
    symlinkSync("/etc/passwd", path.join(lab.folder, "links", "a.csv"));
    const pattern = { type: "glob", value: "*.csv" };
    expect(await errorOf({ path: path.join(lab.folder, "links"), pattern })).toMatchObject({
      code: "path_outside_roots",
      nodeId: "src",
      hint: expect.stringContaining("Allowed folders"),
    });
  });

  it("what may come yet is tried again: a file that is not there, a pattern without a file", async () => {
    const missing = path.join(lab.folder, "none.csv");
    expect(await errorOf({ path: missing })).toMatchObject({ code: "file_not_found", retryable: true });
    const pattern = { type: "glob", value: "none*.csv" };
    expect(await errorOf({ path: lab.folder, pattern })).toMatchObject({ code: "no_files", retryable: true });
  });
});

describe("size", () => {
  it("a line of a gigabyte is refused within bounded memory and time", async () => {
    const file = lab.put("giant.csv", "a\n");
    const handle = openSync(file, "a");
    // The rest is a hole: nobody may read that far.
    for (let size = 0; size <= limits.lineBytes; size += 1_048_576)
      writeSync(handle, Buffer.alloc(1_048_576, "x"));
    closeSync(handle);
    truncateSync(file, 1_073_741_824);
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    const error = await errorOf({ path: file, format: { type: "csv" } });
    clearInterval(watch);
    expect(error).toMatchObject({ code: "line_too_long", nodeId: "src", retryable: false });
    expect(error?.hint).toContain("quote");
    expect(peak - before).toBeLessThan(200 * 1_048_576);
  }, 90_000);

  it.each([
    ["json", ",", "[", "]"],
    ["jsonl", "\n", "", "\n"],
  ])(
    "%s beyond what the engine's memory holds is read to its end",
    async (type, between, begin, end) => {
      const note = "x".repeat(1_000);
      const rows = Array.from({ length: 60_000 }, (_, id) =>
        JSON.stringify({ id, note, ...(id === 59_999 && { late: -1 }) }),
      );
      const file = lab.put(`long.${type}`, `${begin}${rows.join(between)}${end}`);
      const table = lab.table();
      const ran = await lab.run([lab.source({ path: file }), lab.target("src", table)]);
      expect(ran.error).toBeUndefined();
      expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: rows.length } });
      expect(await lab.query(`SELECT id, late FROM ${table} WHERE late IS NOT NULL`)).toEqual([
        { id: "59999", late: "-1" },
      ]);
    },
    60_000,
  );
});
