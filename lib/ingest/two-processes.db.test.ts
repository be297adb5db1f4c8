import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import type { WriterOrder, WriterReport } from "../../tests/event-writer.ts";
import { followEvents } from "./follow-events.ts";
import { replay } from "./replay.ts";
import { listenToOthers, nextWake } from "./wake.ts";

withDatabase("several processes on one log", ({ engine, database, testCtx }) => {
  const url = () => String(database().pool.options.connectionString);
  const query = async (sql: string, values: unknown[] = []) =>
    (await database().pool.query(sql, values)).rows;

  /** Lets writers loose at the same moment; each is killed at the end, however it went. */
  async function write(orders: WriterOrder[]): Promise<WriterReport[]> {
    const folder = mkdtempSync(path.join(tmpdir(), "penstock-writers-"));
    const env = {
      ...process.env,
      DATABASE_URL: url(),
      PENSTOCK_SECRET_KEY: "the same on every node of this test",
      PENSTOCK_DATA_DIR: folder,
    };
    const children = orders.map(() =>
      fork("tests/event-writer.ts", { env, execArgv: ["--disable-warning=ExperimentalWarning"] }),
    );
    try {
      await Promise.all(children.map((child) => nextMessage(child)));
      const reports = children.map((child) => nextMessage(child) as Promise<WriterReport>);
      for (const [at, child] of children.entries()) child.send(orders[at] as WriterOrder);
      return await Promise.all(reports);
    } finally {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test.skipIf(engine === "embedded")(
    "give LSNs in the order of their commits: every reader sees each event once, none below where it is",
    async () => {
      const ctx = await testCtx();
      const [own, shared] = [600, 200];
      const expected = 3 * own + shared;
      const seen: number[] = [];
      const over = new AbortController();
      const reading = (async () => {
        for await (const step of followEvents({ ctx, input: { from_lsn: 0 }, signal: over.signal })) {
          if ("event" in step) seen.push(step.event.lsn);
          if (seen.length >= expected) return;
        }
      })();
      const names = ["one", "two", "three"];
      const orders = names.map((name) => ({ tenant: ctx.tenant, name, own, shared, expected }));
      const reports = await write(orders).catch((error) => {
        over.abort();
        throw error;
      });
      await reading;
      const stored = await query(
        `select lsn, "eventId" as id from "Event" where "tenantId" = $1 order by lsn`,
        [ctx.tenant],
      );
      const log = stored.map(({ lsn, id }) => ({ lsn: Number(lsn), id }));
      expect(log).toHaveLength(expected);
      expect(new Set(log.map(({ id }) => id)).size).toBe(expected);
      // Nobody else writes to this database: numbers that are not there were given out for nothing.
      const [first, last] = [log[0]?.lsn ?? 0, log.at(-1)?.lsn ?? 0];
      expect(last - first + 1).toBe(expected);
      expect(seen).toEqual(log.map(({ lsn }) => lsn));
      const byId = new Map(log.map(({ lsn, id }) => [id, lsn]));
      for (const { acks, read } of reports) {
        expect(read).toEqual(log);
        expect(Object.entries(acks).filter(([id, lsn]) => byId.get(id) !== lsn)).toEqual([]);
      }
      expect(reports.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(2 * shared);
      const [{ events }] = (await query(
        `select sum(events)::int as events from "EventVolume" where "tenantId" = $1`,
        [ctx.tenant],
      )) as [{ events: number }];
      expect(events).toBe(expected);
      expect(await replay({ ctx, input: {} })).toMatchObject({ intact: true, events: expected });
    },
    120_000,
  );

  test.skipIf(engine === "embedded")(
    "hear of each other's commits, also after the connection was lost",
    async () => {
      const stop = listenToOthers(url());
      const listeners = () =>
        query(`select pid from pg_stat_activity where query = 'listen penstock_events' and state = 'idle'
        and datname = current_database()`);
      const signal = new AbortController().signal;
      const hearing = async () => {
        await expect.poll(async () => (await listeners()).length, { timeout: 10_000 }).toBe(1);
        const wake = nextWake(20_000, signal);
        const since = performance.now();
        await query("select pg_notify('penstock_events', '1')");
        await wake.woken;
        return performance.now() - since;
      };
      try {
        expect(await hearing()).toBeLessThan(5_000);
        const [{ pid }] = (await listeners()) as [{ pid: number }];
        await query("select pg_terminate_backend($1)", [pid]);
        await expect
          .poll(async () => (await listeners()).filter((one) => one.pid !== pid).length, { timeout: 10_000 })
          .toBe(1);
        expect(await hearing()).toBeLessThan(5_000);
      } finally {
        stop();
      }
      await expect.poll(async () => (await listeners()).length, { timeout: 10_000 }).toBe(0);
    },
  );
});

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A writer ended with ${code} and said nothing`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}
