import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import { listenOn } from "./listening.ts";
import { onlyKnown, refusalOf, refuse } from "./snowflake/refusal.ts";
import { Results } from "./snowflake/results.ts";
import { Sessions, type SnowflakeAccount } from "./snowflake/sessions.ts";
import { runStatement } from "./snowflake/statements.ts";
import { snowflakeViews } from "./snowflake/views.ts";
import { serverFolder } from "./started-program.ts";

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

const QUERY_FIELDS = new Set(["disableOfflineChunks", "sqlText", "queryContextDTO", "parameters"]);

/**
 * A server of ours that speaks what snowflake-sdk sends, strictly, and lets DuckDB run the SQL. It stands in for an
 * account that no test can have: it proves the wire and our own logic, and nothing about Snowflake's SQL.
 */
export async function startSnowflakeWire(account: SnowflakeAccount): Promise<SnowflakeWire> {
  const folder = serverFolder("snowflake");
  const duckdb = await openDuckdb({
    ...{ memoryBytes: 512 * 1_048_576, threads: 1, directories: [folder], spill: folder },
    file: path.join(folder, `${account.database}.duckdb`),
  });
  for (const schema of account.schemas) await duckdb.run(`create schema if not exists "${schema}"`);
  await duckdb.run(snowflakeViews(account.database));
  const state = new Wire(account, duckdb);
  const server = createServer((request, response) => void state.answer(request, response));
  const { url, port, stop } = await listenOn(server);
  state.url = url;
  return {
    ...{ url, host: "127.0.0.1", port, asked: state.asked },
    run: async (sql) => void (await duckdb.run(sql)),
    client: () => state.sessions.client,
    expireSessions: (masters) => state.sessions.expire(masters),
    hold: () => state.hold(),
    breakChunk: () => {
      state.results.broken = true;
    },
    stop: async () => {
      await stop();
      duckdb.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

class Wire {
  readonly asked: string[] = [];
  url = "";
  readonly sessions: Sessions;
  readonly results = new Results();
  readonly #account: SnowflakeAccount;
  readonly #duckdb: Duckdb;
  #held: Promise<void> | undefined;

  constructor(account: SnowflakeAccount, duckdb: Duckdb) {
    this.#account = account;
    this.#duckdb = duckdb;
    this.sessions = new Sessions(account);
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
      if (url.pathname.startsWith("/chunk/")) return this.results.chunk(url, request, response);
      const data = await this.#handle(request, url, body);
      if (data === undefined) {
        response.statusCode = 404;
        return void response.end("<html>no such page</html>");
      }
      send(response, { success: true, code: null, message: null, data });
    } catch (error) {
      const { code, message, sqlState } = refusalOf(error);
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
        return this.sessions.login(url, body);
      case "/session/token-request":
        return this.sessions.renew(request, body);
      case "/session/heartbeat":
        this.sessions.of(request);
        return null;
      case "/session":
        if (url.searchParams.get("delete") !== "true") return undefined;
        this.sessions.end(request);
        return null;
      case "/queries/v1/abort-request":
        this.sessions.of(request);
        return null;
      case "/queries/v1/query-request": {
        const session = this.sessions.of(request);
        onlyKnown(body, QUERY_FIELDS);
        if (!url.searchParams.get("requestId")) refuse("390400", "requestId is missing");
        await this.#held;
        const answered = await runStatement(this.#account, this.#duckdb, session, String(body.sqlText ?? ""));
        return this.results.answer(this.url, answered);
      }
    }
    return undefined;
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
