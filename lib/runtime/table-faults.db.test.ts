import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { uniqueId } from "#tests/factories.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { startCuttingRelay } from "#tests/servers/cutting-relay.ts";
import { findMariadb, type MariadbServer, startMariadb } from "#tests/servers/mariadb.ts";

const url = inject("postgresUrl") ?? "";
const kinds = ["duckdb", "postgres"] as const;

/** Ways to load; of PostgreSQL some were tried elsewhere. */
const LOADS: [string, IrNode][] = [
  ["append", {}],
  ["truncate", { loadMode: "truncate" }],
  ["upsert", { loadMode: "upsert", upsertKey: ["id"] }],
  ["blue_green", { loadMode: "blue_green" }],
  ["incremental_watermark", { loadMode: "incremental_watermark", watermarkColumn: "id" }],
  ["append through a check", { input: "check" }],
];

/** A system with tables, as these tests use it. */
type System = {
  connector: "mysql" | "postgres";
  config: Record<string, unknown>;
  schema: string;
  run: (sql: string) => Promise<unknown>;
  /** A table of so many rows (id, v): SQL. */
  many: (table: string, rows: number) => string;
  /** A view of a table that takes its time for each row: SQL. */
  slow: (view: string, table: string) => string;
};

describe.skipIf(!url || !findMariadb())("faults of sources with tables", { timeout: 60_000 }, () => {
  let mariadb: MariadbServer;
  let admin: pg.Client;
  const systems = {} as Record<System["connector"], System>;
  const labs = {} as Record<(typeof kinds)[number], PlanLab>;

  beforeAll(async () => {
    mariadb = await startMariadb();
    await mariadb.run("CREATE DATABASE shop CHARACTER SET utf8mb4");
    const { host, port, user: username, password } = mariadb;
    systems.mysql = {
      connector: "mysql",
      config: { host, port, username, password, database: "shop", ssl: "prefer" },
      schema: "shop",
      run: (sql) => mariadb.run(sql, "shop"),
      many: (table, rows) =>
        `CREATE TABLE ${table} AS SELECT seq AS id, CAST(REPEAT('x', 200) AS CHAR(200)) AS v FROM seq_1_to_${rows}`,
      slow: (view, table) => `CREATE VIEW ${view} AS SELECT id, v, SLEEP(0.005) AS s FROM ${table}`,
    };
    const schema = uniqueId("faults");
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create schema ${schema}`);
    const at = new URL(url);
    systems.postgres = {
      connector: "postgres",
      config: {
        ...{ host: at.hostname, port: Number(at.port), database: at.pathname.slice(1) },
        ...{ username: at.username, password: at.password, sslmode: "disable" },
      },
      schema,
      run: (sql) => admin.query(sql),
      many: (table, rows) =>
        `create table ${table} as select i as id, repeat('x', 200) as v from generate_series(1, ${rows}) i`,
      slow: (view, table) =>
        `create view ${view} as select id, v, pg_sleep(0.005 + id * 0)::text as s from ${table}`,
    };
    labs.duckdb = openPlanLab();
    labs.postgres = openPlanLab(url);
  }, 90_000);
  afterAll(async () => {
    await admin?.query(`drop schema ${systems.postgres?.schema} cascade`);
    await admin?.end();
    for (const lab of Object.values(labs)) await lab.close();
    await mariadb?.stop();
  }, 90_000);

  const cases = (["mysql", "postgres"] as const).flatMap((from) =>
    kinds.map((into) => [from, into] as const),
  );

  describe.each(cases)("from %s into %s", (from, kind) => {
    /** A new table's name at the source, and a node that reads it by way of a configuration. */
    const named = () => {
      const system = systems[from];
      const stream = `${system.schema}.${uniqueId("t").replaceAll("-", "_")}`;
      const source = (config = system.config, more: IrNode = {}) => ({
        ...{ id: "src", kind: "source", ...labs[kind].saved(from, config) },
        config: { stream, syncMode: "full_refresh", ...more },
      });
      return { system, lab: labs[kind], stream, source };
    };
    const counted = async (lab: PlanLab, table: string) =>
      Number((await lab.query(`select count(*) as n from ${table}`))[0]?.n);

    test.each<[string, IrNode]>(LOADS.filter((_, at) => from === "mysql" || at % 3 === 1))(
      "a connection lost in mid-stream leaves the table as it was, and may be tried again: %s",
      async (_, more) => {
        const { system, lab, stream, source } = named();
        const into = lab.table();
        await system.run(system.many(stream, 5));
        const middle: IrNode[] =
          "input" in more
            ? [
                {
                  id: "check",
                  kind: "validate",
                  input: "src",
                  rowLevel: [{ id: "r", field: "id", rule: "gt:0" }],
                },
              ]
            : [];
        const target = lab.target("src", into, more);
        expect(await lab.run([source(), ...middle, target])).toMatchObject({ status: "completed" });
        await system.run(`DROP TABLE ${stream}`);
        await system.run(system.many(stream, 30_000));
        const before = await lab.query(`select id, v from ${into} order by id`);
        const relay = await startCuttingRelay({
          to: Number(system.config.port),
          afterBytes: 2_000_000,
          cuts: 1,
        });
        try {
          const nodes = [source({ ...system.config, port: relay.port }), ...middle, target];
          const runId = uniqueId("run");
          const ran = await lab.run(nodes, { runId });
          expect(relay.cuts()).toBe(1);
          expect(ran).toMatchObject({
            ...{ status: "failed", ledger: { loaded: 0 } },
            error: { nodeId: "src", retryable: true, code: expect.stringMatching(/^connection_/) },
          });
          expect(await lab.query(`select id, v from ${into} order by id`)).toEqual(before);
          const again = await lab.run(nodes, { runId });
          expect(again).toMatchObject({ status: "completed", ledger: { balanced: true } });
          const added = more.loadMode === undefined ? 30_005 : 30_000;
          expect(await counted(lab, into)).toBe(added);
        } finally {
          await relay.stop();
        }
      },
    );

    test("a column renamed, added or gone between runs is taken as it is now; one asked for by name is missed", async () => {
      const { system, lab, stream, source } = named();
      const into = lab.table();
      await system.run(`CREATE TABLE ${stream} (id INT, v VARCHAR(9))`);
      await system.run(`INSERT INTO ${stream} VALUES (1, 'a')`);
      const nodes = [source(), lab.target("src", into)];
      await lab.run(nodes);
      await system.run(`ALTER TABLE ${stream} RENAME COLUMN v TO w`);
      await system.run(`ALTER TABLE ${stream} ADD extra INT DEFAULT 7`);
      expect(await lab.run(nodes)).toMatchObject({ status: "completed", ledger: { balanced: true } });
      expect((await lab.rows(into)).sort((a, b) => Number(a.v === null) - Number(b.v === null))).toEqual([
        { id: 1, v: "a", w: null, extra: null },
        { id: 1, v: null, w: "a", extra: 7 },
      ]);
      const asked = await lab.run([source(undefined, { columns: ["id", "v"] }), lab.target("src", into)]);
      expect(asked).toMatchObject({ status: "failed", error: { nodeId: "src", retryable: false } });
      expect(asked.error?.message).toContain("v");
      expect(await counted(lab, into)).toBe(2);
    });

    test("a column that became of another kind stops the run, and nothing is written", async () => {
      const { system, lab, stream, source } = named();
      const into = lab.table();
      await system.run(`CREATE TABLE ${stream} (id INT, v INT)`);
      await system.run(`INSERT INTO ${stream} VALUES (1, 1)`);
      const nodes = [source(), lab.target("src", into)];
      await lab.run(nodes);
      await system.run(`ALTER TABLE ${stream} ${from === "mysql" ? "MODIFY v TEXT" : "ALTER v TYPE text"}`);
      expect(await lab.run(nodes)).toMatchObject({
        ...{ status: "failed", error: { code: "type_mismatch", nodeId: "out", retryable: false } },
      });
      expect(await counted(lab, into)).toBe(1);
    });

    test("a key that the source lost stops an upsert; rows whose key is doubled come once", async () => {
      const { system, lab, stream, source } = named();
      const into = lab.table();
      await system.run(`CREATE TABLE ${stream} (id INT PRIMARY KEY, v VARCHAR(9))`);
      await system.run(`INSERT INTO ${stream} VALUES (1, 'a'), (2, 'b')`);
      const nodes = [source(), lab.target("src", into, { loadMode: "upsert", upsertKey: ["id"] })];
      await lab.run(nodes);
      const dropKey = from === "mysql" ? "DROP PRIMARY KEY" : `DROP CONSTRAINT ${stream.split(".")[1]}_pkey`;
      await system.run(`ALTER TABLE ${stream} ${dropKey}`);
      await system.run(`INSERT INTO ${stream} VALUES (3, 'c'), (3, 'c')`);
      const doubled = await lab.run(nodes);
      expect(doubled).toMatchObject({ status: "completed", ledger: { balanced: true } });
      expect(doubled.ledger.nodes.out).toMatchObject({ inserted: 1, deduplicated: 1, unchanged: 2 });
      await system.run(`ALTER TABLE ${stream} RENAME COLUMN id TO number`);
      const lost = await lab.run(nodes);
      expect(lost).toMatchObject({ status: "failed", error: { retryable: false } });
      expect(lost.error?.message).toContain("id");
      expect(await counted(lab, into)).toBe(3);
    });

    test("a source that is slower than its target is waited for", async () => {
      const { system, lab, stream, source } = named();
      const into = lab.table();
      await system.run(system.many(`${stream}_rows`, 100));
      await system.run(system.slow(stream, `${stream}_rows`));
      const ran = await lab.run([source(undefined, { columns: ["id", "v"] }), lab.target("src", into)]);
      expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 100 } });
      const whole = await lab.run([source(), lab.target("src", lab.table())]);
      expect(whole).toMatchObject({ status: "completed", ledger: { balanced: true, loaded: 100 } });
    });

    // The built-in warehouse has no other writer that could hold it up.
    if (kind === "duckdb") return;
    test("a target that is slower than its source is waited for", async () => {
      const { system, lab, stream, source } = named();
      const into = lab.table();
      await system.run(system.many(stream, 5));
      await lab.run([source(), lab.target("src", into)]);
      await system.run(`DROP TABLE ${stream}`);
      await system.run(system.many(stream, 100_000));
      const holder = new pg.Client({ connectionString: url });
      await holder.connect();
      try {
        await holder.query(`begin; lock table ${into} in access exclusive mode`);
        let ended = false;
        const running = lab.run([source(), lab.target("src", into)]).finally(() => {
          ended = true;
        });
        const waiting = async () =>
          (await admin.query("select 1 from pg_locks where not granted and relation = $1::regclass", [into]))
            .rowCount;
        await expect.poll(waiting, { timeout: 20_000 }).toBe(1);
        expect(ended).toBe(false);
        await holder.query("commit");
        expect(await running).toMatchObject({
          status: "completed",
          ledger: { balanced: true, loaded: 100_000 },
        });
      } finally {
        await holder.end();
      }
      expect(await counted(lab, into)).toBe(100_005);
    });
  });
});
