import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "#lib/migrate.ts";
import { uniqueId } from "#tests/factories.ts";
import { passTime } from "#tests/killing/database.ts";
import { FORKED_MS, Forked } from "#tests/killing/forked.ts";
import type { WatermarkOrder, WatermarkReport } from "#tests/watermark-victim.ts";

const url = inject("postgresUrl") ?? "";

describe.skipIf(!url)("a worker killed about the commit of a load that remembers how far it got", () => {
  const workers: Forked[] = [];
  let folder: string;
  let admin: pg.Client;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await admin.end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(databaseUrl: string, order: WatermarkOrder): Promise<Forked> {
    const worker = new Forked("tests/watermark-victim.ts", {
      PENSTOCK_LOG_LEVEL: "error",
      DATABASE_URL: databaseUrl,
      PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
      PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1/32",
      PENSTOCK_DATA_DIR: mkdtempSync(path.join(folder, "worker-")),
    });
    workers.push(worker);
    await worker.says();
    worker.tell(order);
    return worker;
  }

  const SOURCE = "before the app writes down how far was read";
  const byTarget = [
    ["while the load is committed", undefined],
    ["when the load is committed", 1000],
  ] as const;

  test.each([
    ...[false, true].map((giveUp) => ({ by: "source", stop: SOURCE, giveUp, kept: 1000 }) as const),
    ...byTarget.flatMap(([stop, kept]) =>
      [false, true].map((giveUp) => ({ by: "target", stop, giveUp, kept }) as const),
    ),
  ])(
    "loads no row twice and loses none: told by the $by, killed $stop, given up: $giveUp",
    async ({ by, stop, giveUp, kept }) => {
      const [name, tenant, source] = [uniqueId("killed"), uniqueId("t"), uniqueId("orders")];
      await admin.query(`create role ${name} login password 'secret' createdb createrole`);
      await admin.query(`create database ${name} owner ${name}`);
      const at = Object.assign(new URL(url), { username: name, password: "secret", pathname: `/${name}` });
      const pool = new pg.Pool({ connectionString: at.href, max: 1 });
      await migrate(pool, path.resolve("prisma/migrations"));
      await pool.end();
      await admin.query(`create table ${source} as select i as id from generate_series(1, 1000) i`);
      const { hostname, port, username, password, pathname } = new URL(url);
      const [host, database] = [hostname, pathname.slice(1)];
      const fields = { host, port: Number(port), username, password, database, sslmode: "disable" };
      const [reading, loading] =
        by === "source"
          ? [{ syncMode: "incremental", cursorField: "id" }, { loadMode: "append" }]
          : [{ syncMode: "full_refresh" }, { loadMode: "incremental_watermark", watermarkColumn: "id" }];
      const config = { stream: `public.${source}`, ...reading };
      const ir = {
        kind: "pipeline",
        version: "1.0",
        id: "p",
        metadata: { name: "P" },
        nodes: [
          { id: "src", kind: "source", connector: "postgres", sourceRef: "shop", config },
          { id: "out", kind: "target", input: "src", schema: "shop.t", ...loading },
        ],
      };
      const victim = await start(at.href, { tenant, begin: { fields, ir, stop }, table: "shop.t" });
      expect(await victim.ended).toBe("SIGKILL");
      await passTime(at.href);
      await admin.query(`insert into ${source} select i from generate_series(1001, 1500) i`);
      const next = await start(at.href, { tenant, giveUp, table: "shop.t" });
      const report = await next.says<WatermarkReport>();
      await next.ended;
      // What had committed stays with the run that died, or is found by the next; the rest comes with whoever loads next.
      const rowsOut = 1500 - (kept ?? 0);
      expect(report).toMatchObject({
        runs: [
          giveUp ? { status: "cancelled" } : { status: "completed" },
          { status: "completed", ...(kept !== undefined && { rowsOut }) },
        ],
        rows: 1500,
        distinct: 1500,
      });
    },
    FORKED_MS,
  );
});
