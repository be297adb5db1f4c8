import type { Socket } from "node:net";
import pg from "pg";
import { limits } from "#lib/limits.ts";
import { type Reachable, reach } from "#lib/outbound.ts";
import { codedError } from "../network/coded-error.ts";
import { cancelBackend } from "./cancel-backend.ts";
import { guardParser } from "./guard-parser.ts";
import type { PostgresLogin } from "./login.ts";
import { openTransport } from "./negotiate.ts";

/** A connection on which somebody is signed in. */
export type Session = {
  client: pg.Client;
  /** Stops what the server does for it, and closes it at once. Never throws. */
  abort: () => Promise<void>;
  /** Says goodbye and closes it. Never throws. */
  close: () => Promise<void>;
};

/**
 * `queryMs` is how long one answer may take; without it there is no limit. `replication` asks for a sender of the log,
 * which takes no statements with parameters.
 */
export type SessionOptions = { signal?: AbortSignal; queryMs?: number; replication?: boolean };

/**
 * Signs in through the outbound guard: the name is resolved once and that address is used, for a cancellation too.
 * @throws OutboundError, or what the server, TLS or the network answers
 */
export async function openSession(login: PostgresLogin, options: SessionOptions = {}): Promise<Session> {
  const { host, port, database } = login;
  const target = await reach({ host, port, database });
  const { socket } = await openTransport(target, login, options.signal);
  return signIn(socket, target, login, options);
}

/**
 * Signs in on a socket that waits for the first message. An aborted signal ends the session at any time.
 * @throws Error `NOT_POSTGRES`, `SILENT`, `CLOSED`, or the server's with its SQLSTATE
 */
export async function signIn(
  socket: Socket,
  target: Reachable,
  login: PostgresLogin,
  { signal, queryMs, replication }: SessionOptions = {},
): Promise<Session> {
  const client = new pg.Client({
    host: target.address,
    port: target.port,
    user: login.username,
    database: login.database,
    password: login.password,
    ssl: false,
    stream: () => readyStream(socket),
    connectionTimeoutMillis: limits.connectMs,
    application_name: "penstock",
    ...(queryMs !== undefined && { query_timeout: queryMs }),
    ...(replication && { replication: "database" }),
  });
  // A connection that dies while idle is noticed by the next query; it must not end the process.
  client.on("error", () => undefined);
  guardParser(client);
  const abort = async () => {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
    await cancelBackend(client, target, login).catch(() => undefined);
  };
  const close = async () => {
    signal?.removeEventListener("abort", abort);
    if (!socket.destroyed) await client.end().catch(() => undefined);
    socket.destroy();
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted) throw signal.reason;
    socket.resume();
    await client.connect();
    return { client, abort, close };
  } catch (error) {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
    throw signal?.aborted ? signal.reason : withCode(error);
  }
}

/** The client connects what it is given; this one is connected already. */
function readyStream(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit("connect"));
      return socket;
    },
  });
}

/** The client's own errors have no codes. */
export function withCode(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  if (/timeout expired|Query read timeout|due to connection timeout/.test(message))
    return codedError("SILENT", message);
  if (/^Connection terminated|Client has encountered a connection error/.test(message))
    return codedError("CLOSED", message);
  return error;
}
