import path from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "#lib/migrate.ts";
import { findPostgres, startPostgres } from "./services.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A superuser's connection string, or undefined where no server is installed. */
    postgresUrl: string | undefined;
  }
}

/** The migrated database that each test process clones. */
export const TEMPLATE = "penstock_template";

/** Starts one PostgreSQL for the run. A missing server fails in CI and is a named skip elsewhere. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!findPostgres() && process.env.CI !== "true") {
    project.provide("postgresUrl", undefined);
    return undefined;
  }
  const server = await startPostgres();
  try {
    await server.createDatabase(TEMPLATE);
    const pool = new pg.Pool({ connectionString: server.databaseUrl(TEMPLATE), max: 1 });
    await migrate(pool, path.resolve("prisma/migrations"));
    await pool.end();
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("postgresUrl", server.url);
  return server.stop;
}
