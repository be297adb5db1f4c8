import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { uniqueId } from "../factories.ts";
import type { MirrorOrder, MirrorReport } from "../mirror-victim.ts";
import { randomOf } from "../mirrors/random-of.ts";
import { type MirrorSource, type MirrorSourceKind, makeWorked, rowText } from "../mirrors/source.ts";
import { TEMPLATE } from "../postgres-once.ts";
import type { MirrorMoment } from "./mirror-moments.ts";
import type { Destination } from "./moments.ts";

const TABLE = "shop.worked";
/** The pause between two transactions at the source: a worker that is slow to start does not find it much further on. */
const CHANGE_MS = 20;
type Victim = { child: ChildProcess; ready: Promise<unknown> };
/** The longest that a worker is left alive once it takes runs, where it dies at no particular moment. */
const ALIVE_MS = 2_000;

/**
 * Declares a test for each kill of a worker that mirrors while its source goes on changing, one after another on one
 * Penstock; and one that finds source and mirror equal after all of them, every run in order, one follower at the source.
 * @param kills moments, or `anytime`
 */
export function declareMirrorKills(
  kind: MirrorSourceKind,
  destination: Destination,
  kills: readonly (MirrorMoment | "anytime")[],
  tell?: (what: "begun" | "passed") => void,
): void {
  const server = inject("postgresUrl");
  describe.skipIf(!server || !kind.installed())(`a mirror of ${kind.title} in ${destination}, killed`, () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomOf(seed);
    const tenant = uniqueId("t");
    const children = new Set<ChildProcess>();
    let folder: string;
    let source: MirrorSource;
    let waiting: Victim | undefined;
    let database: string | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), "penstock-killed-"));
      source = await kind.start();
      await makeWorked(source, TABLE);
      for (let step = 0; step < 30; step++) await source.change(TABLE, random);
      if (destination !== "postgres") return;
      database = Object.assign(new URL(server ?? ""), { pathname: `/${uniqueId("killed")}` }).href;
      await onServer(
        server,
        `create database "${new URL(database).pathname.slice(1)}" template "${TEMPLATE}"`,
      );
    }, 120_000);
    afterAll(async () => {
      for (const child of children) child.kill("SIGKILL");
      await source?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, 120_000);

    /** The next worker is loaded in the meantime, so that it is ready when it is needed. */
    async function start(more: Partial<MirrorOrder>): Promise<ChildProcess> {
      // What tells that a worker is alive is set back, so that the next one need not wait until it is missed.
      if (database)
        await onServer(
          database,
          `update "Run" set "heartbeatAt" = now() - interval '1 hour' where status = 'running';
           do $$ begin if to_regclass('pgboss.job') is not null then
             update pgboss.job set heartbeat_on = now() - interval '1 hour', started_on = now() - interval '1 hour'
             where state = 'active'; end if; end $$`,
        );
      const { child, ready } = waiting ?? load();
      waiting = more.end ? undefined : load();
      await ready;
      const { connector, fields } = source;
      child.send({ tenant, connector, fields, table: TABLE, ...more } satisfies MirrorOrder);
      return child;
    }

    function load(): Victim {
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
      return { child, ready: once(child, "message") };
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
            await source.change(TABLE, random);
            await delay(CHANGE_MS);
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
      const child = await start({ end: { look: source.mirrored(destination, "shop.t") } });
      await once(child, "message");
      const exited = once(child, "exit");
      const [report] = (await once(child, "message")) as [MirrorReport];
      await exited;
      const rows = await source.rows(TABLE);
      expect({ seed, rows: report.rows.map(rowText) }).toEqual({ seed, rows });
      // A run whose workers die again and again is given up in the end; the next one goes on from where it was.
      const others = report.runs.filter(({ error }) => error !== "worker_lost");
      expect(others.filter(({ status, balanced }) => status !== "completed" || !balanced)).toEqual([]);
      expect(others.length).toBeGreaterThan(0);
      expect(report.feeds).toBe(1);
      if (source.followers) expect(await source.followers()).toBe(1);
    }, 120_000);
  });
}

async function onServer(url: string | undefined, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
