import { execFileSync } from "node:child_process";
import path from "node:path";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { createTenant } from "#lib/settings/index.ts";
import { findPostgres, type PostgresServer } from "#tests/services.ts";
import { TENANT } from "./sample.ts";

/** Makes a migrated database with the benches' tenant in it. @returns a key that may write events. */
export async function prepareDatabase(server: PostgresServer, name: string): Promise<string> {
  await server.createDatabase(name);
  return withDatabase(server.databaseUrl(name), async (database, ctx) => {
    await migrate(database.pool, path.resolve("prisma/migrations"));
    await createTenant(database.db, { id: TENANT, name: "Bench", flowIrEnabled: false });
    return (await createApiKey({ ctx, input: { name: "Bench", roles: ["ROLE_AGENT", "ROLE_ADMIN"] } }))
      .secret;
  });
}

/** Where the product keeps its open database. */
const SLOT = Symbol.for("penstock.database");

/** Opens a database for a moment, as the product's own. */
export async function withDatabase<T>(
  url: string,
  work: (database: Database, ctx: Ctx) => Promise<T>,
): Promise<T> {
  const database = connectServer(url);
  const actor = { id: "bench", kind: "user" } as const;
  const ctx: Ctx = { tenant: TENANT, actor, roles: ["ROLE_ADMIN"], requestId: "bench", db: database.db };
  const slot = globalThis as { [SLOT]?: Promise<Database> };
  slot[SLOT] = Promise.resolve(database);
  try {
    return await work(database, ctx);
  } finally {
    slot[SLOT] = undefined;
    await database.close();
  }
}

/** Runs psql on a database and gives what it prints. */
export function psql(url: string, ...args: string[]): string {
  return execFileSync(
    path.join(findPostgres() ?? "", "psql"),
    [url, "-qAtX", "-v", "ON_ERROR_STOP=1", ...args],
    {
      encoding: "utf8",
      maxBuffer: 16 * 1_048_576,
    },
  );
}
