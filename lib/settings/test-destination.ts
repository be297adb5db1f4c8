import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import pg from "pg";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { type Reachable, reach } from "#lib/outbound.ts";
import { redactText } from "#lib/redact.ts";
import { type Finding, findingFor } from "./connection-findings.ts";
import { findDestination, openDestination, type PostgresConfig } from "./load-destination.ts";
import { clientConfig, tlsOptions } from "./postgres-connection.ts";
import { type DestinationTestSchema, type STAGES, TestDestinationInput } from "./schema.ts";

/** What came of trying a destination. */
export type DestinationTest = z.infer<typeof DestinationTestSchema>;
type Stage = (typeof STAGES)[number];
type Draft = { config: PostgresConfig; password: string };

/** Tries a saved destination. @throws AppError `permission_denied`, `destination_not_found` */
export async function testDestination({ ctx, id }: { ctx: Ctx; id: string }): Promise<DestinationTest> {
  requirePermission(ctx, "settings.write");
  return tryPostgres(openDestination(await findDestination(ctx.db, ctx.tenant, id)));
}

/** Tries a configuration that is not saved yet. @throws AppError `permission_denied` */
export async function testDestinationDraft({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof TestDestinationInput>;
}): Promise<DestinationTest> {
  requirePermission(ctx, "settings.write");
  return tryPostgres(TestDestinationInput.parse(input));
}

/** Goes stage by stage, name → socket → TLS → password → database → rights, and stops at the first that fails. */
async function tryPostgres(draft: Draft): Promise<DestinationTest> {
  const stages: DestinationTest["stages"] = [];
  const { config } = draft;
  let target: Reachable | undefined;
  const step = async (stage: Stage, run: () => Promise<string>): Promise<boolean> => {
    const started = performance.now();
    const finish = (ok: boolean, { message, field }: Finding) => {
      const ms = Math.round(performance.now() - started);
      stages.push({ stage, ok, message: redactText(message), ...(field ? { field } : {}), ms });
      return ok;
    };
    try {
      return finish(true, { message: await run() });
    } catch (error) {
      return finish(false, findingFor(stage, error, config));
    }
  };
  const reached = () => {
    if (!target) throw new AppError("internal");
    return target;
  };
  const ok =
    (await step("resolve", async () => {
      target = await reach({ host: config.host, port: config.port, database: config.database });
      const known = config.host.replace(/^\[|\]$/g, "") === target.address;
      return known
        ? `${target.address} is an address that may be reached.`
        : `${config.host} is ${target.address}.`;
    })) &&
    (await step("connect", async () => {
      (await openSocket(reached())).destroy();
      return `Port ${config.port} answers.`;
    })) &&
    (await step("tls", () => tryTls(reached(), config))) &&
    (await tryLogin(reached(), draft, step));
  return { ok, stages };
}

async function openSocket({ address, port }: Reachable): Promise<net.Socket> {
  const socket = net.connect({ host: address, port });
  socket.setTimeout(limits.connectMs, () =>
    socket.destroy(Object.assign(new Error("No answer in time"), { code: "ETIMEDOUT" })),
  );
  // Whoever waits on the socket hears of an error; one that comes when nobody waits must not end the process.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** The first bytes that a server sends. @throws Error `ECONNRESET` if it closes without a word. */
async function firstBytes(socket: net.Socket): Promise<Buffer> {
  const silent = new AbortController();
  socket.once("close", () => silent.abort());
  try {
    const [bytes] = await once(socket, "data", { signal: silent.signal });
    return bytes;
  } catch (error) {
    if (!silent.signal.aborted) throw error;
    throw Object.assign(new Error("The server closed the connection"), { code: "ECONNRESET" });
  }
}

/** PostgreSQL's SSLRequest (protocol 3.0, section 55.2.11), then the handshake. */
async function tryTls(target: Reachable, config: PostgresConfig): Promise<string> {
  const options = tlsOptions(config);
  if (!options) return "Encryption is off for this destination.";
  const socket = await openSocket(target);
  try {
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const answer = await firstBytes(socket);
    if (answer[0] !== 0x53)
      throw Object.assign(new Error("The server does not offer TLS"), { code: "NO_TLS" });
    const secure = tls.connect({ ...options, socket });
    await once(secure, "secureConnect");
    const protocol = secure.getProtocol() ?? "TLS";
    secure.destroy();
    return config.sslmode === "require"
      ? `Encrypted (${protocol}); the certificate is not checked with sslmode require.`
      : `Encrypted (${protocol}), and the certificate is the expected one.`;
  } finally {
    socket.destroy();
  }
}

type Step = (stage: Stage, run: () => Promise<string>) => Promise<boolean>;

async function tryLogin(target: Reachable, draft: Draft, step: Step): Promise<boolean> {
  const { config } = draft;
  const client = new pg.Client({ ...clientConfig(target, draft), query_timeout: limits.connectMs });
  client.on("error", () => undefined);
  let failure: unknown;
  await client.connect().catch((error) => {
    failure = error;
  });
  // The server checks the password first and names the database after it: a missing database means it was right.
  const wrongDatabase = isWrongDatabase(failure);
  try {
    return (
      (await step("authenticate", async () => {
        if (failure && !wrongDatabase) throw failure;
        return `Signed in as ${config.username}.`;
      })) &&
      (await step("database", async () => {
        if (failure) throw failure;
        const { rows } = await client.query<{ version: string }>("show server_version");
        return `Database ${config.database} is there (PostgreSQL ${rows[0]?.version}).`;
      })) &&
      (await step("privileges", () => tryPrivileges(client, config)))
    );
  } finally {
    await client.end().catch((error) => messageOf(error));
  }
}

function isWrongDatabase(error: unknown): boolean {
  const code = error && typeof error === "object" && "code" in error ? error.code : undefined;
  return code === "3D000" || code === "42501";
}

async function tryPrivileges(client: pg.Client, { schema, username }: PostgresConfig): Promise<string> {
  const { rows } = await client.query<{ create_schema: boolean; found: boolean; writable: boolean | null }>(
    `select has_database_privilege(current_database(), 'CREATE') as create_schema,
       exists (select from pg_namespace where nspname = $1) as found,
       (select has_schema_privilege(oid, 'USAGE') and has_schema_privilege(oid, 'CREATE')
         from pg_namespace where nspname = $1) as writable`,
    [schema ?? "public"],
  );
  const rights = rows[0];
  const name = schema ?? "public";
  if (rights?.writable) return `${username} may create tables in schema ${name}.`;
  if (rights && !rights.found && rights.create_schema)
    return `Schema ${name} is not there yet; it can be created.`;
  const missing = rights?.found
    ? `${username} may not create tables in schema ${name}. Grant: GRANT USAGE, CREATE ON SCHEMA "${name}" TO "${username}"`
    : `Schema ${name} does not exist and ${username} may not create it.`;
  throw Object.assign(new Error(missing), { code: "NO_PRIVILEGE" });
}
