import { randomBytes, randomUUID, verify as verifySignature } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Duckdb, openDuckdb } from "../../lib/duckdb.ts";
import { snowflakeViews } from "./snowflake-views.ts";

/** Rows that stand in the answer itself, and in each chunk that is fetched by its address. */
const INLINE = 500;
const CHUNK = 5_000;

/** What the account has. Names are as Snowflake keeps them: in capitals. */
export type SnowflakeAccount = {
  account: string;
  user: string;
  password: string;
  /** PEM; the other way to sign in. */
  publicKey?: string;
  roles: string[];
  /** Names, and whether each can run. */
  warehouses: Record<string, "running" | "suspended">;
  database: string;
  schemas: string[];
  /** Roles that see every table and may read none. */
  blindRoles?: string[];
};

/** A running server. */
export type SnowflakeWire = {
  url: string;
  host: string;
  port: number;
  /** Runs statements of DuckDB in its database, to make tables. */
  run: (sql: string) => Promise<void>;
  /** What was asked, in order: method, path and, of statements, their text. */
  asked: string[];
  /** What the last client to sign in told of itself. */
  client: () => Record<string, unknown>;
  /** Every token given out so far counts as expired from now on; with `masters` it cannot be renewed either. */
  expireSessions: (masters?: boolean) => void;
  /** Holds back every answer to a statement until the function that it gives is called. */
  hold: () => () => void;
  /** The next chunk that is asked for breaks off. */
  breakChunk: () => void;
  stop: () => Promise<void>;
};

type Session = { role: string; warehouse?: string; database?: string; schema?: string };
type Refusal = { code: string; message: string; sqlState?: string };

const refuse = (code: string, message: string, sqlState?: string): never => {
  throw Object.assign(new Error(message), { refusal: { code, message, ...(sqlState && { sqlState }) } });
};

const LOGIN_FIELDS = new Set([
  ...[
    "ACCOUNT_NAME",
    "LOGIN_NAME",
    "PASSWORD",
    "AUTHENTICATOR",
    "TOKEN",
    "CLIENT_APP_ID",
    "CLIENT_APP_VERSION",
  ],
  ...["CLIENT_ENVIRONMENT", "SESSION_PARAMETERS"],
]);
const QUERY_FIELDS = new Set(["disableOfflineChunks", "sqlText", "queryContextDTO", "parameters"]);
const PARAMETERS = new Set([
  ...["TIMEZONE", "DATE_OUTPUT_FORMAT", "TIME_OUTPUT_FORMAT", "TIMESTAMP_NTZ_OUTPUT_FORMAT", "QUERY_TAG"],
  ...["TIMESTAMP_LTZ_OUTPUT_FORMAT", "TIMESTAMP_TZ_OUTPUT_FORMAT", "BINARY_OUTPUT_FORMAT"],
]);

/**
 * A server of ours that speaks what snowflake-sdk sends, strictly, and lets DuckDB run the SQL. It stands in for an
 * account that no test can have: it proves the wire and our own logic, and nothing about Snowflake's SQL.
 */
export async function startSnowflakeWire(account: SnowflakeAccount): Promise<SnowflakeWire> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-snowflake-"));
  const duckdb = await openDuckdb({
    ...{ memoryBytes: 512 * 1_048_576, threads: 1, directories: [folder], spill: folder },
    file: path.join(folder, `${account.database}.duckdb`),
  });
  for (const schema of account.schemas) await duckdb.run(`create schema if not exists "${schema}"`);
  await duckdb.run(snowflakeViews(account.database));
  const state = new State(account, duckdb);
  const server = createServer((request, response) => void state.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  state.url = `http://127.0.0.1:${port}`;
  return {
    ...{ url: state.url, host: "127.0.0.1", port, asked: state.asked },
    run: async (sql) => void (await duckdb.run(sql)),
    client: () => state.client,
    expireSessions: (masters) => state.expire(masters),
    hold: () => state.hold(),
    breakChunk: () => {
      state.broken = true;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      duckdb.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

class State {
  readonly asked: string[] = [];
  url = "";
  client: Record<string, unknown> = {};
  broken = false;
  readonly #account: SnowflakeAccount;
  readonly #duckdb: Duckdb;
  readonly #sessions = new Map<string, Session>();
  readonly #masters = new Map<string, Session>();
  readonly #expired = new Set<string>();
  readonly #chunks = new Map<string, string>();
  #held: Promise<void> | undefined;

  constructor(account: SnowflakeAccount, duckdb: Duckdb) {
    this.#account = account;
    this.#duckdb = duckdb;
  }

  expire(masters = false): void {
    for (const token of this.#sessions.keys()) this.#expired.add(token);
    if (masters) this.#masters.clear();
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    try {
      const body = await jsonOf(request);
      this.asked.push(
        `${request.method} ${url.pathname}${typeof body.sqlText === "string" ? ` ${body.sqlText}` : ""}`,
      );
      if (url.pathname.startsWith("/chunk/")) return this.#chunk(url, request, response);
      const data = await this.#handle(request, url, body);
      if (data === undefined) {
        response.statusCode = 404;
        return void response.end("<html>no such page</html>");
      }
      send(response, { success: true, code: null, message: null, data });
    } catch (error) {
      const refusal = (error as { refusal?: Refusal }).refusal ?? {
        ...{ code: "001003", sqlState: "42000" },
        message: `SQL compilation error:\n${error instanceof Error ? error.message : String(error)}`,
      };
      const { code, message, sqlState } = refusal;
      send(response, {
        success: false,
        code,
        message,
        data: { errorCode: code, sqlState, queryId: randomUUID() },
      });
    }
  }

  async #handle(request: IncomingMessage, url: URL, body: Record<string, unknown>): Promise<unknown> {
    if (request.method !== "POST") return undefined;
    switch (url.pathname) {
      case "/session/v1/login-request":
        return this.#login(url, body);
      case "/session/token-request":
        return this.#renew(request, body);
      case "/session/heartbeat":
        this.#session(request);
        return null;
      case "/session":
        if (url.searchParams.get("delete") !== "true") return undefined;
        this.#session(request);
        this.#sessions.delete(tokenOf(request));
        return null;
      case "/queries/v1/abort-request":
        this.#session(request);
        return null;
      case "/queries/v1/query-request": {
        const session = this.#session(request);
        onlyKnown(body, QUERY_FIELDS);
        if (!url.searchParams.get("requestId")) refuse("390400", "requestId is missing");
        await this.#held;
        return this.#query(session, String(body.sqlText ?? ""));
      }
    }
    return undefined;
  }

  #login(url: URL, body: Record<string, unknown>): unknown {
    const data = (body.data ?? {}) as Record<string, unknown>;
    onlyKnown(data, LOGIN_FIELDS);
    this.client = (data.CLIENT_ENVIRONMENT ?? {}) as Record<string, unknown>;
    const { account, user, password, publicKey, roles } = this.#account;
    if (String(data.ACCOUNT_NAME).toUpperCase() !== account.toUpperCase()) {
      refuse("390201", "The account is not known.");
    }
    const known = String(data.LOGIN_NAME).toUpperCase() === user;
    if (data.AUTHENTICATOR === "SNOWFLAKE_JWT") {
      if (!known || !publicKey || !signed(String(data.TOKEN), publicKey))
        refuse("390144", "JWT token is invalid.");
    } else if (!known || data.PASSWORD !== password) {
      refuse("390100", "Incorrect username or password was specified.");
    }
    const role = url.searchParams.get("roleName") ?? "PUBLIC";
    if (!roles.includes(role)) {
      refuse(
        "390189",
        `Role '${role}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
      );
    }
    const session: Session = { role };
    const master = randomBytes(16).toString("hex");
    this.#masters.set(master, session);
    return {
      ...{ token: this.#token(session), masterToken: master, validityInSeconds: 3600 },
      ...{ masterValidityInSeconds: 14_400, sessionId: 1, displayUserName: user, serverVersion: "0.0 test" },
      parameters: [{ name: "CLIENT_SESSION_KEEP_ALIVE", value: false }],
      sessionInfo: { databaseName: null, schemaName: null, warehouseName: null, roleName: role },
    };
  }

  #token(session: Session): string {
    const token = randomBytes(16).toString("hex");
    this.#sessions.set(token, session);
    return token;
  }

  #renew(request: IncomingMessage, body: Record<string, unknown>): unknown {
    const session = this.#masters.get(tokenOf(request));
    if (!session)
      return refuse("390114", "Authentication token has expired.  The user must authenticate again.");
    if (body.requestType !== "RENEW" || typeof body.oldSessionToken !== "string")
      refuse("390400", "Bad renewal");
    return {
      ...{ sessionToken: this.#token(session), validityInSecondsST: 3600, masterToken: tokenOf(request) },
      ...{ validityInSecondsMT: 14_400, sessionId: 1 },
    };
  }

  #session(request: IncomingMessage): Session {
    const token = tokenOf(request);
    if (this.#expired.has(token)) refuse("390112", "Your session has expired. Please login again.");
    return this.#sessions.get(token) ?? refuse("390104", "Session token is not valid.");
  }

  async #query(session: Session, sql: string): Promise<unknown> {
    const set = this.#setSession(session, sql);
    if (set) return this.#result([["status", set]], ["status"]);
    if (!session.warehouse && !/INFORMATION_SCHEMA|^SHOW /.test(sql)) {
      refuse(
        "000606",
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
        "57P03",
      );
    }
    const blind = this.#account.blindRoles?.includes(session.role) && !/INFORMATION_SCHEMA|^SHOW /.test(sql);
    const table = /FROM "[^"]*"\."[^"]*"\."([^"]*)"/.exec(sql)?.[1];
    if (blind && table) {
      refuse(
        "003001",
        `SQL access control error:\nInsufficient privileges to operate on table '${table}'`,
        "42501",
      );
    }
    const database = this.#account.database;
    const run = sql
      .replaceAll(`"${database}".INFORMATION_SCHEMA.`, "snowflake_views.")
      .replace(/^SHOW PRIMARY KEYS IN SCHEMA "[^"]*"\.("[^"]*")$/, (_all, schema: string) => {
        const name = schema.slice(1, -1).replaceAll("'", "''");
        return `SELECT * FROM snowflake_views.primary_keys WHERE schema_name='${name}'`;
      });
    // A session of its own: a second query on the same one would end the first in mid-answer, without a word.
    const engine = await this.#duckdb.session();
    const rows: unknown[][] = [];
    let columns: string[] = [];
    try {
      const described = await engine.rows<{ column_name: string }>(`describe ${run}`);
      columns = described.map((row) => row.column_name);
      for await (const batch of engine.batches(run)) {
        for (const row of batch)
          rows.push(columns.map((name) => (row[name] == null ? null : String(row[name]))));
      }
    } finally {
      engine.close();
    }
    return this.#result(rows, columns);
  }

  /** USE and ALTER SESSION; what is not there is refused as Snowflake refuses it. */
  #setSession(session: Session, sql: string): string | undefined {
    const missing = () =>
      refuse(
        "002043",
        "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
        "02000",
      );
    const use = /^USE (WAREHOUSE|DATABASE|SCHEMA) (?:"([^"]*)"\.)?"([^"]*)"$/.exec(sql);
    if (use) {
      const [, kind, parent, name = ""] = use;
      const { warehouses, database, schemas } = this.#account;
      if (kind === "WAREHOUSE") {
        if (!warehouses[name]) missing();
        if (warehouses[name] === "running") session.warehouse = name;
      } else if (kind === "DATABASE") {
        if (name !== database) missing();
        session.database = name;
      } else {
        if (parent !== database || !schemas.includes(name)) missing();
        session.schema = name;
      }
      return "Statement executed successfully.";
    }
    if (!sql.startsWith("ALTER SESSION SET ")) return undefined;
    for (const [, name = ""] of sql.slice(18).matchAll(/([A-Z_]+)='[^']*'/g)) {
      if (!PARAMETERS.has(name))
        refuse("001008", `SQL compilation error:\ninvalid parameter '${name}'`, "22023");
    }
    return "Statement executed successfully.";
  }

  #result(rows: unknown[][], columns: string[]): unknown {
    const chunks: unknown[] = [];
    for (let at = INLINE; at < rows.length; at += CHUNK) {
      const part = rows.slice(at, at + CHUNK);
      // A chunk is the rows with commas between them, and no brackets around.
      const text = JSON.stringify(part).slice(1, -1);
      const name = randomUUID();
      this.#chunks.set(name, text);
      const sizes = { rowCount: part.length, uncompressedSize: text.length, compressedSize: text.length };
      chunks.push({ url: `${this.url}/chunk/${name}?signature=${name.slice(0, 8)}`, ...sizes });
    }
    return {
      ...{ parameters: [], rowset: rows.slice(0, INLINE), total: rows.length, returned: rows.length },
      rowtype: columns.map((name) => ({
        ...{ name, database: "", schema: "", table: "", type: "text", nullable: true, length: 16_777_216 },
        ...{ byteLength: 16_777_216, precision: null, scale: null, collation: null },
      })),
      ...(chunks.length > 0 && { chunks, chunkHeaders: { "x-test-chunk": "1" } }),
      ...{ queryId: randomUUID(), databaseProvider: null, numberOfBinds: 0, arrayBindSupported: false },
      ...{ statementTypeId: 4096, version: 1, sendResultTime: Date.now(), queryResultFormat: "json" },
      ...{ finalDatabaseName: null, finalSchemaName: null, finalWarehouseName: null, finalRoleName: null },
    };
  }

  #chunk(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const name = url.pathname.slice("/chunk/".length);
    const text = this.#chunks.get(name);
    const allowed =
      request.headers["x-test-chunk"] === "1" && url.searchParams.get("signature") === name.slice(0, 8);
    if (text === undefined || !allowed) {
      response.statusCode = 403;
      return void response.end();
    }
    if (this.broken) {
      this.broken = false;
      return void response.destroy();
    }
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(text, { level: 1 }));
  }
}

async function jsonOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const raw = Buffer.concat(parts);
  if (raw.length === 0) return {};
  const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  return JSON.parse(text.toString("utf8")) as Record<string, unknown>;
}

function send(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(value));
}

const tokenOf = (request: IncomingMessage) =>
  /^Snowflake Token="([^"]*)"$/.exec(request.headers.authorization ?? "")?.[1] ?? "";

function onlyKnown(given: Record<string, unknown>, known: ReadonlySet<string>): void {
  const other = Object.keys(given).filter((name) => !known.has(name));
  if (other.length > 0) refuse("390400", `Unknown fields: ${other.join(", ")}`);
}

/** Whether the token was made with the private key that belongs to this public one. */
function signed(token: string, publicKey: string): boolean {
  const [head, payload, signature] = token.split(".");
  const text = Buffer.from(`${head}.${payload}`);
  return verifySignature("sha256", text, publicKey, Buffer.from(signature ?? "", "base64url"));
}
