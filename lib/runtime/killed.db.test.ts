import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { uniqueId } from "#tests/factories.ts";

const url = inject("postgresUrl") ?? "";
const ROWS = 200_000;
/** Waits until something holds; a worker that was killed is missed only after some seconds. */
const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 60_000, interval: 20 });
const children = new Set<ChildProcess>();
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  file = path.join(folder, "big.csv");
  const lines = function* () {
    yield "id,amount,note\n";
    for (let id = 0; id < ROWS; id++) yield `${id},${id % 1000}.25,note ${id}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    env: { NODE_ENV: "test", PATH: process.env.PATH, PENSTOCK_LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

const document = (table: string, loadMode: string) => ({
  kind: "pipeline",
  version: "1.0",
  id: uniqueId("p").replace("_", "-"),
  metadata: { name: "P" },
  nodes: [
    {
      id: "src",
      kind: "source",
      connector: "local_fs",
      config: {
        path: file,
        format: {
          type: "csv",
          columns: [
            { name: "id", type: "bigint" },
            { name: "amount", type: "decimal(12,2)" },
            { name: "note", type: "string" },
          ],
        },
      },
    },
    {
      id: "check",
      kind: "validate",
      input: "src",
      datasetLevel: { duplicateKey: { fields: ["id"] } },
      rowLevel: [{ id: "even", field: "id", rule: "neq:7" }],
    },
    {
      id: "out",
      kind: "target",
      input: "check",
      schema: table,
      loadMode,
      ...(loadMode === "upsert" && { upsertKey: ["id"] }),
    },
  ],
});

test("two processes on one data folder: the second is refused and says by whom", async () => {
  const data = mkdtempSync(path.join(folder, "shared-"));
  const env = { PENSTOCK_DATA_DIR: data };
  const first = start(["scripts/worker.ts"], env);
  for await (const line of createInterface({ input: first.stdout as Readable }))
    if (line.includes("the worker takes runs")) break;
  const second = start(["scripts/worker.ts"], env);
  let said = "";
  second.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(second, "close");
  expect(code).toBe(1);
  expect(said).toContain(`is in use by process ${first.pid}`);
}, 60_000);

describe.skipIf(!url)("separate workers on PostgreSQL", () => {
  const opened: Database[] = [];
  afterAll(() => Promise.all(opened.map(({ pool }) => pool.end())));

  /** A database of its own, belonging to a role with only these attributes, and a tenant in it. */
  async function fresh(attributes: string) {
    const [name, tenant] = [uniqueId("killed"), uniqueId("t")];
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create role ${name} login password 'secret' ${attributes}`);
    await admin.query(`create database ${name} owner ${name}`);
    await admin.end();
    const at = new URL(url);
    Object.assign(at, { username: name, password: "secret", pathname: `/${name}` });
    const database = connectServer(at.href);
    opened.push(database);
    await migrate(database.pool, path.resolve("prisma/migrations"));
    await createTenant(database.db, { id: tenant, name: tenant, flowIrEnabled: false });
    const ctx: Ctx = {
      tenant,
      actor: { id: "u", kind: "user" },
      roles: ["ROLE_ADMIN"],
      requestId: tenant,
      db: database.db,
    };
    const env = {
      DATABASE_URL: at.href,
      PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
      PENSTOCK_READ_ROOTS: `${tenant}=${folder}`,
    };
    const warehouse = new URL(url);
    warehouse.pathname = `/penstock_wh_${tenant}`;
    const worker = async () => {
      const data = mkdtempSync(path.join(folder, "worker-"));
      const child = start(["scripts/worker.ts"], { ...env, PENSTOCK_DATA_DIR: data });
      for await (const line of createInterface({ input: child.stdout as Readable }))
        if (line.includes("the worker takes runs")) break;
      child.stdout?.resume();
      expect(child.exitCode).toBeNull();
      const scratch = path.join(data, "scratch");
      const works = () =>
        existsSync(scratch) && readdirSync(scratch).some((name) => !name.startsWith("warehouse"));
      return { child, works };
    };
    /** Lets nobody else at a table of the warehouse. @returns lets go of it. */
    const hold = async (table: string) => {
      const client = new pg.Client({ connectionString: warehouse.href });
      await client.connect();
      await client.query(`begin; lock table ${table} in access exclusive mode`);
      return () => client.end();
    };
    return { ctx, worker, hold, select: (sql: string) => select(warehouse.href, sql), name };
  }

  async function select(connectionString: string, sql: string) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Those of this database who wait for a lock. */
  const WAITING =
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

  const request = async (ctx: Ctx, ir: Record<string, unknown>) => {
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    return (await requestRun({ ctx, input: { pipelineId } })).runId;
  };
  const at = (ctx: Ctx, runId: string) => getRunProgress({ ctx, input: { runId } });
  const ended = async (ctx: Ctx, runId: string) =>
    !["queued", "running"].includes((await at(ctx, runId)).status);

  test("load into the tenant's own database, and one that is killed in mid-run loses nothing and doubles nothing", async () => {
    const { ctx, worker, hold, select: look, name } = await fresh("createdb createrole");
    const table = uniqueId("tab");
    const workers = [await worker(), await worker()];
    const killTheBusy = async () => {
      const busy = workers.find(({ child, works }) => child.signalCode === null && works());
      if (busy) await kill(busy.child);
    };
    const sums = `select count(*)::int as n, count(distinct id)::int as d, sum(amount)::text as s from shop.${table}`;
    const sum = (ROWS / 1000) * ((999 * 1000) / 2) + ROWS * 0.25 - 7.25;

    // The first finds no table, and its worker is killed as soon as the rows have been read, if it still works then.
    const first = await request(ctx, document(`shop.${table}`, "truncate"));
    const past = ({ nodeId, status }: { nodeId: string; status: string }) =>
      nodeId !== "src" && status === "running";
    await until(async () => (await at(ctx, first)).nodes.some(past) || (await ended(ctx, first)));
    await killTheBusy();
    await until(() => ended(ctx, first));
    expect(await at(ctx, first)).toMatchObject({
      status: "completed_with_errors",
      ledger: { loaded: ROWS - 1 },
    });
    expect(await look(sums)).toEqual([{ n: ROWS - 1, d: ROWS - 1, s: sum.toFixed(2) }]);

    // The second cannot get past the table that is held here, so its worker is killed in the middle of it.
    workers.push(await worker());
    const release = await hold(`shop.${table}`);
    const second = await request(ctx, document(`shop.${table}`, "append"));
    await until(async () => (await look(WAITING)).length > 0);
    await killTheBusy();
    await release();
    await until(() => ended(ctx, second));
    expect(await at(ctx, second)).toMatchObject({
      attempt: 2,
      status: "completed_with_errors",
      ledger: { balanced: true, read: ROWS, loaded: ROWS - 1, rejected: 1 },
    });
    expect(await look(sums)).toEqual([{ n: 2 * (ROWS - 1), d: ROWS - 1, s: (2 * sum).toFixed(2) }]);
    expect(await ctx.db.quarantineRow.count({ where: { runId: second } })).toBe(1);

    const rights = `select has_database_privilege('penstock_wh_${ctx.tenant}', '${name}', 'connect') as may`;
    expect(await look(rights)).toEqual([{ may: false }]);
    expect(
      await look(
        "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_database()",
      ),
    ).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
  }, 180_000);

  test("whose role may not create databases say so, and use no shared one instead", async () => {
    const { ctx, worker, name } = await fresh("");
    await worker();
    const runId = await request(ctx, document("shop.orders", "append"));
    await until(() => ended(ctx, runId));
    const { status, error } = await at(ctx, runId);
    expect({ status, error }).toMatchObject({
      status: "failed",
      error: { code: "no_warehouse", nodeId: "out" },
    });
    expect(error?.hint).toContain("Name a destination");
    const own = new URL(url);
    own.pathname = `/${name}`;
    expect(await select(own.href, "select 1 from pg_tables where schemaname = 'shop'")).toEqual([]);
  }, 60_000);
});
