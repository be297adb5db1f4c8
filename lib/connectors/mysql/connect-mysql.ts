import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Connection, QueryError } from "mysql2";
import { limits } from "#lib/limits.ts";
import { reach } from "#lib/outbound.ts";
import { codedError } from "../network/coded-error.ts";
import { openSocket } from "../network/open-socket.ts";
import { secureSocket, tlsOptionsOf } from "../network/secure-socket.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { type Greeting, readGreeting } from "./greeting.ts";

/** A socket on which a server has greeted, before anybody signs in. */
export type Greeted = { socket: Socket; greeting: Greeting };

/** A session: signed in, and set so that statements mean the same on every server. */
export type MysqlLink = {
  greeting: Greeting;
  /** The session's number at the server. */
  thread: number;
  /** What is spoken over now, encrypted or not. */
  wire: Socket | TLSSocket;
  /** Runs a statement; all rows as text. */
  query: (sql: string) => Promise<(string | null)[][]>;
  /** Takes the socket away from the library, for who reads packets by himself. */
  takeWire: () => Socket | TLSSocket;
  close: () => void;
};

/** How the library keeps its socket; public in JavaScript, though not in its types. */
type Inside = {
  stream: Socket | TLSSocket;
  packetParser: { execute: (chunk: Buffer) => void };
  startTLS: (onSecure: (error?: unknown) => void) => void;
};

/** Connects to the address that the guard allows, and waits for the greeting. */
export async function greet(config: MysqlSourceConfig, signal?: AbortSignal): Promise<Greeted> {
  const target = await reach({ host: config.host, port: config.port });
  const socket = await openSocket(target, signal);
  socket.setKeepAlive(true, 30_000);
  return { socket, greeting: await readGreeting(socket, target, signal) };
}

/**
 * Signs in on a greeted socket, encrypted as the configuration says.
 * @param onSecure called once the socket is encrypted, before anything is said on it
 * @throws Error `TLS_REFUSED`, of TLS, or the server's own with `errno`
 */
export async function signIn(
  config: MysqlSourceConfig,
  { socket, greeting }: Greeted,
  { signal, onSecure }: { signal?: AbortSignal; onSecure?: (secure: TLSSocket) => void } = {},
): Promise<MysqlLink> {
  const encrypted = config.ssl !== "disable" && (greeting.tls || config.ssl !== "prefer");
  if (encrypted && !greeting.tls) {
    socket.destroy();
    throw codedError("TLS_REFUSED", "The server offers no encryption");
  }
  // Without the reason: the library would write on it.
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  const { default: mysql } = await import("mysql2");
  const connection = mysql.createConnection({
    host: config.host,
    user: config.username,
    password: config.password,
    stream: socket,
    charset: "utf8mb4",
    connectTimeout: limits.connectMs,
    // Without these the server cannot ask for files of ours, and statements travel as they are written.
    flags: ["-LOCAL_FILES", "-CLIENT_QUERY_ATTRIBUTES"],
    multipleStatements: false,
    disableEval: true,
    ...(encrypted && { ssl: {} }),
  });
  const inside = connection as unknown as Inside;
  // The library writes a code of its own over that of an error of TLS, hence the cause.
  inside.startTLS = (done) =>
    encrypt(inside, socket, config, signal).then(
      (secure) => {
        onSecure?.(secure);
        done();
      },
      (cause) => done(new Error("Encrypting failed", { cause })),
    );
  // Reading the greeting has paused it.
  socket.resume();
  const close = () => {
    signal?.removeEventListener("abort", abort);
    connection.destroy();
    socket.destroy();
  };
  try {
    await connected(connection, signal);
  } catch (error) {
    close();
    throw error;
  }
  return {
    greeting,
    thread: connection.threadId,
    get wire() {
      return inside.stream;
    },
    query: (sql) => query(connection, sql, signal),
    takeWire: () => {
      inside.stream.removeAllListeners("data");
      return inside.stream;
    },
    close,
  };
}

/** The library's own way checks no names of certificates for addresses; ours does. */
async function encrypt(
  inside: Inside,
  socket: Socket,
  config: MysqlSourceConfig,
  signal: AbortSignal | undefined,
): Promise<TLSSocket> {
  socket.removeAllListeners("data");
  const mode = config.ssl === "verify" ? "verify-full" : "encrypt";
  const demand = { mode, host: config.host, ca: config.ssl_root_cert } as const;
  const secure = await secureSocket(socket, tlsOptionsOf(demand), signal);
  secure.on("data", (chunk: Buffer) => inside.packetParser.execute(chunk));
  secure.on("close", () => socket.destroy());
  inside.stream = secure;
  return secure;
}

function connected(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: an error that comes while nobody asks anything would end the process.
    connection.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    connection.once("connect", () => resolve());
  });
}

function query(
  connection: Connection,
  sql: string,
  signal: AbortSignal | undefined,
): Promise<(string | null)[][]> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const options = {
      sql,
      rowsAsArray: true,
      typeCast: (field: { string: () => string | null }) => field.string(),
    };
    connection.query(options, (error: QueryError | null, rows: unknown) => {
      if (error) reject(signal?.aborted ? signal.reason : error);
      else resolve(Array.isArray(rows) ? (rows as (string | null)[][]) : []);
    });
  });
}

/** Connects, signs in and sets the session up. */
export async function connectMysql(config: MysqlSourceConfig, signal?: AbortSignal): Promise<MysqlLink> {
  const link = await signIn(config, await greet(config, signal), { signal });
  try {
    await setSession(link);
    return link;
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Statements mean the same whatever the server's own settings are; a reader that is slow is not cut off. */
export async function setSession({ greeting, query }: MysqlLink): Promise<void> {
  const seconds = limits.runSeconds;
  await query("SET NAMES utf8mb4");
  await query(
    `SET SESSION sql_mode='', time_zone='+00:00', net_write_timeout=${seconds}, net_read_timeout=${seconds}, ` +
      `wait_timeout=${seconds}, sql_big_selects=1, sql_select_limit=18446744073709551615, ` +
      (greeting.mariadb ? "max_statement_time=0" : "max_execution_time=0"),
  );
  await query("SET SESSION TRANSACTION READ ONLY");
}
