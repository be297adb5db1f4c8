import { randomBytes } from "node:crypto";
import path from "node:path";
import pg from "pg";
import { beforeAll, describe, inject } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database, openEmbedded } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { migrate } from "#lib/migrate.ts";
import { TEMPLATE } from "./postgres-once.ts";

/** The two ways the product keeps its data; every database test runs on both. */
export const engines = ["embedded", "postgres"] as const;
export type Engine = (typeof engines)[number];

/** What a database test is handed. */
export type DatabaseTest = {
  engine: Engine;
  /** The engine's database, migrated; `openDatabase()` gives the same one while the tests run. */
  database: () => Database;
  /** A new tenant (with a workspace and its settings) and an admin in it; members given replace the defaults. */
  testCtx: (given?: Partial<Ctx>) => Promise<Ctx>;
};

const SLOT = Symbol.for("penstock.database");
const OPENED = Symbol.for("penstock.test-databases");
const shared = globalThis as {
  [SLOT]?: Promise<Database>;
  [OPENED]?: Map<Engine, Promise<Database>>;
};

/**
 * Declares the same tests on the embedded engine and on PostgreSQL. Both are opened once per test process; each
 * process has databases of its own, each test its own tenant by `testCtx()`.
 */
export function withDatabase(title: string, declare: (use: DatabaseTest) => void): void {
  for (const engine of engines) {
    const missing = engine === "postgres" && !inject("postgresUrl");
    const name = `${title} (${engine}${missing ? ": skipped, PostgreSQL is not installed" : ""})`;
    describe.skipIf(missing)(name, () => {
      let opened: Database | undefined;
      const database = () => {
        if (!opened) throw new Error("The database is open inside tests and hooks only");
        return opened;
      };
      beforeAll(async () => {
        const promise = openOnce(engine);
        shared[SLOT] = promise;
        opened = await promise;
      });
      declare({ engine, database, testCtx: (given) => createCtx(database(), given) });
    });
  }
}

/** Two characters of kind and ten random ones: unique over all tests of a run. */
export function uniqueId(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString("hex")}`;
}

async function createCtx(database: Database, given: Partial<Ctx> = {}): Promise<Ctx> {
  const tenant = given.tenant ?? uniqueId("t");
  const { db } = database;
  await db.tenant.upsert({
    where: { id: tenant },
    update: {},
    create: {
      id: tenant,
      name: tenant,
      setting: { create: { flowIrEnabled: true } },
      workspaces: { create: { id: uniqueId("w"), name: "main" } },
    },
  });
  const actor = { id: uniqueId("u"), name: "Test user", kind: "user" } as const;
  return { tenant, actor, roles: ["ROLE_ADMIN"], requestId: uniqueId("req"), db, ...given };
}

function openOnce(engine: Engine): Promise<Database> {
  shared[OPENED] ??= new Map();
  const known = shared[OPENED].get(engine);
  if (known) return known;
  const opening = engine === "embedded" ? openFresh() : openClone();
  shared[OPENED].set(engine, opening);
  return opening;
}

async function openFresh(): Promise<Database> {
  const database = await openEmbedded(path.join(env().dataDir, "database"));
  await migrate(database.pool, path.resolve("prisma/migrations"));
  return database;
}

async function openClone(): Promise<Database> {
  const url = new URL(inject("postgresUrl") ?? "");
  const name = `test_${process.pid}_${randomBytes(3).toString("hex")}`;
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`create database "${name}" template "${TEMPLATE}"`);
  await admin.end();
  url.pathname = `/${name}`;
  return connectServer(url.href);
}
