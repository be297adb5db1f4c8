import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { APART, change, comparable, randomOf, WORKED } from "../change-workload.ts";
import { uniqueId } from "../factories.ts";
import type { MirrorOrder, MirrorReport } from "../mirror-victim.ts";
import { TEMPLATE } from "../postgres-once.ts";
import { type PostgresServer, startPostgres } from "../services.ts";
import type { MirrorMoment } from "./mirror-moments.ts";
import type { Destination } from "./moments.ts";

const TABLE = "public.worked";
/** The longest that a worker is left alive once it takes runs, where it dies at no particular moment. */
const ALIVE_MS = 2_000;

/**
 * Declares a test for each kill of a worker that mirrors while its source goes on changing, one after another on one
 * Penstock; and one that finds source and mirror equal after all of them, every run in order, the slot in place once.
 * @param kills moments, or `anytime`
 */
export function declareMirrorKills(
  destination: Destination,
  kills: readonly (MirrorMoment | "anytime")[],
  tell?: (what: "begun" | "passed") => void,
): void {
  const server = inject("postgresUrl");
  describe.skipIf(!server)(`a mirror in ${destination}, killed`, () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomOf(seed);
    const tenant = uniqueId("t");
    const children = new Set<ChildProcess>();
    let folder: string;
    let source: PostgresServer;
    let admin: pg.Client;
    let database: string | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), "penstock-killed-"));
      source = await startPostgres();
      admin = new pg.Client({ connectionString: source.url });
      await admin.connect();
      await admin.query(`create table ${TABLE} (${WORKED}); ${APART.replaceAll("TABLE", TABLE)}`);
      for (let step = 0; step < 30; step++) await change(admin, TABLE, random);
      if (destination !== "postgres") return;
      database = Object.assign(new URL(server ?? ""), { pathname: `/${uniqueId("killed")}` }).href;
      await onServer(
        server,
        `create database "${new URL(database).pathname.slice(1)}" template "${TEMPLATE}"`,
      );
    }, 120_000);
    afterAll(async () => {
      for (const child of children) child.kill("SIGKILL");
      await admin?.end();
      await source?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, 120_000);

    async function start(more: Partial<MirrorOrder>): Promise<ChildProcess> {
      // What tells that a worker is alive is set back, so that the next one need not wait until it is missed.
      if (database)
        await onServer(
          database,
          `update "Run" set "heartbeatAt" = now() - interval '1 hour' where status = 'running';
           do $$ begin if to_regclass('pgboss.job') is not null then
             update pgboss.job set heartbeat_on = now() - interval '1 hour' where state = 'active'; end if; end $$`,
        );
      const child = fork("tests/mirror-victim.ts", {
        execArgv: ["--disable-warning=ExperimentalWarning"],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        env: {
          NODE_ENV: "test",
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: path.join(folder, "compiled"),
          PENSTOCK_LOG_LEVEL: "fatal",
          PENSTOCK_DATA_DIR: path.join(folder, "data"),
          PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1/32",
          ...(database && {
            DATABASE_URL: database,
            PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
          }),
        },
      });
      children.add(child);
      child.once("exit", () => children.delete(child));
      await once(child, "message");
      const { host, port, user: username, password } = source;
      const fields = { host, port, username, password, database: "postgres", sslmode: "disable" };
      child.send({ tenant, fields, table: TABLE, ...more } satisfies MirrorOrder);
      return child;
    }

    test.each(kills.map((kill, at) => ({ at, kill })))(
      "$at: $kill",
      async ({ kill }) => {
        tell?.("begun");
        const child = await start(kill === "anytime" ? {} : { moment: kill });
        let over = false;
        const exited = once(child, "exit").then(([, signal]) => {
          over = true;
          return signal;
        });
        const changing = (async () => {
          while (!over) {
            await change(admin, TABLE, random);
            await delay(5);
          }
        })();
        if (kill === "anytime") {
          await once(child, "message");
          await delay(Math.floor(random() * ALIVE_MS));
          child.kill("SIGKILL");
        }
        expect(await exited).toBe("SIGKILL");
        await changing;
        tell?.("passed");
      },
      120_000,
    );

    test("and in the end source and mirror are equal", async () => {
      const child = await start({ end: { look: comparable(destination, "shop.t") } });
      await once(child, "message");
      const exited = once(child, "exit");
      const [report] = (await once(child, "message")) as [MirrorReport];
      await exited;
      const { rows } = await admin.query(comparable("source", TABLE));
      expect({ seed, rows: report.rows }).toEqual({ seed, rows });
      // A run whose workers die again and again is given up in the end; the next one goes on from where it was.
      const others = report.runs.filter(({ error }) => error !== "worker_lost");
      expect(others.filter(({ status, balanced }) => status !== "completed" || !balanced)).toEqual([]);
      expect(others.length).toBeGreaterThan(0);
      expect(report.feeds).toBe(1);
      const slots = await admin.query("select 1 from pg_replication_slots");
      expect(slots.rows).toHaveLength(1);
    }, 120_000);
  });
}

async function onServer(url: string | undefined, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
