import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { openEmbedded } from "#lib/db.ts";
import { putKey, type Served, serve } from "./serve.ts";
import { startPostgres } from "./services.ts";

/** The database that a server keeps its data in. */
export type Engine = "embedded" | "postgres";

/** Runs a statement and gives its rows. */
export type Rows = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** The data of a server that is killed and started again on them. */
export type RestartedServer = {
  /** The connection string of its database, unless that is embedded. */
  url: string | undefined;
  start: () => Promise<Served>;
  /** Makes an administrator's key, once it has been started. */
  makeKey: () => Promise<string>;
  /** Looks into its database while it does not run. */
  look: <T>(use: (rows: Rows) => Promise<T>) => Promise<T>;
  remove: () => Promise<void>;
};

/** Makes an empty folder or database for a server. @param env what it gets beside its data's place. */
export async function openRestarted(engine: Engine, env: Record<string, string>): Promise<RestartedServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-restarted-"));
  const postgres = engine === "postgres" ? await startPostgres() : undefined;
  await postgres?.createDatabase("restarted");
  const url = postgres?.databaseUrl("restarted");
  return {
    url,
    start: () =>
      serve({
        PENSTOCK_DATA_DIR: folder,
        ...(url && { DATABASE_URL: url, PENSTOCK_SECRET_KEY: "only for tests, and long enough for one" }),
        ...env,
      }),
    makeKey: async () => (url ? putKey(url) : readFileSync(path.join(folder, "dev-key"), "utf8").trim()),
    look: async (use) => {
      if (url) {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return use(async (sql, values) => (await client.query(sql, values)).rows).finally(() => client.end());
      }
      const { pool, close } = await openEmbedded(path.join(folder, "database"));
      return use(async (sql, values) => (await pool.query(sql, values)).rows).finally(close);
    },
    remove: async () => {
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
