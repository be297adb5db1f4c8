import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type IrNode, openPlanLab, type PlanLab } from "../plan-kit.ts";
import { randomOf } from "./random-of.ts";
import { type MirrorSource, type MirrorSourceKind, makeWorked, rowText } from "./source.ts";

/** Declares the tests of `cdc_mirror` from one kind of source into each destination. */
export function declareMirror(kind: MirrorSourceKind): void {
  const url = inject("postgresUrl");
  describe.skipIf(!url || !kind.installed())(`a mirror of a ${kind.title} table`, () => {
    let source: MirrorSource;
    const labs: PlanLab[] = [];
    let count = 0;

    beforeAll(async () => {
      source = await kind.start();
      labs.push(openPlanLab(), openPlanLab(url));
    }, 90_000);
    afterAll(async () => {
      for (const lab of labs) await lab.close();
      await source?.stop();
    }, 90_000);

    /** A mirror of a table that is there, and a way to bring the one to the other. */
    function mirrorOf(table: string, destination: PlanLab["kind"], more: IrNode = {}) {
      const lab = labs.find((each) => each.kind === destination) as PlanLab;
      const into = lab.table();
      const id = `out${count}`;
      const nodes = [
        {
          ...{ id: "src", kind: "source", config: { stream: table, syncMode: "full_refresh" } },
          ...lab.saved(source.connector, source.fields),
        },
        lab.target("src", into, { loadMode: "cdc_mirror", ...more }, id),
      ];
      const run = async (options: Parameters<PlanLab["run"]>[1] = {}) => {
        const ran = await lab.run(nodes, options);
        return { ...ran, counts: ran.ledger.nodes[id] };
      };
      return { lab, table, into, run };
    }

    async function mirrored(destination: PlanLab["kind"], columns: string, fill = "", more: IrNode = {}) {
      const table = `shop.m${++count}`;
      await source.run(`create table ${table} (${columns}); ${fill.replaceAll("TABLE", table)}`);
      return mirrorOf(table, destination, more);
    }

    async function worked(destination: PlanLab["kind"]) {
      const table = `shop.m${++count}`;
      await makeWorked(source, table);
      return mirrorOf(table, destination);
    }

    async function expectEqual({ lab, table, into }: ReturnType<typeof mirrorOf>): Promise<number> {
      const rows = await source.rows(table);
      const mirror = await lab.query(source.mirrored(lab.kind, into));
      expect(mirror.map(rowText)).toEqual(rows);
      return rows.length;
    }

    describe.each(["duckdb", "postgres"] as const)("in %s", (destination) => {
      test("begins with all rows, and goes on with the changes", async () => {
        const { lab, table, into, run } = await mirrored(
          destination,
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
        await source.run(`insert into ${table} values (4, 'd'), (5, 'e'); update ${table} set v = 'A' where id = 1;
          update ${table} set id = 20 where id = 2; delete from ${table} where id in (3, 5)`);
        expect(await run()).toMatchObject({
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
        await source.run(`truncate ${table}; insert into ${table} values (1, 'again')`);
        expect(await run()).toMatchObject({
          ledger: { balanced: true },
          counts: { in: 4, inserted: 1, deleted: 3 },
        });
        expect(await lab.rows(into)).toEqual([{ id: 1, v: "again" }]);
      });

      test("random changes, runs that are cancelled, a server that is restarted, and the same in the end", async () => {
        const seed = Math.floor(Math.random() * 2 ** 32);
        const random = randomOf(seed);
        const mirror = await worked(destination);
        const { table, run } = mirror;
        for (let round = 0; round < 15; round++) {
          for (let step = 0; step < 10; step++) await source.change(table, random);
          if (round % 6 === 3) await source.restart?.();
          // Some runs meet a server that goes away, some are cancelled; the next one goes on from what they left.
          const away = round % 6 === 5 && source.restart;
          const signal =
            !away && random() < 0.5 ? AbortSignal.timeout(Math.floor(random() * 250)) : undefined;
          const running = run({ signal }).catch((error: unknown) => {
            if (!signal?.aborted) throw error;
          });
          if (away) await away();
          const ran = await running;
          if (!ran) continue;
          if (away && ran.status === "failed") {
            expect({ seed, round, ...ran }).toMatchObject({ error: { retryable: true } });
            continue;
          }
          expect({ seed, round, ...ran }).toMatchObject({
            ...{ status: "completed", warnings: [], ledger: { balanced: true } },
          });
          if (round % 4 === 3) await expectEqual(mirror);
        }
        await source.run(
          `insert into ${table} (a, b, v) select n, 'last', 'of all' from ${source.numbers(2001, 2025)}`,
        );
        expect(await run()).toMatchObject({ status: "completed", warnings: [], ledger: { balanced: true } });
        expect(await expectEqual(mirror)).toBeGreaterThan(20);
      }, 180_000);

      test("a transaction of more changes than are applied at once, cancelled in the middle and taken up again", async () => {
        const { lab, table, into, run } = await mirrored(destination, "id int primary key, v text, n int");
        await run();
        await source.run(`begin; insert into ${table} select n, repeat('x', 50), 0 from ${source.numbers(1, 60_000)};
          update ${table} set n = 1 where id % 3 = 0; delete from ${table} where id % 2 = 0;
          update ${table} set id = -id; commit`);
        const before = await lab.rows(into);
        const ends: number[] = [];
        for (const ms of [100, 300]) {
          const signal = AbortSignal.timeout(ms);
          let at = 0;
          signal.addEventListener("abort", () => {
            at = performance.now();
          });
          await expect(run({ signal })).rejects.toMatchObject({ name: "TimeoutError" });
          ends.push(performance.now() - at);
          expect(await lab.rows(into)).toEqual(before);
        }
        const since = performance.now();
        expect(await run()).toMatchObject({
          status: "completed",
          ledger: { balanced: true, read: 60_000 + 20_000 + 30_000 + 2 * 30_000 },
        });
        // A busy machine takes longer for everything.
        const soon = Math.max(2_000, (performance.now() - since) / 2);
        for (const end of ends) expect(end).toBeLessThan(soon);
        expect(
          await lab.query(`select cast(count(*) as int) as n, cast(sum(n) as int) as ns from ${into}`),
        ).toEqual([{ n: 30_000, ns: 10_000 }]);
      }, 120_000);

      test("what the log does not tell is read anew, whole, and said", async () => {
        const fill = "insert into TABLE values (1, 'a')";
        const { lab, table, into, run } = await mirrored(destination, "id int primary key, v text", fill);
        await run();
        await source.run(`insert into ${table} values (2, 'b')`);
        await source.lose();
        await source.run(`insert into ${table} values (3, 'c')`);
        expect(await run()).toMatchObject({
          status: "completed",
          warnings: [{ code: "changes_lost", message: expect.stringMatching(source.lost) }],
          counts: { in: 3, inserted: 3 },
        });
        await source.run(`alter table ${table} add column w int default 7`);
        expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "table_changed" }, {}] });
        await source.run(`insert into ${table} values (4, 'd', 8); alter table ${table} add column note text;
          update ${table} set note = 'new' where id = 1`);
        expect(await run()).toMatchObject({
          status: "completed",
          counts: { in: 2, inserted: 1, updated: 1 },
        });
        await source.run(
          `alter table ${table} rename column v to u; insert into ${table} values (5, 'e', 9, '')`,
        );
        expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "table_changed" }, {}] });
        expect(await lab.query(`select id, u, w, note from ${into} order by id`)).toEqual([
          { id: 1, u: "a", w: 7, note: "new" },
          { id: 2, u: "b", w: 7, note: null },
          { id: 3, u: "c", w: 7, note: null },
          { id: 4, u: "d", w: 8, note: null },
          { id: 5, u: "e", w: 9, note: "" },
        ]);
      });

      test("a new column comes along, or stops a table that may not change", async () => {
        const columns = "id int primary key, v text";
        const fill = "insert into TABLE values (1, 'a')";
        const grown = await mirrored(destination, columns, fill);
        await grown.run();
        await source.run(`alter table ${grown.table} add column w text; update ${grown.table} set w = 'x'`);
        expect(await grown.run()).toMatchObject({ status: "completed", counts: { in: 1, updated: 1 } });
        expect(await grown.lab.rows(grown.into)).toEqual([{ id: 1, v: "a", w: "x" }]);
        const frozen = await mirrored(destination, columns, fill, { schemaEvolution: "freeze" });
        await frozen.run();
        await source.run(
          `alter table ${frozen.table} add column w text; insert into ${frozen.table} values (2, 'b', 'c')`,
        );
        expect(await frozen.run()).toMatchObject({ status: "failed", error: { code: "schema_frozen" } });
        expect(await frozen.lab.rows(frozen.into)).toEqual([{ id: 1, v: "a" }]);
      });

      test("what is found only after some transactions were committed is read anew all the same", async () => {
        const fill = "insert into TABLE values (-1, 'a')";
        const { lab, table, into, run } = await mirrored(destination, "id int primary key, v text", fill);
        await run();
        await lab.query(`delete from ${into}`);
        const inserted = (at: number) =>
          `begin; insert into ${table} select n, 'new' from ${source.numbers(at * 100, at * 100 + 99)}; commit`;
        await source.run(Array.from({ length: 600 }, (_, at) => inserted(at)).join("; "));
        await source.run(`update ${table} set v = 'b' where id = -1`);
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
        const mirror = await worked(destination);
        const { lab, table, into, run } = mirror;
        const random = randomOf(1);
        for (let step = 0; step < 20; step++) await source.change(table, random);
        await source.run(
          `insert into ${table} (a, b, big) values (5000, 'lost', repeat('of some length', 500))`,
        );
        await run();
        await lab.query(`delete from ${into} where b = 'lost'`);
        await source.run(`update ${table} set v = 'changed' where b = 'lost'`);
        expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "mirror_diverged" }] });
        await expectEqual(mirror);
        const keyed = await mirrored(destination, "id int primary key, v varchar(9)", "", {
          upsertKey: ["v"],
        });
        expect(await keyed.run()).toMatchObject({
          status: "failed",
          error: { code: "wrong_key", nodeId: expect.stringContaining("out") },
        });
      });
    });
  });
}
