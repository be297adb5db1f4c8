import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { uniqueId } from "#tests/factories.ts";
import { openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

const url = inject("postgresUrl") ?? "";

describe.each(["duckdb", "postgres"] as const)("loads of what is newer, into %s", (kind) => {
  describe.skipIf(kind === "postgres" && !url)("", () => {
    let lab: PlanLab;
    beforeAll(() => {
      lab = openPlanLab(kind === "postgres" ? url : undefined);
    });
    afterAll(() => lab.close());

    const newer = (watermarkColumn: string, more: object = {}) => ({
      loadMode: "incremental_watermark",
      watermarkColumn,
      ...more,
    });
    /** Loads values of a column `w`, each on a line of its own. @returns the target's counts as `inserted+late`. */
    async function load(table: string, type: string, values: string[], more: object = {}) {
      const csv = `id,w\n${values.map((value, id) => `${id},"${value}"\n`).join("")}`.replaceAll('""', "");
      const ran = await lab.run([
        lab.csv(csv, ["id integer", `w ${type}`]),
        lab.target("src", table, newer("w", more)),
      ]);
      expect(ran.error).toBeUndefined();
      expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: values.length } });
      const { inserted, late } = ran.ledger.nodes.out ?? {};
      return `${inserted}+${late}`;
    }
    const count = async (table: string) => (await lab.rows(table)).length;

    test.each<[string, string[], string[], string]>([
      ["smallint", ["9", "10"], ["10", "11", "-3"], "1+2"],
      ["integer", ["-5", "99"], ["100", "98"], "1+1"],
      ["bigint", ["9007199254740993"], ["9007199254740992", "9007199254740994"], "1+1"],
      [
        "decimal(38,2)",
        ["99999999999999999999.98"],
        ["99999999999999999999.97", "99999999999999999999.99"],
        "1+1",
      ],
      ["decimal(12,4)", ["9.5", "10.25"], ["10.2500", "10.2501"], "1+1"],
      ["date", ["2024-02-29", "0001-01-01"], ["2024-02-28", "2024-03-01"], "1+1"],
      [
        "timestamp",
        ["2024-01-02 03:04:05.123456"],
        ["2024-01-02 03:04:05.123455", "2024-01-02 03:04:05.123457"],
        "1+1",
      ],
      [
        "timestamptz",
        ["2024-01-02T03:04:05+02:00"],
        ["2024-01-02T01:04:05Z", "2024-01-02T00:00:00-05:00"],
        "1+1",
      ],
      ["string", ["b", "B", "Z"], ["a", "é", "c", "b"], "2+2"],
      ["string", ["it's", "100%"], ["it's", "it'z", "\\u{1F600}"], "1+2"],
    ])("compares %s exactly: after %j come %j", async (type, first, second, counts) => {
      const table = lab.table();
      expect(await load(table, type, first)).toBe(`${first.length}+0`);
      expect(await load(table, type, second)).toBe(counts);
      expect(await load(table, type, second)).toBe(`0+${second.length}`);
      expect(await count(table)).toBe(first.length + Number(counts.split("+")[0]));
    });

    test("rows without a value are counted and said, on every load; a load without any other is in order", async () => {
      const table = lab.table();
      const csv = "id,w\n1,\n2,\n";
      const ran = () =>
        lab.run([lab.csv(csv, ["id integer", "w integer"]), lab.target("src", table, newer("w"))]);
      for (let time = 0; time < 2; time++)
        expect(await ran()).toMatchObject({
          status: "completed",
          ledger: { balanced: true, loaded: 0, nodes: { out: { in: 2, inserted: 0, late: 2 } } },
          warnings: [{ code: "watermark_null", nodeId: "out", message: expect.stringContaining("2 rows") }],
        });
      expect(await load(table, "integer", [])).toBe("0+0");
      expect(await load(table, "integer", ["5"])).toBe("1+0");
    });

    test("each target has a mark of its own, and each pipeline", async () => {
      const [one, two] = [lab.table(), lab.table()];
      const nodes = (csv: string, ...targets: [string, string][]) => [
        lab.csv(csv, ["id integer", "w integer"]),
        ...targets.map(([table, id]) => lab.target("src", table, newer("w"), id)),
      ];
      await lab.run(nodes("id,w\n1,10\n", [one, "one"]));
      const both = await lab.run(nodes("id,w\n2,5\n3,20\n", [one, "one"], [two, "two"]));
      expect(both).toMatchObject({
        status: "completed",
        ledger: { nodes: { one: { inserted: 1, late: 1 }, two: { inserted: 2, late: 0 } } },
      });
      const other = await lab.run(nodes("id,w\n4,7\n", [one, "one"]), { pipelineId: "another" });
      expect(other).toMatchObject({ ledger: { nodes: { one: { inserted: 1, late: 0 } } } });
    });

    test("another column, or another table, begins anew; the one before goes on where it was", async () => {
      const [one, two] = [lab.table(), lab.table()];
      const run = async (table: string, column: string, csv: string) => {
        const ran = await lab.run([
          lab.csv(`id,w\n${csv}`, ["id integer", "w integer"]),
          lab.target("src", table, newer(column)),
        ]);
        return `${ran.ledger.nodes.out?.inserted}+${ran.ledger.nodes.out?.late}`;
      };
      expect(await run(one, "w", "1,10\n")).toBe("1+0");
      expect(await run(one, "id", "1,5\n2,6\n")).toBe("2+0");
      expect(await run(two, "w", "1,5\n")).toBe("1+0");
      expect(await run(one, "w", "9,10\n9,11\n")).toBe("1+1");
      await lab.query(`DROP TABLE ${one}`);
      expect(await run(one, "w", "1,1\n")).toBe("1+0");
      expect(await run(one, "w", "1,1\n2,2\n")).toBe("1+1");
    });

    test("a column that becomes wider keeps its mark, a new column comes along, frozen tables refuse it", async () => {
      const table = lab.table();
      expect(await load(table, "smallint", ["7", "9"])).toBe("2+0");
      expect(await load(table, "bigint", ["9", "10", "4294967296"])).toBe("2+1");
      expect(await load(table, "decimal(14,2)", ["4294967296", "4294967296.01"])).toBe("1+1");
      expect(await load(table, "integer", ["5"])).toBe("0+1");
      const wide = (more: object) =>
        lab.run([
          lab.csv("id,w,extra\n1,9999999999,x\n", ["id integer", "w decimal(14,2)", "extra string"]),
          lab.target("src", table, newer("w", more)),
        ]);
      expect(await wide({ schemaEvolution: "freeze" })).toMatchObject({ error: { code: "schema_frozen" } });
      expect(await wide({})).toMatchObject({
        status: "completed",
        ledger: { nodes: { out: { inserted: 1 } } },
      });
      expect(await count(table)).toBe(6);
    });

    test("a load that fails, or is cancelled, leaves mark and rows as they were", async () => {
      const table = lab.table();
      await load(table, "integer", ["1"]);
      const nodes = (more: object = {}) => [
        lab.csv("id,w\n5,5\n", ["id integer", "w integer"]),
        lab.target("src", table, newer("w", more)),
      ];
      expect(await lab.run(nodes({ postHook: "ANALYZE nothing_of_that_name" }))).toMatchObject({
        status: "failed",
        error: { code: "load_failed", nodeId: "out" },
      });
      const stop = new AbortController();
      const cancelled = lab.run(nodes(), {
        signal: stop.signal,
        onNode: (nodeId) => nodeId === "out" && stop.abort(new Error("cancelled")),
      });
      await expect(cancelled).rejects.toThrow("cancelled");
      expect(await count(table)).toBe(1);
      expect(await lab.run(nodes({ postHook: `ANALYZE ${table}` }))).toMatchObject({
        ledger: { nodes: { out: { inserted: 1, late: 0 } } },
      });
    });

    test("a target that was loaded by an earlier attempt is not loaded again, and says the same of its rows", async () => {
      const [table, other] = [lab.table(), lab.table()];
      await lab.run([lab.csv("id,w\n7,x\n", ["id integer", "w string"]), lab.target("src", other)]);
      const nodes = [
        lab.csv("id,w\n1,1\n2,\n", ["id integer", "w integer"]),
        lab.target("src", table, newer("w"), "one"),
        lab.target("src", other, newer("w"), "two"),
      ];
      const runId = lab.table();
      const failed = await lab.run(nodes, { runId });
      expect(failed).toMatchObject({ status: "failed", error: { code: "type_mismatch", nodeId: "two" } });
      await lab.query(`drop table ${other}`);
      const again = await lab.run(nodes, { runId });
      expect(again).toMatchObject({
        status: "completed",
        ledger: {
          balanced: true,
          nodes: { one: { inserted: 1, late: 1 }, two: { inserted: 1, late: 1 } },
        },
      });
      expect(again.warnings.map(({ code, nodeId }) => `${code} ${nodeId}`)).toEqual([
        "watermark_null one",
        "watermark_null two",
      ]);
      expect(await count(table)).toBe(1);
    });

    test.each([
      ["boolean", "true"],
      ["double", "1.5"],
      ["json", '{"a":1}'],
    ])("a column that turns out to be %s is refused", async (type, value) => {
      const path = lab.put(`${lab.table()}.jsonl`, `{"id":1,"w":${value}}\n`);
      const ran = await lab.run([lab.source({ path }), lab.target("src", lab.table(), newer("w"))]);
      expect(ran).toMatchObject({
        status: "failed",
        error: {
          code: "watermark_type",
          nodeId: "out",
          retryable: false,
          message: expect.stringContaining(type),
        },
      });
    });

    test("a column that nobody knew was missing is told with those there are", async () => {
      const ran = await lab.run([
        lab.csv("id,v\n1,a\n"),
        lab.target("src", lab.table(), newer("changed_at")),
      ]);
      expect(ran).toMatchObject({
        status: "failed",
        error: { code: "column_missing", nodeId: "out", message: expect.stringContaining("there are id, v") },
      });
    });
  });
});

test.skipIf(!url)("text is compared by its characters, whatever the database's language is", async () => {
  const name = uniqueId("english");
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(
    `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C'`,
  );
  await admin.end();
  const lab = openPlanLab(Object.assign(new URL(url), { pathname: `/${name}` }).href);
  const table = lab.table();
  const load = (csv: string) =>
    lab.run([
      lab.csv(csv, ["w string"]),
      lab.target("src", table, { loadMode: "incremental_watermark", watermarkColumn: "w" }),
    ]);
  expect(await lab.query("select 'B' > 'b' as other")).toEqual([{ other: true }]);
  await load("w\na\nb\n");
  expect(await load("w\nB\nc\n")).toMatchObject({ ledger: { nodes: { out: { inserted: 1, late: 1 } } } });
  await lab.close();
});

test.skipIf(!url)("a worker thought dead that still loads the target is waited for", async () => {
  const lab = openPlanLab(url);
  const table = lab.table();
  const target = lab.target("src", table, { loadMode: "incremental_watermark", watermarkColumn: "id" });
  const csv = (rows: number) =>
    lab.csv(`id\n${Array.from({ length: rows }, (_, id) => `${id}\n`).join("")}`, ["id integer"]);
  await lab.run([csv(1), target]);
  const both = await Promise.all([20_000, 20_000].map((rows) => lab.run([csv(rows), target])));
  expect(both.map(({ ledger }) => ledger.nodes.out?.inserted).sort()).toEqual([0, 19_999]);
  const [row] = await lab.query(
    `select count(*)::int as n, count(distinct id)::int as different from ${table}`,
  );
  expect(row).toEqual({ n: 20_000, different: 20_000 });
  await lab.close();
});
