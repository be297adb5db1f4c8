import { expect } from "vitest";
import type { IrNode, PlanLab, Ran } from "#tests/plan-kit.ts";
import type { CapabilityCase } from "./case.ts";

const COLUMNS = ["id integer", "v string"];

/** Loads rows of `id,v` into a table. */
async function load(lab: PlanLab, table: string, rows: string, more: IrNode = {}): Promise<Ran> {
  return lab.run([lab.csv(`id,v\n${rows}`, COLUMNS), lab.target("src", table, more)]);
}

const pairs = async (lab: PlanLab, table: string) => (await lab.rows(table)).map(({ id, v }) => [id, v]);

const appends = async (lab: PlanLab) => {
  const table = lab.table();
  await load(lab, table, "1,a\n2,b\n");
  const ran = await load(lab, table, "1,a\n");
  expect(ran).toMatchObject({
    status: "completed",
    ledger: { balanced: true, nodes: { out: { in: 1, inserted: 1 } } },
  });
  expect(await pairs(lab, table)).toEqual([
    [1, "a"],
    [1, "a"],
    [2, "b"],
  ]);
};

const truncates = async (lab: PlanLab) => {
  const table = lab.table();
  const loadMode = "truncate";
  await load(lab, table, "1,a\n2,b\n", { loadMode });
  const ran = await load(lab, table, "3,c\n", { loadMode });
  expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 1 } });
  expect(await pairs(lab, table)).toEqual([[3, "c"]]);
  const empty = await load(lab, table, "", { loadMode });
  expect(empty).toMatchObject({
    status: "failed",
    error: { code: "empty_load", nodeId: "out", retryable: false },
  });
  expect(await pairs(lab, table)).toEqual([[3, "c"]]);
};

const upserts = async (lab: PlanLab) => {
  const table = lab.table();
  const more = { loadMode: "upsert", upsertKey: ["id"] };
  await load(lab, table, "1,a\n2,b\n3,\n", more);
  const ran = await load(lab, table, "2,B\n3,\n4,first\n4,last\n", more);
  expect(ran.ledger).toMatchObject({ balanced: true, loaded: 3 });
  expect(ran.ledger.nodes.out).toMatchObject({
    in: 4,
    inserted: 1,
    updated: 1,
    unchanged: 1,
    deduplicated: 1,
  });
  const rows = [
    [1, "a"],
    [2, "B"],
    [3, null],
    [4, "last"],
  ];
  expect(await pairs(lab, table)).toEqual(rows);
  const keyless = await load(lab, table, "9,z\n,x\n", more);
  expect(keyless).toMatchObject({
    status: "failed",
    error: { code: "null_key", nodeId: "out", retryable: false },
  });
  expect(await pairs(lab, table)).toEqual(rows);
  // A table that holds a key twice already: both are brought up to date, and nothing is counted twice.
  const twice = lab.table();
  await load(lab, twice, "1,a\n1,a\n");
  const both = await load(lab, twice, "1,z\n2,y\n", more);
  expect(both.ledger).toMatchObject({ balanced: true });
  expect(await pairs(lab, twice)).toEqual([
    [1, "z"],
    [1, "z"],
    [2, "y"],
  ]);
};

const swaps = async (lab: PlanLab) => {
  const table = lab.table();
  const loadMode = "blue_green";
  await load(lab, table, "1,a\n2,b\n", { loadMode });
  // What a load that broke off left, under the name that is kept for it.
  await lab.query(`CREATE TABLE ${table}__next (nothing integer)`);
  const ran = await load(lab, table, "3,c\n", { loadMode });
  expect(ran).toMatchObject({
    status: "completed",
    ledger: { balanced: true, loaded: 1, nodes: { out: { in: 1, inserted: 1 } } },
  });
  expect(await pairs(lab, table)).toEqual([[3, "c"]]);
  for (const more of [{}, { allowEmpty: true }])
    expect(await load(lab, table, "", { loadMode, ...more })).toMatchObject({
      status: "failed",
      error: { code: "empty_load", nodeId: "out", retryable: false },
    });
  expect(await pairs(lab, table)).toEqual([[3, "c"]]);
  const wider = [
    lab.csv("id,v,extra\n4294967296,d,x\n", ["id bigint", "v string", "extra string"]),
    lab.target("src", table, { loadMode }),
  ];
  expect(
    (await lab.run([...wider.slice(0, 1), lab.target("src", table, { loadMode, schemaEvolution: "freeze" })]))
      .error,
  ).toMatchObject({ code: "schema_frozen", message: expect.stringContaining(`Table ${table} `) });
  expect((await lab.run(wider)).error).toBeUndefined();
  expect(await lab.rows(table)).toEqual([{ id: "4294967296", v: "d", extra: "x" }]);
  await expect(lab.query(`SELECT * FROM ${table}__next`)).rejects.toThrow();
};

const loadsNewer = async (lab: PlanLab) => {
  const table = lab.table();
  const more = { loadMode: "incremental_watermark", watermarkColumn: "id" };
  const first = await load(lab, table, "2,b\n,null\n10,j\n", more);
  expect(first).toMatchObject({
    status: "completed",
    ledger: { balanced: true, nodes: { out: { in: 3, inserted: 2, late: 1 } } },
    warnings: [{ code: "watermark_null", nodeId: "out" }],
  });
  const ran = await load(lab, table, "9,late\n10,tie\n11,k\n11,again\n", more);
  expect(ran).toMatchObject({
    status: "completed",
    ledger: { balanced: true, loaded: 2, nodes: { out: { in: 4, inserted: 2, late: 2 } } },
    warnings: [],
  });
  expect(await load(lab, table, "11,k\n", more)).toMatchObject({
    status: "completed",
    ledger: { balanced: true, loaded: 0, nodes: { out: { in: 1, inserted: 0, late: 1 } } },
  });
  expect(await pairs(lab, table)).toEqual([
    [2, "b"],
    [10, "j"],
    [11, "k"],
    [11, "again"],
  ]);
};

const MODES = {
  append: appends,
  truncate: truncates,
  upsert: upserts,
  blue_green: swaps,
  incremental_watermark: loadsNewer,
};

const hookCase = (
  kind: "duckdb" | "postgres",
  form: string,
  hook: (table: string) => string,
  look?: string,
) => ({
  line: `hook ${kind}: ${form}`,
  title: "before and after the load",
  run: async (lab: PlanLab) => {
    const table = lab.table();
    await load(lab, table, "1,a\n");
    const [schema = "", name = ""] = table.split(".");
    if (form === "refresh_materialized_view")
      await lab.query(`CREATE MATERIALIZED VIEW ${schema}.v_${name} AS SELECT count(*) AS n FROM ${table}`);
    for (const at of ["preHook", "postHook"]) {
      const ran = await load(lab, table, "2,b\n", { [at]: hook(table) });
      expect({ at, ...ran }).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 1 } });
    }
    if (look)
      expect(await lab.query(look.replaceAll("SCHEMA", schema).replaceAll("NAME", name))).not.toEqual([]);
    if (form === "refresh_materialized_view")
      expect(await lab.query(`SELECT n FROM ${schema}.v_${name}`)).toEqual([{ n: "3" }]);
  },
});

const hooks: Record<PlanLab["kind"], CapabilityCase[]> = {
  duckdb: [
    hookCase("duckdb", "analyze", (table) => `ANALYZE ${table}`),
    hookCase("duckdb", "create_schema", (table) => `CREATE SCHEMA IF NOT EXISTS ${table.split(".")[0]}`),
  ],
  postgres: [
    hookCase(
      "postgres",
      "analyze",
      (table) => `analyze ${table};`,
      "select 1 from pg_class where relname = 'NAME' and reltuples > 0",
    ),
    hookCase("postgres", "create_schema", (table) => `CREATE SCHEMA IF NOT EXISTS ${table.split(".")[0]}`),
    hookCase(
      "postgres",
      "create_index",
      (table) => `CREATE INDEX IF NOT EXISTS ${table.replace(".", "_")} ON ${table} (id DESC, v)`,
      "select 1 from pg_indexes where tablename = 'NAME' and indexdef like '%id DESC, v)%'",
    ),
    hookCase(
      "postgres",
      "refresh_materialized_view",
      (table) => `REFRESH MATERIALIZED VIEW ${table.replace(".", ".v_")}`,
    ),
  ],
};

/** Every way to load, into a destination of one kind. */
export function loadCases(kind: PlanLab["kind"]): CapabilityCase[] {
  return [
    ...Object.entries(MODES).map(([mode, run]) => ({
      line: `load_mode ${mode}`,
      title: "counts, rows and what it refuses",
      run,
    })),
    ...hooks[kind],
    {
      line: "config_key allowEmpty",
      title: "truncate may then empty the table",
      run: async (lab) => {
        const table = lab.table();
        const loadMode = "truncate";
        await load(lab, table, "1,a\n", { loadMode });
        const ran = await load(lab, table, "", { loadMode, allowEmpty: true });
        expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 0 } });
        expect(await lab.rows(table)).toEqual([]);
      },
    },
    {
      line: "config_key schemaEvolution:evolve",
      title: "adds columns, widens numbers, never narrows",
      run: async (lab) => {
        const table = lab.table();
        const into = (columns: string[], csv: string) =>
          lab.run([lab.csv(csv, columns), lab.target("src", table, { schemaEvolution: "evolve" })]);
        await into(["id integer", "n smallint", "d decimal(6,2)"], "id,n,d\n1,1,1.50\n");
        const wide = await into(
          ["id integer", "n bigint", "d decimal(10,4)", "extra string"],
          "id,n,d,extra\n2,4294967296,2.1234,x\n",
        );
        expect(wide.error).toBeUndefined();
        const narrow = await into(["id integer", "n smallint"], "id,n\n3,3\n");
        expect(narrow.error).toBeUndefined();
        expect(await lab.rows(table)).toEqual([
          { id: 1, n: "1", d: "1.5000", extra: null },
          { id: 2, n: "4294967296", d: "2.1234", extra: "x" },
          { id: 3, n: "3", d: null, extra: null },
        ]);
        const clash = await into(["id integer", "n string"], "id,n\n4,x\n");
        expect(clash.error).toMatchObject({
          code: "type_mismatch",
          nodeId: "out",
          message: expect.stringContaining("n is"),
        });
      },
    },
    {
      line: "config_key schemaEvolution:freeze",
      title: "takes fewer columns, and refuses more or wider ones by name",
      run: async (lab) => {
        const table = lab.table();
        const into = (columns: string[], csv: string) =>
          lab.run([lab.csv(csv, columns), lab.target("src", table, { schemaEvolution: "freeze" })]);
        await into(COLUMNS, "id,v\n1,a\n");
        expect((await into(["id integer"], "id\n2\n")).error).toBeUndefined();
        const more = await into([...COLUMNS, "extra string"], "id,v,extra\n3,c,x\n");
        expect(more.error).toMatchObject({
          code: "schema_frozen",
          nodeId: "out",
          message: expect.stringContaining("extra"),
        });
        const wider = await into(["id bigint"], "id\n4\n");
        expect(wider.error).toMatchObject({ code: "schema_frozen", message: expect.stringContaining("id") });
        expect(await pairs(lab, table)).toEqual([
          [1, "a"],
          [2, null],
        ]);
      },
    },
  ];
}
