import { createHash } from "node:crypto";
import pg from "pg";
import { DataError } from "#lib/connectors/index.ts";
import { hmac } from "#lib/crypto.ts";
import { databaseCode } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";

const made = new Map<string, Promise<void>>();

/** Name of a tenant's warehouse: of its database, and of the role that owns it. */
export function warehouseName(tenant: string): string {
  const plain = /^[a-z0-9_]{1,40}$/.test(tenant);
  return `penstock_wh_${plain ? tenant : createHash("sha256").update(tenant).digest("hex").slice(0, 32)}`;
}

/**
 * Connects to a tenant's warehouse on our own server, as the role that owns it and may not connect to ours
 * or to another tenant's. Both are made on first use.
 * @throws DataError `no_warehouse` if our own role may not make them; else what the server answers.
 */
export async function connectWarehouse(tenant: string): Promise<pg.Client> {
  const name = warehouseName(tenant);
  let ready = made.get(name);
  if (!ready) {
    ready = makeWarehouse(name, tenant).catch((error: unknown) => {
      throw databaseCode(error) === "42501" ? noWarehouse(error) : error;
    });
    made.set(name, ready);
    ready.catch(() => made.delete(name));
  }
  await ready;
  return connect({ ...ownServer(), database: name, user: name, password: passwordOf(tenant) });
}

/** Removes a tenant's warehouse for good. */
export async function dropPostgresWarehouse(tenant: string): Promise<void> {
  const name = sqlIdentifier(warehouseName(tenant));
  made.delete(warehouseName(tenant));
  await asAdmin(async (admin) => {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`drop role if exists ${name}`);
  });
}

const noWarehouse = (cause: unknown) =>
  new DataError(
    "no_warehouse",
    "There is no built-in warehouse here: the database role that Penstock uses may not create databases and roles",
    {
      hint: "Name a destination in the target; or have the operator give that role CREATEDB and CREATEROLE",
      cause,
    },
  );

const passwordOf = (tenant: string) => hmac("seal", `warehouse ${tenant}`);

function ownServer(): pg.ClientConfig {
  const url = new URL(env().DATABASE_URL ?? "");
  const ssl = url.searchParams.get("sslmode");
  return {
    host: decodeURIComponent(url.hostname.replace(/^\[|\]$/g, "")),
    port: Number(url.port || 5432),
    ...(ssl && ssl !== "disable" && { ssl: { rejectUnauthorized: ssl.startsWith("verify") } }),
    connectionTimeoutMillis: limits.connectMs,
    application_name: "penstock",
  };
}

/** A server that goes away fails the query under way; it must not end the process. */
async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connect({
    connectionString: env().DATABASE_URL,
    connectionTimeoutMillis: limits.connectMs,
  });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function makeWarehouse(name: string, tenant: string): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.query("select pg_advisory_lock(hashtextextended($1, 0))", [name]);
    const role = sqlIdentifier(name);
    const attributes = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls";
    const password = `password ${sqlLiteral(passwordOf(tenant))}`;
    const roles = await admin.query("select 1 from pg_roles where rolname = $1", [name]);
    // Only a superuser may name these attributes of a role that exists, even to leave them as they are.
    await admin.query(
      roles.rows.length > 0
        ? `alter role ${role} ${password}`
        : `create role ${role} ${attributes} ${password}`,
    );
    const databases = await admin.query("select 1 from pg_database where datname = $1", [name]);
    if (databases.rows.length === 0) {
      await admin.query(`grant ${role} to current_user`);
      await admin.query(`create database ${role} owner ${role} template template0 encoding 'UTF8'`);
      await admin.query(`revoke all on database ${role} from public`);
    }
    await closeOwn(admin);
  });
}

/** Takes the right to connect to our own database from everyone; other databases on the server are not ours to close. */
async function closeOwn(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select datname as name from pg_database where datname = current_database()
     and pg_has_role(datdba, 'member') and has_database_privilege('public', oid, 'connect')`,
  );
  for (const { name } of rows)
    await admin.query(`revoke connect on database ${sqlIdentifier(name)} from public`);
}
