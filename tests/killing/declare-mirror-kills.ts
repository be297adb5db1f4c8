import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { uniqueId } from "../factories.ts";
import type { MirrorOrder, MirrorReport } from "../mirror-victim.ts";
import { randomOf } from "../mirrors/random-of.ts";
import { type MirrorSource, type MirrorSourceKind, makeWorked, rowText } from "../mirrors/source.ts";
import { createKilled, passTime } from "./database.ts";
import { FORKED_MS, Forked } from "./forked.ts";
import type { MirrorMoment } from "./mirror-moments.ts";
import type { Destination } from "./moments.ts";

const TABLE = "shop.worked";
/** The pause between two transactions at the source: a worker that is slow to start does not find it much further on. */
const CHANGE_MS = 20;
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
    const workers: Forked[] = [];
    let folder: string;
    let source: MirrorSource;
    let waiting: Forked | undefined;
    let database: string | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), "penstock-killed-"));
      source = await kind.start();
      await makeWorked(source, TABLE);
      for (let step = 0; step < 30; step++) await source.change(TABLE, random);
      if (destination !== "postgres") return;
      database = await createKilled(server ?? "", uniqueId("killed"));
    }, FORKED_MS);
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await source?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, FORKED_MS);

    /** The next worker is loaded in the meantime, so that it is ready when it is needed. */
    async function start(more: Partial<MirrorOrder>): Promise<Forked> {
      if (database) await passTime(database);
      const worker = waiting ?? load();
      waiting = more.end ? undefined : load();
      await worker.says();
      const { connector, fields } = source;
      worker.tell({ tenant, connector, fields, table: TABLE, ...more } satisfies MirrorOrder);
      return worker;
    }

    function load(): Forked {
      const worker = new Forked("tests/mirror-victim.ts", {
        PENSTOCK_LOG_LEVEL: "fatal",
        PENSTOCK_DATA_DIR: path.join(folder, "data"),
        PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1/32",
        ...(database && {
          DATABASE_URL: database,
          PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
        }),
      });
      workers.push(worker);
      return worker;
    }

    test.each(kills.map((kill, at) => ({ at, kill })))(
      "$at: $kill",
      async ({ kill }) => {
        tell?.("begun");
        const worker = await start(kill === "anytime" ? {} : { moment: kill });
        let over = false;
        const ended = worker.ended.finally(() => {
          over = true;
        });
        const changing = (async () => {
          while (!over) {
            // Where a table is emptied meanwhile there are only new rows: a moment amid changed ones would be one of luck.
            await source.change(TABLE, random, kill === "anytime");
            await delay(CHANGE_MS);
          }
        })();
        if (kill === "anytime") {
          await worker.says();
          await delay(Math.floor(random() * ALIVE_MS));
          await worker.kill();
        }
        expect(await ended).toBe("SIGKILL");
        await changing;
        tell?.("passed");
      },
      FORKED_MS,
    );

    test(
      "and in the end source and mirror are equal",
      async () => {
        const worker = await start({ end: { look: source.mirrored(destination, "shop.t") } });
        await worker.says();
        const report = await worker.says<MirrorReport>();
        await worker.ended;
        const rows = await source.rows(TABLE);
        expect({ seed, rows: report.rows.map(rowText) }).toEqual({ seed, rows });
        // A run whose workers die again and again is given up in the end; the next one goes on from where it was.
        const others = report.runs.filter(({ error }) => error !== "worker_lost");
        expect(others.filter(({ status, balanced }) => status !== "completed" || !balanced)).toEqual([]);
        expect(others.length).toBeGreaterThan(0);
        expect(report.feeds).toBe(1);
        if (source.followers) expect(await source.followers()).toBe(1);
      },
      FORKED_MS,
    );
  });
}
