import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { Connection, RowStatement, SnowflakeError } from "snowflake-sdk";
import { limits } from "#lib/limits.ts";
import { outboundAgents } from "#lib/outbound.ts";
import { codedError } from "../network/coded-error.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { loadSdk } from "./load-sdk.ts";
import { quoteName, storedName } from "./names.ts";

/** Where an account is reached. */
export type Place = { url: string; host: string; port: number; encrypted: boolean };

/** An account's host has hyphens where its name has underscores: no certificate is for the others. */
export function placeOf({ account, access_url }: SnowflakeSourceConfig): Place {
  const url = new URL(
    access_url ?? `https://${account.toLowerCase().replaceAll("_", "-")}.snowflakecomputing.com`,
  );
  const encrypted = url.protocol === "https:";
  return { url: url.origin, host: url.hostname, port: Number(url.port || (encrypted ? 443 : 80)), encrypted };
}

type Row = (string | null)[];

/** A session: signed in, with a role. */
export type SnowflakeLink = {
  /** Runs a statement; all rows as text. */
  query: (sql: string) => Promise<Row[]>;
  /** Runs a statement whose rows are read one after the other; each is a list of its values. */
  stream: (sql: string) => Promise<{ rows: Readable; cancel: () => void }>;
  close: () => void;
};

/** A connection that nobody needs any more goes nowhere. */
class ClosedAgent extends Agent {
  override createConnection(
    _options: ClientRequestArgs,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    done?.(codedError("CLOSED", "The connection was given up"), undefined as unknown as Duplex);
  }
}

/**
 * Signs in, as the role that is configured; whatever the library opens goes through the guard.
 * @throws Error of the library, with Snowflake's number as its `code`, or the signal's reason
 */
export async function signIn(config: SnowflakeSourceConfig, signal?: AbortSignal): Promise<SnowflakeLink> {
  const sdk = await loadSdk();
  const agents = outboundAgents();
  let closed = false;
  const connection = sdk.createConnection({
    account: config.account,
    accessUrl: placeOf(config).url,
    username: config.username,
    role: storedName(config.role),
    ...(config.private_key
      ? { authenticator: "SNOWFLAKE_JWT", privateKey: config.private_key }
      : { password: config.password ?? "" }),
    application: "Penstock",
    rowMode: "array",
    clientSessionKeepAlive: false,
    timeout: limits.checkMs,
    sfRetryMaxLoginRetries: 0,
    resultPrefetch: 2,
    agentClass: ({ protocol }: { protocol: string }) => {
      const agent = protocol === "https:" ? agents.https : agents.http;
      return closed ? Object.assign(new ClosedAgent(), { protocol }) : agent;
    },
  } as never);
  const close = () => {
    if (closed) return;
    signal?.removeEventListener("abort", close);
    const end = () => {
      closed = true;
      agents.http.destroy();
      agents.https.destroy();
    };
    // Told to end at the server, but not waited for longer than a moment.
    const late = setTimeout(end, CLOSE_MS);
    late.unref();
    const told = () => {
      clearTimeout(late);
      end();
    };
    if (connection.isUp() && !signal?.aborted) connection.destroy(told);
    else told();
  };
  signal?.addEventListener("abort", close, { once: true });
  try {
    await unlessAborted<void>(signal, (resolve, reject) =>
      connection.connect((error) => (error ? reject(error) : resolve())),
    );
  } catch (error) {
    close();
    throw error;
  }
  return {
    query: (sql) =>
      unlessAborted<Row[]>(signal, (resolve, reject) =>
        execute(connection, sql, false, reject, (_statement, rows) =>
          resolve(rows.map((row) => row.map((value) => (value === null ? null : String(value))))),
        ),
      ),
    stream: (sql) =>
      unlessAborted(signal, (resolve, reject) =>
        execute(connection, sql, true, reject, (statement) =>
          resolve({ rows: statement.streamRows(), cancel: () => statement.cancel(() => undefined) }),
        ),
      ),
    close,
  };
}

/** How long the server is given to hear that a session ends. */
const CLOSE_MS = 2_000;

function execute(
  connection: Connection,
  sqlText: string,
  streamResult: boolean,
  reject: (error: unknown) => void,
  resolve: (statement: RowStatement, rows: unknown[][]) => void,
): void {
  const complete = (error: SnowflakeError | undefined, statement: unknown, rows?: unknown[]) =>
    error ? reject(error) : resolve(statement as RowStatement, (rows ?? []) as unknown[][]);
  connection.execute({ sqlText, streamResult, rowMode: "array", complete });
}

function unlessAborted<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const settle =
      <V>(then: (value: V) => void) =>
      (value: V) => {
        signal?.removeEventListener("abort", abort);
        then(value);
      };
    start(settle(resolve), settle(reject));
  });
}

/** What a session is set to, in order, each with the field that it comes from. */
export function sessionStatements(config: SnowflakeSourceConfig): { field: string; sql: string }[] {
  const name = (typed: string) => quoteName(storedName(typed));
  return [
    { field: "warehouse", sql: `USE WAREHOUSE ${name(config.warehouse)}` },
    { field: "database", sql: `USE DATABASE ${name(config.database)}` },
    { field: "schema", sql: `USE SCHEMA ${name(config.database)}.${name(config.schema)}` },
    { field: "account", sql: SESSION },
  ];
}

/** Dates and times are written as PostgreSQL reads them, whatever the account prefers; moments carry their zone. */
const SESSION =
  "ALTER SESSION SET TIMEZONE='UTC', DATE_OUTPUT_FORMAT='YYYY-MM-DD', TIME_OUTPUT_FORMAT='HH24:MI:SS.FF6', " +
  "TIMESTAMP_NTZ_OUTPUT_FORMAT='YYYY-MM-DD HH24:MI:SS.FF6', " +
  "TIMESTAMP_LTZ_OUTPUT_FORMAT='YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM', " +
  "TIMESTAMP_TZ_OUTPUT_FORMAT='YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM', BINARY_OUTPUT_FORMAT='HEX', QUERY_TAG='penstock'";

/** Signs in and sets the session up. A failure of the latter names the field that it comes from, as `field`. */
export async function connectSnowflake(
  config: SnowflakeSourceConfig,
  signal?: AbortSignal,
): Promise<SnowflakeLink> {
  const link = await signIn(config, signal);
  try {
    await setSession(config, link);
    return link;
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Chooses warehouse, database and schema, and how values are written. */
export async function setSession(config: SnowflakeSourceConfig, { query }: SnowflakeLink): Promise<void> {
  for (const { field, sql } of sessionStatements(config)) {
    try {
      await query(sql);
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { field }) : error;
    }
  }
}
