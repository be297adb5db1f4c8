import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import type { RejectedRow } from "./engines/engine.ts";
import type { PlanOutcome } from "./plan-outcome.ts";
import { runPlan } from "./run-plan.ts";
import { closeWarehouses, openWarehouse, scratchRoot } from "./warehouse.ts";

const TENANT = "t_demo";
const catalogue = { sources: [], destinations: [] };
let folder: string;
let table = 0;
let runs = 0;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  table++;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(closeWarehouses);

type Node = Record<string, unknown>;
type Ran = PlanOutcome & { rejects: RejectedRow[] };

const put = (name: string, content: string | Buffer) => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};
const source = (config: Node, id = "src"): Node => ({ id, kind: "source", connector: "local_fs", config });
const target = (input: string, more: Node = {}, id = "out"): Node => ({
  id,
  kind: "target",
  input,
  schema: `lake.t${table}`,
  loadMode: "append",
  ...more,
});

async function run(nodes: Node[], more: { runId?: string; errorHandling?: Node } = {}): Promise<Ran> {
  const { runId = `run-${++runs}`, errorHandling } = more;
  const document = {
    kind: "pipeline",
    version: "1.0",
    id: "p",
    metadata: { name: "P" },
    nodes,
    ...(errorHandling && { errorHandling }),
  };
  const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const rejects: RejectedRow[] = [];
  const outcome = await runPlan({
    plan: compile(parsed.ir, catalogue),
    tenant: TENANT,
    runId,
    scratchDir: path.join(scratchRoot(), `${runId}-${Math.random()}`),
    resolveDestination: async () => ({ kind: "duckdb", warehouse: await openWarehouse(TENANT) }),
    onRejects: async (rows) => {
      rejects.push(...rows);
    },
  });
  return { ...outcome, rejects };
}

async function rowsOf(name = `lake.t${table}`): Promise<Record<string, unknown>[]> {
  const session = await (await openWarehouse(TENANT)).session();
  try {
    return await session.rows(`SELECT * FROM ${name}`);
  } finally {
    session.close();
  }
}

const typed = (...columns: [string, string][]) => ({
  format: { type: "csv", columns: columns.map(([name, type]) => ({ name, type })) },
});

describe("loading a file", () => {
  const csv = 'id,amount,note\n1,10.50,"a ""q"", b"\n2,7,\n3,8.25,""\n';
  const columns = typed(["id", "bigint"], ["amount", "decimal(12,2)"], ["note", "string"]);

  it("appends every row as it is, empty text apart from NULL", async () => {
    const { status, ledger } = await run([source({ path: put("a.csv", csv), ...columns }), target("src")]);
    expect(status).toBe("completed");
    expect(ledger).toMatchObject({ balanced: true, read: 3, loaded: 3, rejected: 0 });
    expect(await rowsOf()).toEqual([
      { id: "1", amount: "10.50", note: 'a "q", b' },
      { id: "2", amount: "7.00", note: null },
      { id: "3", amount: "8.25", note: "" },
    ]);
  });

  it("replaces the table in truncate and refuses to empty it", async () => {
    const nodes = () => [
      source({ path: path.join(folder, "a.csv"), ...columns }),
      target("src", { loadMode: "truncate" }),
    ];
    put("a.csv", csv);
    await run(nodes());
    await run(nodes());
    expect(await rowsOf()).toHaveLength(3);
    put("a.csv", "id,amount,note\n");
    expect(await run(nodes())).toMatchObject({
      status: "failed",
      error: { code: "empty_load", nodeId: "out" },
    });
    expect(await rowsOf()).toHaveLength(3);
  });

  it("counts exactly what upsert does, the last of equal keys winning", async () => {
    const nodes = [
      source({ path: path.join(folder, "a.csv"), ...columns }),
      target("src", { loadMode: "upsert", upsertKey: ["id"] }),
    ];
    put("a.csv", csv);
    await run(nodes);
    put("a.csv", "id,amount,note\n1,11,x\n2,7,\n4,1,first\n4,2,last\n");
    const { ledger } = await run(nodes);
    expect(ledger.nodes.out).toMatchObject({ in: 4, inserted: 1, updated: 1, unchanged: 1, deduplicated: 1 });
    expect(ledger.balanced).toBe(true);
    const rows = (await rowsOf()).sort((a, b) => Number(a.id) - Number(b.id));
    expect(rows.map(({ id, note }) => [id, note])).toEqual([
      ["1", "x"],
      ["2", null],
      ["3", ""],
      ["4", "last"],
    ]);
  });

  it.each<[string, [string, number][]]>([
    ["ascend", [1, 2, 3].map((k) => ["a", k])],
    ["come twice in a row", [1, 1, 2].map((k) => ["a", k])],
    ["come again after many that ascend", [...Array(9_999).keys(), 0].map((k) => ["a", k])],
    ["ascend twice over", [...Array(5_000).keys(), ...Array(5_000).keys()].map((k) => ["a", k])],
    ["descend", [3, 2, 1, 3].map((k) => ["a", k])],
    [
      "ascend in their first column alone",
      [
        ["a", 2],
        ["b", 1],
        ["b", 1],
      ],
    ],
    [
      "ascend in their second column alone",
      [
        ["b", 1],
        ["a", 2],
        ["b", 1],
      ],
    ],
  ])("upserts the last row of each of keys that %s", async (_what, keys) => {
    const lines = keys.map(([s, k], at) => `${s},${k},${at}`);
    const shape = typed(["s", "string"], ["k", "bigint"], ["at", "bigint"]);
    const last = new Map(keys.map(([s, k], at) => [`${s},${k}`, String(at)]));
    for (const upsertKey of [["s", "k"], ["k"]]) {
      const name = `t${++table}`;
      const wanted =
        upsertKey.length === 2 ? last : new Map(keys.map(([, k], at) => [String(k), String(at)]));
      const nodes = [
        source({ path: put("keys.csv", `s,k,at\n${lines.join("\n")}\n`), ...shape }),
        target("src", { schema: `lake.${name}`, loadMode: "upsert", upsertKey }),
      ];
      const { ledger } = await run(nodes);
      const counts = { in: keys.length, inserted: wanted.size, deduplicated: keys.length - wanted.size };
      expect(ledger.nodes.out).toMatchObject(counts);
      const rows = await rowsOf(`lake.${name}`);
      const found = rows.map((row) => [upsertKey.map((key) => row[key]).join(","), row.at]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    }
  });

  it("does not load twice when a run begins again", async () => {
    const nodes = [source({ path: put("a.csv", csv), ...columns }), target("src")];
    await run(nodes, { runId: "again" });
    const second = await run(nodes, { runId: "again" });
    expect(second).toMatchObject({ status: "completed", ledger: { loaded: 3, balanced: true } });
    expect(await rowsOf()).toHaveLength(3);
  });

  it.each([
    ["a.csv.gz", gzipSync(csv), {}],
    ["a.csv.zst", zstdCompressSync(csv), {}],
    ["bom.csv", Buffer.from(`\ufeff${csv}`), {}],
    ["wide.csv", Buffer.from(`\ufeff${csv}`, "utf16le"), { encoding: "utf-16" }],
    ["latin.csv", Buffer.from(csv.replace("7,", "7,\xe9"), "latin1"), { encoding: "latin-1" }],
    ["crlf.csv", Buffer.from(csv.replaceAll("\n", "\r\n")), {}],
  ])("reads %s", async (name, content, format) => {
    const config = { path: put(name, content), format: { ...columns.format, ...format } };
    expect(await run([source(config), target("src")])).toMatchObject({
      status: "completed",
      ledger: { read: 3, loaded: 3 },
    });
  });

  it("reads JSON lines whole: late keys, nested values, numbers", async () => {
    const lines = [
      '{"id":1,"tags":["a"],"big":9007199254740993}',
      '{"id":2,"late":"x","n":null}',
      '{"id":3,"ok":true}',
    ];
    const { ledger } = await run([source({ path: put("a.jsonl", `${lines.join("\n")}\n`) }), target("src")]);
    expect(ledger).toMatchObject({ read: 3, loaded: 3, balanced: true });
    const rows = await rowsOf();
    expect(rows[0]).toMatchObject({ big: "9007199254740993", tags: '["a"]', late: null });
    expect(rows[1]).toMatchObject({ late: "x" });
  });

  it("reads a JSON array, and all files of a glob in order of name", async () => {
    put("b.json", '[{"id":1},{"id":2}]');
    put("a.csv", "id\n1\n");
    put("c.csv", "id\n2");
    expect((await run([source({ path: path.join(folder, "b.json") }), target("src")])).ledger.loaded).toBe(2);
    table++;
    const pattern = { type: "glob", value: "*.csv" };
    await run([source({ path: folder, pattern, ...typed(["id", "integer"]) }), target("src")]);
    expect(await rowsOf()).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe("a row that does not fit", () => {
  const columns = typed(["id", "bigint"], ["amount", "decimal(6,2)"], ["day", "date"], ["at", "timestamptz"]);

  it.each([
    ["1.7,1,2024-01-01,2024-01-01T00:00:00Z", "type:id"],
    ["1e3,1,2024-01-01,2024-01-01T00:00:00Z", "type:id"],
    ["1,1.234,2024-01-01,2024-01-01T00:00:00Z", "type:amount"],
    ["1,99999,2024-01-01,2024-01-01T00:00:00Z", "type:amount"],
    ["1,1,2024-02-30,2024-01-01T00:00:00Z", "type:day"],
    ["1,1,2024-01-01 10:00,2024-01-01T00:00:00Z", "type:day"],
    ["1,1,2024-01-01,yesterday", "type:at"],
  ])("%s goes to quarantine by %s", async (line, rule) => {
    const file = put("a.csv", `id,amount,day,at\n2,2.50,2024-01-02,2024-01-02 00:00:00+02\n${line}\n`);
    const { status, ledger, rejects } = await run([source({ path: file, ...columns }), target("src")]);
    expect(status).toBe("completed_with_errors");
    expect(ledger).toMatchObject({ balanced: true, read: 2, loaded: 1, rejected: 1 });
    expect(rejects).toMatchObject([{ nodeId: "src", rule, rowNumber: 2 }]);
  });

  it("fails the run where rejected rows are not kept, naming node, rule, row and value", async () => {
    const file = put("a.csv", "id,amount,day,at\n1,1,2024-02-30,2024-01-01\n");
    const ran = await run([source({ path: file, ...columns }), target("src")], {
      errorHandling: { dlq: { enabled: false } },
    });
    expect(ran.error).toMatchObject({ code: "row_failed", nodeId: "src", rule: "type:day", row: 1 });
    expect(ran.error?.message).toContain("2024-02-30");
  });
});

describe("bad input", () => {
  const one = (content: string | Buffer, name = "a.csv", format: Node = {}) =>
    run([source({ path: put(name, content), format: { type: "csv", ...format } }), target("src")]);

  it.each([
    ["a row too short", "a,b\n1,2\n3\n", "ragged_row", 2],
    ["a row too long", "a,b\n1,2,3\n", "ragged_row", 1],
    ["an open quote", 'a,b\n1,"2\n3,4\n', "unclosed_quote", undefined],
    ["mixed line ends", "a,b\r\n1,2\r\n3,4\n", "bad_csv", undefined],
    ["a name twice", "a,A\n1,2\n", "duplicate_column", undefined],
    ["a column without a name", "a,\n1,2\n", "empty_column", undefined],
    ["an empty file", "", "empty_file", undefined],
    ["broken UTF-8", Buffer.from([97, 10, 98, 10, 0xff, 10]), "bad_encoding", undefined],
    ["a NUL", "a\nb\0c\n", "nul_byte", undefined],
    ["a cut-off archive", gzipSync("a\n1\n").subarray(0, 12), "corrupt_file", undefined],
  ])("%s ends in a clear error", async (what, content, code, row) => {
    const ran = await one(content, what.includes("archive") ? "a.csv.gz" : "a.csv");
    expect(ran).toMatchObject({ status: "failed", error: { code, nodeId: "src" } });
    if (row !== undefined) expect(ran.error?.row).toBe(row);
  });

  it("says where the wrong byte is", async () => {
    const { error } = await one(Buffer.from([97, 10, 98, 10, 0xff, 10]));
    expect(error?.message).toContain("byte 5, line 3");
  });

  it("refuses a line beyond the limit before it fills the memory", async () => {
    const ran = await one(
      Buffer.concat([Buffer.from("a\n"), Buffer.alloc(17 * 1_048_576, 120), Buffer.from("\n")]),
    );
    expect(ran.error).toMatchObject({ code: "line_too_long", nodeId: "src" });
  });

  it("takes a header without rows for no rows", async () => {
    expect(await one("a,b\n")).toMatchObject({
      status: "completed",
      ledger: { read: 0, loaded: 0, balanced: true },
    });
  });

  it("refuses what lies outside the roots, by link, dots, FIFO or the product's own folder", async () => {
    symlinkSync("/etc/passwd", path.join(folder, "link.csv"));
    execFileSync("mkfifo", [path.join(folder, "pipe.csv")]);
    mkdirSync(path.join(scratchRoot(), "x"), { recursive: true });
    writeFileSync(path.join(scratchRoot(), "x", "own.csv"), "a\n1\n");
    const code = async (file: string) =>
      (await run([source({ path: file, format: { type: "csv" } }), target("src")])).error?.code;
    expect(await code(path.join(folder, "link.csv"))).toBe("path_outside_roots");
    expect(await code("/etc/passwd")).toBe("path_outside_roots");
    expect(await code(path.join(folder, "pipe.csv"))).toBe("path_refused");
    expect(await code(path.join(scratchRoot(), "x", "own.csv"))).toBe("path_outside_roots");
    expect(await code(path.join(folder, "none.csv"))).toBe("file_not_found");
  });

  it("says that a pattern matches nothing", async () => {
    const nodes = [
      source({ path: folder, pattern: { type: "glob", value: "*.csv" }, format: { type: "csv" } }),
      target("src"),
    ];
    expect((await run(nodes)).error).toMatchObject({ code: "no_files", nodeId: "src" });
  });

  it("leaves no working files behind", async () => {
    await one("a,b\n1\n");
    expect(readdirSync(scratchRoot()).filter((name) => name.startsWith("run-"))).toEqual([]);
  });
});

describe("nodes", () => {
  const orders = "id,customer,amount,status\n1,a,10,new\n2,b,20,paid\n3,a,30,paid\n3,a,31,paid\n4,z,-5,odd\n";
  const columns = typed(
    ["id", "bigint"],
    ["customer", "string"],
    ["amount", "integer"],
    ["status", "string"],
  );
  const read = () => source({ path: put("o.csv", orders), ...columns });
  const transform = (ops: Node[], input = "src", id = "t"): Node => ({ id, kind: "transform", input, ops });

  it("filter, deduplicate and rules keep the balance to the row", async () => {
    const { ledger, rejects } = await run([
      read(),
      transform([
        { op: "filter", expr: "status <> 'new'" },
        { op: "deduplicate", keys: ["id"], keep: "last" },
        { op: "rename", from: "amount", to: "total" },
      ]),
      { id: "v", kind: "validate", input: "t", rowLevel: [{ id: "positive", field: "total", rule: "gt:0" }] },
      target("v"),
    ]);
    expect(ledger).toMatchObject({
      balanced: true,
      read: 5,
      loaded: 2,
      rejected: 1,
      filtered: 1,
      deduplicated: 1,
    });
    expect(rejects.map((row) => JSON.parse(row.row))).toEqual([
      { id: "4", customer: "z", total: -5, status: "odd" },
    ]);
    expect((await rowsOf()).map(({ total }) => total).sort()).toEqual([20, 31]);
  });

  it("aggregates with exact sums", async () => {
    const { ledger } = await run([
      read(),
      transform([
        {
          op: "aggregate",
          groupBy: ["customer"],
          metrics: [
            { fn: "sum", field: "amount", as: "total" },
            { fn: "count", as: "n" },
          ],
        },
      ]),
      target("t"),
    ]);
    expect(ledger.nodes.t).toMatchObject({ in: 5, out: 3 });
    expect(ledger.balanced).toBe(true);
    expect(await rowsOf()).toContainEqual({ customer: "a", total: "71", n: "3" });
  });

  it("branches, each row to one output", async () => {
    const { ledger } = await run([
      read(),
      {
        id: "b",
        kind: "branch",
        input: "src",
        cases: [
          { id: "paid", when: "status = 'paid'" },
          { id: "big", when: "amount >= 10" },
        ],
      },
      target("b:paid"),
      target("b:big", { schema: `lake.u${table}` }, "out2"),
    ]);
    expect(ledger).toMatchObject({ balanced: true, loaded: 4, filtered: 1 });
    expect(ledger.edges).toContainEqual({ from: "b", output: "paid", to: "out", rows: 3 });
  });

  it("joins, looks up and enriches", async () => {
    const names = source(
      {
        path: put("c.csv", "customer,name\na,Ada\nb,Bo\nb,Bob\n"),
        ...typed(["customer", "string"], ["name", "string"]),
      },
      "people",
    );
    const { ledger, warnings } = await run([
      read(),
      names,
      transform([
        {
          op: "lookup_join",
          with: "people",
          on: [{ left: "customer", right: "customer" }],
          select: ["name"],
          how: "inner",
        },
      ]),
      target("t"),
    ]);
    expect(ledger).toMatchObject({ balanced: true, loaded: 4, unmatched: 1 });
    expect(warnings).toMatchObject([{ code: "lookup_ambiguous", nodeId: "t" }]);
    table++;
    const joined = await run([
      read(),
      names,
      {
        id: "j",
        kind: "join",
        left: "src",
        right: "people",
        on: [{ left: "customer", right: "customer" }],
        how: "full",
      },
      target("j"),
    ]);
    expect(joined.ledger).toMatchObject({ balanced: true, loaded: 6 });
    table++;
    const enriched = await run([
      read(),
      names,
      {
        id: "e",
        kind: "enrich",
        input: "src",
        with: "people",
        on: [{ left: "customer", right: "customer" }],
        select: ["name"],
      },
      target("e"),
    ]);
    expect(enriched.ledger).toMatchObject({ balanced: true, loaded: 5 });
    expect((await rowsOf()).find(({ id }) => id === "4")).toMatchObject({ name: null });
  });

  it.each([
    [{ rowCount: { min: 6 } }, "rowCount"],
    [{ freshness: { field: "day", maxAgeMinutes: 5 } }, "freshness"],
    [{ cardinality: { field: "customer", max: 2 } }, "cardinality"],
    [{ duplicateKey: { fields: ["id"] } }, "duplicateKey"],
    [
      { fkIntegrity: { field: "customer", references: { node: "people", field: "customer" } } },
      "fkIntegrity",
    ],
  ])("the dataset check %o aborts, or warns", async (datasetLevel, rule) => {
    const names = source(
      { path: put("c.csv", "customer\na\nb\n"), ...typed(["customer", "string"]) },
      "people",
    );
    const nodes = (level: Node) => [
      read(),
      names,
      transform([{ op: "add_field", field: "day", value: "2020-01-01" }]),
      { id: "v", kind: "validate", input: "t", datasetLevel: level },
      target("v"),
      target("people", { schema: `lake.p${table}` }, "out2"),
    ];
    expect(await run(nodes(datasetLevel))).toMatchObject({
      status: "failed",
      error: { code: "check_failed", nodeId: "v", rule },
    });
    const [[name, check]] = Object.entries(datasetLevel) as [[string, Node]];
    const warned = await run(nodes({ [name]: { ...check, onFail: "warn" } }));
    expect(warned).toMatchObject({ status: "completed_with_errors", warnings: [{ nodeId: "v", rule }] });
  });

  it("refuses a frozen table's change and names it", async () => {
    await run([read(), target("src")]);
    const more = transform([{ op: "add_field", field: "extra", value: "x" }]);
    const frozen = await run([read(), more, target("t", { schemaEvolution: "freeze" })]);
    expect(frozen.error).toMatchObject({ code: "schema_frozen", nodeId: "out" });
    expect(frozen.error?.message).toContain("extra");
    expect(await run([read(), more, target("t")])).toMatchObject({ status: "completed" });
  });
});

describe("any small file", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "é", "😀", ",", '"', "\n", "\r\n", "'", "\\", " ", ";", "0", "\t", "-"),
    maxLength: 6,
  });
  const quoted = (value: string | null) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`);

  it("arrives byte for byte, and the ledger balances", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.option(text), fc.option(text), fc.option(text)), { maxLength: 8 }),
        async (rows) => {
          table++;
          const lines = rows.map((row, at) => [String(at), ...row.map(quoted)].join(","));
          const { ledger, status } = await run([
            source({ path: put("any.csv", `n,a,b,c\n${lines.join("\n")}\n`) }),
            target("src"),
          ]);
          expect(status).toBe("completed");
          expect(ledger).toMatchObject({ balanced: true, read: rows.length, loaded: rows.length });
          const found = (await rowsOf()).sort((x, y) => Number(x.n) - Number(y.n));
          expect(found.map(({ a, b, c }) => [a, b, c])).toEqual(rows);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
