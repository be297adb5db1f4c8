import { appendFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadDestination } from "#lib/runtime/index.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

const COLUMNS = [
  { name: "id", type: "integer" },
  { name: "v", type: "string" },
];

describe("files that the warehouse reads where they lie", () => {
  let lab: PlanLab;
  beforeAll(() => {
    lab = openPlanLab();
  });
  afterAll(() => lab.close());

  /** Loads a file. @returns how it ended, and whether the warehouse's own statement read the file. */
  async function load(
    content: string | Buffer,
    { name = "a.csv", more = {} as IrNode, middle = [] as IrNode[] } = {},
  ) {
    const file = lab.put(`${crypto.randomUUID()}-${name}`, content);
    const table = lab.table();
    let inPlace = false;
    let onRead = () => {};
    const resolveDestination = async (): Promise<LoadDestination> => {
      const { warehouse } = (await lab.destination()) as Extract<LoadDestination, { kind: "duckdb" }>;
      const exclusively: typeof warehouse.exclusively = (work) =>
        warehouse.exclusively((session) =>
          work({
            ...session,
            run: async (sql) => {
              const rows = await session.run(sql);
              if (!sql.includes(file)) return rows;
              inPlace = true;
              onRead();
              return rows;
            },
          }),
        );
      return { kind: "duckdb", warehouse: { ...warehouse, exclusively } };
    };
    const nodes = [
      lab.source({ path: file, format: { type: "csv", columns: COLUMNS } }),
      ...middle,
      lab.target(middle.length > 0 ? "m" : "src", table, more),
    ];
    return {
      file,
      table,
      whenRead: (then: () => void) => {
        onRead = then;
      },
      run: async () => ({ ran: await lab.run(nodes, { resolveDestination }), inPlace }),
      sum: async () =>
        (
          await lab.query(
            `select count(*) as n, count(distinct id) as ids, sum(strlen(v)) as bytes from ${table}`,
          )
        )[0],
    };
  }

  it.each(["append", "truncate", "blue_green"])(
    "clean rows go straight into the table: %s",
    async (loadMode) => {
      const rows = Array.from({ length: 250_000 }, (_, id) => `${id},"é ${id}\n${id},""x"""\n`).join("");
      const loading = await load(`id,v\n${rows}`, { more: { loadMode } });
      const { ran, inPlace } = await loading.run();
      expect({ inPlace, ...ran }).toMatchObject({
        inPlace: true,
        status: "completed",
        ledger: { balanced: true, read: 250_000, loaded: 250_000 },
      });
      const bytes = Array.from({ length: 250_000 }, (_, id) => Buffer.byteLength(`é ${id}\n${id},"x"`));
      const total = bytes.reduce((sum, each) => sum + each, 0);
      expect(await loading.sum()).toEqual({ n: "250000", ids: "250000", bytes: String(total) });
    },
  );

  it("of rows with one key the last one counts, as in the file", async () => {
    const rows = Array.from({ length: 300_000 }, (_, n) => `${n % 1000},${"x".repeat(n / 1000)}\n`).join("");
    const loading = await load(`id,v\n${rows}`, { more: { loadMode: "upsert", upsertKey: ["id"] } });
    const { ran, inPlace } = await loading.run();
    expect({ inPlace, ...ran.ledger }).toMatchObject({
      inPlace: true,
      balanced: true,
      nodes: { out: { in: 300_000, inserted: 1000, deduplicated: 299_000 } },
    });
    expect(await loading.sum()).toEqual({ n: "1000", ids: "1000", bytes: "299000" });
  });

  it.each<[string, string | Buffer, object, string?]>([
    ["a packed file", gzipSync("id,v\n1,a\n"), { loaded: 1 }, "a.csv.gz"],
    ["a mark of byte order", "\ufeffid,v\n1,a\n", { loaded: 1 }],
    ["a line beyond the engine's buffers", `id,v\n1,${"x".repeat(5 << 20)}`, { loaded: 1 }],
    ["such a line among others", `id,v\n0,a\n1,${"x".repeat(5 << 20)}\n2,b\n`, { loaded: 3 }],
    [
      "such a record of short lines",
      `id,v\n0,a\n1,"${"line of text\n".repeat(400_000)}"\n2,b\n`,
      { loaded: 3 },
    ],
  ])("%s is read another way", async (_title, content, ledger, name = "a.csv") => {
    const { ran } = await (await load(content, { name })).run();
    expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, ...ledger } });
  });

  it.each([
    ["a NUL", "id,v\n1,a\0b\n", "nul_byte"],
    [
      "text that is no UTF-8",
      Buffer.concat([Buffer.from("id,v\n1,"), Buffer.from([0xff, 0x0a])]),
      "bad_encoding",
    ],
    ["too many fields", "id,v\n1,a,b\n", "ragged_row"],
  ])("%s fails with what is wrong, and loads nothing", async (_title, content, code) => {
    const loading = await load(content);
    const { ran } = await loading.run();
    expect(ran).toMatchObject({ status: "failed", error: { code } });
    await expect(lab.rows(loading.table)).rejects.toThrow();
  });

  it("a name that looks like a pattern is that one file's", async () => {
    const name = `${crypto.randomUUID()}-day`;
    lab.put(`${name}1.csv`, "id,v\n1,other\n");
    const table = lab.table();
    const file = lab.put(`${name}[1].csv`, "id,v\n2,this\n");
    lab.put(`${name}*.csv`, "id,v\n3,star\n");
    const starred = { path: lab.folder, pattern: { type: "regex", value: `${name}\\*\\.csv` } };
    for (const place of [{ path: file }, starred]) {
      const source = lab.source({ ...place, format: { type: "csv", columns: COLUMNS } });
      expect((await lab.run([source, lab.target("src", table)])).ledger).toMatchObject({ loaded: 1 });
    }
    expect(await lab.rows(table)).toEqual([
      { id: 2, v: "this" },
      { id: 3, v: "star" },
    ]);
  });

  it("a value that does not fit is quarantined, and the others are loaded", async () => {
    const loading = await load("id,v\n1,a\n1.5,b\n");
    expect((await loading.run()).ran).toMatchObject({
      status: "completed_with_errors",
      ledger: { balanced: true, loaded: 1, rejected: 1 },
    });
    expect(await loading.sum()).toEqual({ n: "1", ids: "1", bytes: "1" });
  });

  it("what was written to while it was read is not loaded", async () => {
    const loading = await load(`id,v\n${"1,a\n".repeat(10_000)}`);
    loading.whenRead(() => appendFileSync(loading.file, "2,b\n"));
    const { ran, inPlace } = await loading.run();
    expect({ inPlace, ...ran }).toMatchObject({
      inPlace: true,
      status: "failed",
      error: { code: "file_changed", retryable: true },
    });
    await expect(lab.rows(loading.table)).rejects.toThrow();
  });
});
