import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { APART, change, comparable, randomOf, WORKED } from "#tests/change-workload.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { type PostgresServer, startPostgres } from "#tests/services.ts";

const url = inject("postgresUrl");

describe.skipIf(!url)("a mirror of a PostgreSQL table", () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let config: Record<string, unknown>;
  const labs: PlanLab[] = [];
  let count = 0;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("create schema shop");
    const { host, port, user: username, password } = server;
    config = { host, port, username, password, database: "postgres", sslmode: "prefer" };
    labs.push(openPlanLab(), openPlanLab(url));
  }, 90_000);
  afterAll(async () => {
    for (const lab of labs) await lab.close();
    await admin?.end();
    await server?.stop();
  }, 90_000);
  const labOf = (kind: PlanLab["kind"]) => labs.find((lab) => lab.kind === kind) as PlanLab;

  /** A table at the source, a mirror of it, and a way to bring the one to the other. */
  async function mirrored(kind: PlanLab["kind"], columns: string, fill = "", more: IrNode = {}) {
    const lab = labOf(kind);
    const table = `shop.m${++count}`;
    await admin.query(`create table ${table} (${columns}); ${fill.replaceAll("TABLE", table)}`);
    const into = lab.table();
    const id = `out${count}`;
    const source = {
      id: "src",
      kind: "source",
      ...lab.saved("postgres", config),
      config: { stream: table, syncMode: "full_refresh" },
    };
    const nodes = [source, lab.target("src", into, { loadMode: "cdc_mirror", ...more }, id)];
    const run = async (more: Parameters<PlanLab["run"]>[1] = {}) => {
      const ran = await lab.run(nodes, more);
      return { ...ran, counts: ran.ledger.nodes[id] };
    };
    return { lab, table, into, run };
  }

  async function expectEqual(lab: PlanLab, table: string, into: string): Promise<void> {
    const source = await admin.query(comparable("source", table));
    const mirror = await lab.query(comparable(lab.kind, into));
    expect(mirror).toEqual(source.rows);
  }

  describe.each(["duckdb", "postgres"] as const)("in %s", (kind) => {
    test("begins with all rows, and goes on with the changes", async () => {
      const { lab, table, into, run } = await mirrored(
        kind,
        "id int primary key, v text",
        "insert into TABLE values (1, 'a'), (2, null), (3, '')",
      );
      expect(await run()).toMatchObject({
        status: "completed",
        warnings: [],
        ledger: { balanced: true, read: 3, loaded: 3 },
        counts: { in: 3, inserted: 3 },
      });
      expect(await run()).toMatchObject({ status: "completed", ledger: { balanced: true, read: 0 } });
      await admin.query(`insert into ${table} values (4, 'd'), (5, 'e'); update ${table} set v = 'A' where id = 1;
        update ${table} set id = 20 where id = 2; delete from ${table} where id in (3, 5)`);
      const ran = await run();
      expect(ran).toMatchObject({
        status: "completed",
        warnings: [],
        ledger: { balanced: true },
        counts: { in: 7, inserted: 2, updated: 1, deleted: 2, unchanged: 0, deduplicated: 2 },
      });
      expect(await lab.rows(into)).toEqual([
        { id: 1, v: "A" },
        { id: 4, v: "d" },
        { id: 20, v: null },
      ]);
      await admin.query(`truncate ${table}; insert into ${table} values (1, 'again')`);
      expect(await run()).toMatchObject({
        ledger: { balanced: true },
        counts: { in: 4, inserted: 1, deleted: 3 },
      });
      expect(await lab.rows(into)).toEqual([{ id: 1, v: "again" }]);
    });

    test("random changes, runs that are cancelled at any moment, and the same in the end", async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const random = randomOf(seed);
      const { lab, table, into, run } = await mirrored(kind, WORKED, APART);
      for (let round = 0; round < 12; round++) {
        for (let step = 0; step < 8; step++) await change(admin, table, random);
        const signal = random() < 0.5 ? AbortSignal.timeout(Math.floor(random() * 250)) : undefined;
        const ran = await run({ signal }).catch((error: unknown) => {
          if (!signal?.aborted) throw error;
        });
        if (!ran) continue;
        expect({ seed, round, ...ran }).toMatchObject({
          status: "completed",
          warnings: [],
          ledger: { balanced: true },
        });
        if (round % 4 === 3) await expectEqual(lab, table, into);
      }
      expect(await run()).toMatchObject({ status: "completed", ledger: { balanced: true } });
      await expectEqual(lab, table, into);
    }, 120_000);

    test("a transaction of more changes than are applied at once, cancelled in the middle and taken up again", async () => {
      const { lab, table, into, run } = await mirrored(kind, "id int primary key, v text, n int");
      await run();
      await admin.query(`begin; insert into ${table} select n, repeat('x', 50), 0 from generate_series(1, 60000) n;
        update ${table} set n = 1 where id % 3 = 0; delete from ${table} where id % 2 = 0; update ${table} set id = -id; commit`);
      const before = await lab.rows(into);
      for (const ms of [100, 300]) {
        const signal = AbortSignal.timeout(ms);
        let at = 0;
        signal.addEventListener("abort", () => {
          at = performance.now();
        });
        await expect(run({ signal })).rejects.toMatchObject({ name: "TimeoutError" });
        expect(performance.now() - at).toBeLessThan(2_000);
        expect(await lab.rows(into)).toEqual(before);
      }
      expect(await run()).toMatchObject({
        status: "completed",
        ledger: { balanced: true, read: 60_000 + 20_000 + 30_000 + 2 * 30_000 },
      });
      expect(
        await lab.query(`select cast(count(*) as int) as n, cast(sum(n) as int) as ns from ${into}`),
      ).toEqual([{ n: 30_000, ns: 10_000 }]);
    }, 60_000);

    test("what the log does not tell is read anew, whole, and said", async () => {
      const { lab, table, into, run } = await mirrored(
        kind,
        "id int primary key, v text",
        "insert into TABLE values (1, 'a')",
      );
      await run();
      await admin.query(`insert into ${table} values (2, 'b')`);
      const drop = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active";
      await admin.query(drop);
      expect(await run()).toMatchObject({
        status: "completed",
        warnings: [
          {
            code: "changes_lost",
            message: expect.stringMatching(/is not there any more\. The table is read anew/),
          },
        ],
        counts: { in: 2, inserted: 2 },
      });
      await admin.query(`alter table ${table} add column w int default 7`);
      expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "table_changed" }, {}] });
      await admin.query(`alter table ${table} rename column v to u; insert into ${table} values (3, 'c', 8)`);
      expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "table_changed" }, {}] });
      expect(await lab.query(`select id, u, w from ${into} order by id`)).toEqual([
        { id: 1, u: "a", w: 7 },
        { id: 2, u: "b", w: 7 },
        { id: 3, u: "c", w: 8 },
      ]);
    });

    test("a new column comes along, or stops a table that may not change", async () => {
      const grown = await mirrored(kind, "id int primary key, v text", "insert into TABLE values (1, 'a')");
      await grown.run();
      await admin.query(`alter table ${grown.table} add column w text; update ${grown.table} set w = 'x'`);
      expect(await grown.run()).toMatchObject({ status: "completed", counts: { in: 1, updated: 1 } });
      expect(await grown.lab.rows(grown.into)).toEqual([{ id: 1, v: "a", w: "x" }]);
      const more = { schemaEvolution: "freeze" };
      const frozen = await mirrored(
        kind,
        "id int primary key, v text",
        "insert into TABLE values (1, 'a')",
        more,
      );
      await frozen.run();
      await admin.query(
        `alter table ${frozen.table} add column w text; insert into ${frozen.table} values (2, 'b', 'c')`,
      );
      expect(await frozen.run()).toMatchObject({ status: "failed", error: { code: "schema_frozen" } });
      expect(await frozen.lab.rows(frozen.into)).toEqual([{ id: 1, v: "a" }]);
    });

    test("what is found only after some transactions were committed is read anew all the same", async () => {
      const { lab, table, into, run } = await mirrored(
        kind,
        "id int primary key, v text",
        "insert into TABLE values (-1, 'a')",
      );
      await run();
      await lab.query(`delete from ${into}`);
      await admin.query(`do $$ begin for n in 0..599 loop
        insert into ${table} select n * 100 + m, 'new' from generate_series(0, 99) m; commit; end loop; end $$`);
      await admin.query(`update ${table} set v = 'b' where id = -1`);
      expect(await run()).toMatchObject({
        status: "completed",
        warnings: [{ code: "mirror_diverged" }],
        // What had been committed by then stays counted.
        ledger: { balanced: true, read: 50_000 + 60_001 },
      });
      expect(await lab.query(`select cast(count(*) as int) as n, min(v) as v from ${into}`)).toEqual([
        { n: 60_001, v: "b" },
      ]);
    }, 60_000);

    test("a table that lost rows which then change is read anew; a wrong key is refused", async () => {
      const { lab, table, into, run } = await mirrored(kind, WORKED, APART);
      const random = randomOf(1);
      for (let step = 0; step < 20; step++) await change(admin, table, random);
      await admin.query(
        `insert into ${table} (a, b, big) select 5000, 'lost', string_agg(md5(n::text), '') from generate_series(1, 200) n`,
      );
      await run();
      await lab.query(`delete from ${into} where b = 'lost'`);
      await admin.query(`update ${table} set v = 'changed' where b = 'lost'`);
      expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "mirror_diverged" }] });
      await expectEqual(lab, table, into);
      const keyed = await mirrored(kind, "id int primary key, v text", "", { upsertKey: ["v"] });
      expect(await keyed.run()).toMatchObject({
        status: "failed",
        error: { code: "wrong_key", nodeId: expect.stringContaining("out") },
      });
    });
  });
});
