import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId } from "#tests/factories.ts";
import { type HeldFile, startHeldFile } from "#tests/servers/held-file.ts";

const url = inject("postgresUrl") ?? "";
/** What is sealed here is opened by workers, so this process has their key, before it first looks for one. */
const SECRET_KEY = vi.hoisted(() => {
  const key = "a key of the tests, and of nothing else";
  vi.stubEnv("PENSTOCK_SECRET_KEY", key);
  return key;
});
const ROWS = 200_000;
/** Waits until something holds; a worker that was killed is missed only after some seconds. */
const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 60_000, interval: 20 });
const children = new Set<ChildProcess>();
let folder: string;
/** Its file stands still in its middle until it is released. */
let web: HeldFile;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  const lines = Array.from({ length: ROWS }, (_, id) => `${id},${id % 1000}.25,note ${id}\n`);
  web = await startHeldFile(Buffer.from(`id,amount,note\n${lines.join("")}`));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
});
afterAll(async () => {
  await web.stop();
  rmSync(folder, { recursive: true, force: true });
});

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
      connector: "http_pull",
      sourceRef: "web",
      config: {
        path: "big.csv",
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
    const fields = { url: `${web.url}/big.csv` };
    await createSource({ ctx, input: { connector: "http_pull", name: "web", fields } });
    const env = {
      DATABASE_URL: at.href,
      PENSTOCK_SECRET_KEY: SECRET_KEY,
      PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1",
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
    return { ctx, worker, select: (sql: string) => select(warehouse.href, sql), name };
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

  const request = async (ctx: Ctx, ir: Record<string, unknown>) => {
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    return (await requestRun({ ctx, input: { pipelineId } })).runId;
  };
  const at = (ctx: Ctx, runId: string) => getRunProgress({ ctx, input: { runId } });
  const ended = async (ctx: Ctx, runId: string) =>
    !["queued", "running"].includes((await at(ctx, runId)).status);

  test("load into the tenant's own database, and one that is killed in mid-run loses nothing and doubles nothing", async () => {
    const { ctx, worker, select: look, name } = await fresh("createdb createrole");
    const table = uniqueId("tab");
    const workers = [await worker(), await worker()];
    const killTheBusy = async () => {
      for (const { child, works } of workers) if (works()) return kill(child);
    };
    const runId = await request(ctx, document(`shop.${table}`, "append"));
    await until(() => workers.some(({ works }) => works()));
    await killTheBusy();
    web.release();
    await until(() => ended(ctx, runId));
    expect(await at(ctx, runId)).toMatchObject({ attempt: 2 });
    expect(await at(ctx, runId)).toMatchObject({
      status: "completed_with_errors",
      ledger: { balanced: true, read: ROWS, loaded: ROWS - 1, rejected: 1 },
    });
    const sums = `select count(*)::int as n, count(distinct id)::int as d, sum(amount)::text as s from shop.${table}`;
    const expected = ((ROWS / 1000) * ((999 * 1000) / 2) + ROWS * 0.25 - 7.25).toFixed(2);
    expect(await look(sums)).toEqual([{ n: ROWS - 1, d: ROWS - 1, s: expected }]);
    expect(await ctx.db.quarantineRow.count({ where: { runId } })).toBe(1);

    // Killed once more, now when the rows have been read.
    workers.push(await worker());
    const again = await request(ctx, document(`shop.${table}`, "truncate"));
    const past = ({ nodeId, status }: { nodeId: string; status: string }) =>
      nodeId !== "src" && status === "running";
    await until(async () => (await at(ctx, again)).nodes.some(past) || (await ended(ctx, again)));
    await killTheBusy();
    await until(() => ended(ctx, again));
    expect(await at(ctx, again)).toMatchObject({
      status: "completed_with_errors",
      ledger: { loaded: ROWS - 1 },
    });
    expect(await look(sums)).toEqual([{ n: ROWS - 1, d: ROWS - 1, s: expected }]);

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
