import path from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { type Prisma, PrismaClient } from "../generated/prisma/client.ts";
import { env } from "./env.ts";
import { lockFolder } from "./folder-lock.ts";
import { keepTables } from "./keep-tables.ts";
import { migrate } from "./migrate.ts";
import { statementName, statementNames } from "./statement-names.ts";

export { Prisma } from "../generated/prisma/client.ts";

/** The typed client. One schema, two engines behind it. */
export type Db = PrismaClient;
/** The client inside a transaction. */
export type Tx = Prisma.TransactionClient;
/** A value that a JSON column takes. */
export type JsonInput = Prisma.InputJsonValue;

/** An open database: the typed client, the pool beneath it, and how to close both. */
export type Database = {
  db: Db;
  pool: pg.Pool;
  /** The embedded engine, if there is no server. */
  lite?: PGlite;
  close: () => Promise<void>;
};

/**
 * One statement straight to the pool, prepared under a name: for those that somebody waits for so often that Prisma's
 * share of the time counts. Rows come as the driver gives them.
 */
export async function queryDirect<T>(db: Db, { text, values }: Prisma.Sql): Promise<T[]> {
  const pool = pools().get(db);
  if (!pool) throw new Error("This client was not opened here");
  return (await pool.query({ name: statementName(text), text, values })).rows as T[];
}

const TRANSACTION = { maxWait: 15_000, timeout: 15_000 } as const;
const MIGRATIONS = path.resolve(import.meta.dirname ?? process.cwd(), "../prisma/migrations");
const SLOT = Symbol.for("penstock.database");
const POOLS = Symbol.for("penstock.pools");
const store = globalThis as { [SLOT]?: Promise<Database>; [POOLS]?: WeakMap<Db, pg.Pool> };

/** The pool beneath each client, whichever copy of this module opened it. */
function pools(): WeakMap<Db, pg.Pool> {
  store[POOLS] ??= new WeakMap();
  return store[POOLS];
}

/**
 * The process's database, opened and migrated on first use. The server and Next's bundle hold separate copies of this
 * module, so the promise lives on `globalThis`.
 * @throws Error if the data folder is held by another process or the server cannot be reached.
 */
export function openDatabase(): Promise<Database> {
  store[SLOT] ??= open().catch((error) => {
    store[SLOT] = undefined;
    throw error;
  });
  return store[SLOT];
}

/** The typed client of {@link openDatabase}. */
export async function getDb(): Promise<Db> {
  return (await openDatabase()).db;
}

/** Closes the process's database, if it is open. */
export async function closeDatabase(): Promise<void> {
  const opened = store[SLOT];
  store[SLOT] = undefined;
  await (await opened)?.close();
}

async function open(): Promise<Database> {
  const { DATABASE_URL, dataDir } = env();
  const database = DATABASE_URL
    ? connectServer(DATABASE_URL)
    : await openEmbedded(path.join(dataDir, "database"));
  try {
    await migrate(database.pool, migrationsFolder());
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
  return database;
}

function migrationsFolder(): string {
  return MIGRATIONS.includes(".next") ? path.resolve("prisma/migrations") : MIGRATIONS;
}

/**
 * A connection that is closed from the other side must not end the process, whether idle or in use: its query fails, the
 * next one has another connection.
 */
function hearLosses(pool: pg.Pool): void {
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
}

/** Opens a pool to a PostgreSQL server. */
export function connectServer(connectionString: string, max = 10): Database {
  // Our queries are short: compiling one takes longer than running it. Prisma writes instants in UTC without saying so.
  const onConnect = (client: pg.ClientBase) => client.query("set jit = off; set timezone = 'UTC'");
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 10_000, onConnect });
  hearLosses(pool);
  const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() });
  const db = new PrismaClient({ adapter, transactionOptions: TRANSACTION });
  pools().set(db, pool);
  return {
    db,
    pool,
    close: async () => {
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** Opens the embedded engine in a folder, held for this process alone. */
export async function openEmbedded(folder: string): Promise<Database> {
  const release = await lockFolder(folder);
  const [{ PGlite }, { pg_trgm }, { vector }, { createPgConfig }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite/contrib/pg_trgm"),
    import("@electric-sql/pglite-pgvector"),
    import("@electric-sql/pglite/node-postgres"),
  ]);
  const lite = await PGlite.create({ dataDir: path.join(folder, "files"), extensions: { pg_trgm, vector } });
  const config = createPgConfig(lite);
  // adapter-pg hands over a parser object where the embedded engine wants a list of type ids.
  const connection = config.connection as unknown as { parse: (query: { types?: unknown }) => unknown };
  const parse = connection.parse.bind(connection);
  connection.parse = (query) =>
    parse({ ...query, types: Array.isArray(query.types) ? query.types : undefined });
  const pool = new pg.Pool({ ...(config as pg.PoolConfig), idleTimeoutMillis: 0, max: 1 });
  hearLosses(pool);
  // After a failed statement the pool would close its connection; this engine has only the one.
  pool.query = (async (...args: Parameters<pg.ClientBase["query"]>) => {
    const client = await pool.connect();
    try {
      return await client.query(...args);
    } finally {
      client.release();
    }
  }) as unknown as pg.Pool["query"];
  const db = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
    transactionOptions: TRANSACTION,
  });
  pools().set(db, pool);
  const leave = keepTables(pool);
  const close = async () => {
    leave();
    await db.$disconnect();
    await pool.end();
    await lite.close();
    await release();
  };
  return { db, pool, lite, close };
}

/** The SQLSTATE or Prisma code of a database error, if it is one. */
export function databaseCode(error: unknown): string | undefined {
  if (error && typeof error === "object" && "code" in error && typeof error.code === "string")
    return error.code;
  return undefined;
}

/** True if a unique constraint refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  const code = databaseCode(error);
  return code === "P2002" || code === "23505";
}
