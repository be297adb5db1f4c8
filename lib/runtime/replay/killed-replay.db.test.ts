import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "#lib/migrate.ts";
import { uniqueId } from "#tests/factories.ts";
import { passTime } from "#tests/killing/database.ts";
import { FORKED_MS, Forked } from "#tests/killing/forked.ts";
import { REPLAY_STOPS, type ReplayStop } from "#tests/killing/replay-stops.ts";
import type { ReplayOrder, ReplayReport } from "#tests/replay-victim.ts";

const url = inject("postgresUrl") ?? "";

/** An embedded database takes long to open: there the moments that differ most. */
const STOPS: Record<"embedded" | "postgres", ReplayStop[]> = {
  embedded: ["while the load is committed", "before the rows are marked", "when the marks are committed"],
  postgres: Object.keys(REPLAY_STOPS) as ReplayStop[],
};

for (const engine of ["embedded", "postgres"] as const)
  describe.skipIf(engine === "postgres" && !url)(`a worker killed while it replays rows (${engine})`, () => {
    const workers: Forked[] = [];
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    });
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      rmSync(folder, { recursive: true, force: true });
    });

    async function start(place: Record<string, string>, order: ReplayOrder): Promise<Forked> {
      const worker = new Forked("tests/replay-victim.ts", {
        PENSTOCK_LOG_LEVEL: "error",
        PENSTOCK_READ_ROOTS: `${order.tenant}=${folder}`,
        PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
        ...place,
      });
      workers.push(worker);
      await worker.says();
      worker.tell(order);
      return worker;
    }

    /** A database that no other test uses, and a data folder. */
    async function newPlace(): Promise<Record<string, string>> {
      const data = { PENSTOCK_DATA_DIR: mkdtempSync(path.join(folder, "data-")) };
      if (engine === "embedded") return data;
      const name = uniqueId("replayed");
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      await admin.query(`create role ${name} login password 'secret' createdb createrole`);
      await admin.query(`create database ${name} owner ${name}`);
      await admin.end();
      const at = Object.assign(new URL(url), { username: name, password: "secret", pathname: `/${name}` });
      const pool = new pg.Pool({ connectionString: at.href, max: 1 });
      await migrate(pool, path.resolve("prisma/migrations"));
      await pool.end();
      return { ...data, DATABASE_URL: at.href };
    }

    test.each(STOPS[engine])(
      "loads each row once and marks what it loaded: killed %s",
      async (stop) => {
        const place = await newPlace();
        const file = path.join(folder, "orders.csv");
        const rows = ["1,a@b.co", "2,nobody", "3,nobody", "4,d@e.co", "5,nobody"];
        writeFileSync(file, `id,email\n${rows.join("\n")}\n`);
        const columns = [
          { name: "id", type: "bigint" },
          { name: "email", type: "string" },
        ];
        const ir = {
          kind: "pipeline",
          version: "1.0",
          id: "p",
          metadata: { name: "P" },
          nodes: [
            {
              id: "src",
              kind: "source",
              connector: "local_fs",
              config: { path: file, format: { type: "csv", columns } },
            },
            {
              id: "check",
              kind: "validate",
              input: "src",
              rowLevel: [{ id: "mail", field: "email", rule: "email" }],
            },
            { id: "out", kind: "target", input: "check", schema: "shop.t", loadMode: "append" },
          ],
        };
        const order = { tenant: uniqueId("t"), table: "shop.t" };
        const mended = { 2: "b@c.co", 3: "c@d.co" };
        const victim = await start(place, { ...order, begin: { ir, mended, stop } });
        expect(await victim.ended).toBe("SIGKILL");
        if (place.DATABASE_URL) await passTime(place.DATABASE_URL);
        const next = await start(place, order);
        const report = await next.says<ReplayReport>();
        await next.ended;
        const [, replay] = report.runs;
        expect(report.ids).toEqual(["1", "2", "3", "4"]);
        expect(report.states).toEqual({ 2: "loaded", 3: "loaded", 5: "rejected_again" });
        expect(replay).toMatchObject({
          ...{ status: "completed_with_errors", balanced: true },
          ...{ rowsRead: 3, rowsOut: 2, rowsRejected: 1 },
        });
        expect(report.runs).toHaveLength(2);
      },
      FORKED_MS,
    );
  });
