import type { Socket } from "node:net";
import type { Reachable } from "#lib/outbound.ts";
import { codedError } from "../network/coded-error.ts";
import { firstBytes, serverKind } from "../network/first-bytes.ts";
import { openSocket } from "../network/open-socket.ts";

/** What a server says of itself before anybody signs in. */
export type Greeting = { version: string; mariadb: boolean; tls: boolean };

/** A server's own refusal, with its number as the manual lists it. */
export type ServerError = Error & { errno: number };

const SSL = 0x0800;
/** A server that speaks first is not silent for this long, unless it waits for us to speak. */
const SILENCE_MS = 2_000;
/** PostgreSQL's SSLRequest: it answers with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Reads the greeting that a MySQL or MariaDB sends, and puts it back for who goes on with the socket.
 * @throws Error `WRONG_PROTOCOL` with the kind of server as its message, {@link ServerError}, `CLOSED`, `SILENT`
 */
export async function readGreeting(
  socket: Socket,
  target: Reachable,
  signal?: AbortSignal,
): Promise<Greeting> {
  const silence = new AbortController();
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  const timer = setTimeout(() => {
    askOtherwise(target, either).then((kind) => kind && silence.abort(wrongProtocol(kind)));
  }, SILENCE_MS);
  try {
    let bytes = await firstBytes(socket, either);
    while (bytes.length < 5 || (looksRight(bytes) && bytes.length < bytes.readUIntLE(0, 3) + 4)) {
      bytes = Buffer.concat([bytes, await firstBytes(socket, either)]);
    }
    if (!looksRight(bytes)) throw wrongProtocol(serverKind(bytes) ?? "something else");
    const greeting = parseGreeting(bytes);
    socket.unshift(bytes);
    return greeting;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** The first packet has number 0, and is a greeting of protocol 10 or an error. */
const looksRight = (bytes: Buffer) => bytes[3] === 0 && (bytes[4] === 10 || bytes[4] === 0xff);

const wrongProtocol = (kind: string) => codedError("WRONG_PROTOCOL", kind);

function parseGreeting(bytes: Buffer): Greeting {
  if (bytes[4] === 0xff) throw parseServerError(bytes.subarray(4));
  const end = bytes.indexOf(0, 5);
  if (end < 0 || bytes.length < end + 16) throw wrongProtocol("something else");
  const version = bytes.toString("latin1", 5, end);
  // Behind the version: 4 bytes of thread, 8 of a challenge, 1 empty, then what the server can do.
  const flags = bytes.readUInt16LE(end + 14);
  return {
    version: version.replace(/^5\.5\.5-/, ""),
    mariadb: /mariadb/i.test(version),
    tls: (flags & SSL) !== 0,
  };
}

/** An error packet, without its header. */
export function parseServerError(payload: Buffer): ServerError {
  const errno = payload.readUInt16LE(1);
  const text = payload.toString("utf8", payload[3] === 0x23 ? 9 : 3);
  return Object.assign(new Error(text), { errno });
}

/** Asks as a PostgreSQL client would: it waits to be spoken to, and would look like a slow server. */
async function askOtherwise(target: Reachable, signal: AbortSignal): Promise<string | undefined> {
  try {
    const socket = await openSocket(target, signal);
    try {
      socket.write(SSL_REQUEST);
      return serverKind(await firstBytes(socket, signal));
    } finally {
      socket.destroy();
    }
  } catch {
    return undefined;
  }
}
