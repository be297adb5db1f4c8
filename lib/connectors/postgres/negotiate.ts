import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Reachable } from "#lib/outbound.ts";
import { codedError } from "../network/coded-error.ts";
import { firstBytes, serverKind } from "../network/first-bytes.ts";
import { openSocket } from "../network/open-socket.ts";
import { secureSocket, tlsOptionsOf } from "../network/secure-socket.ts";
import { type PostgresLogin, tlsDemandOf } from "./login.ts";

/** PostgreSQL's SSLRequest: length 8 and the code 80877103 (protocol 3.0, section 55.2.11). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks an open socket whether the server offers encryption; every PostgreSQL answers with one byte and waits.
 * @throws Error `NOT_POSTGRES` for any other answer, or of the network
 */
export async function askEncryption(socket: Socket, signal?: AbortSignal): Promise<boolean> {
  socket.write(SSL_REQUEST);
  const answer = await firstBytes(socket, signal);
  const text = answer.toString("latin1");
  if (text === "S" || text === "N") return text === "S";
  // A server that cannot even start a process for the connection answers with an error at once.
  if (answer[0] === 0x45 && answer.length > 5)
    throw codedError("53300", text.slice(5).replaceAll("\0", " ").trim());
  socket.destroy();
  throw notPostgres(serverKind(answer));
}

/** What answers is something else, of a `kind` if that is known. */
export function notPostgres(kind?: string): Error {
  return codedError("NOT_POSTGRES", kind ? `not a PostgreSQL, but ${kind}` : "not a PostgreSQL");
}

/** A socket on which PostgreSQL waits for the first message, and what was found on the way. */
export type Transport = { socket: Socket; encrypted?: TLSSocket; offered: boolean };

/**
 * Goes from an open socket to one on which signing in can begin, encrypted as `sslmode` asks for it.
 * @throws Error `NOT_POSTGRES`, `NO_TLS`, of TLS or the network
 */
export async function negotiate(
  open: Socket,
  target: Reachable,
  login: PostgresLogin,
  signal?: AbortSignal,
): Promise<Transport> {
  const offered = await askEncryption(open, signal);
  const demand = tlsDemandOf(login);
  if (!demand && !offered) return { socket: open, offered };
  if (!demand) {
    // Who has answered yes now waits for TLS; going on without it takes another connection.
    open.destroy();
    return { socket: await openSocket(target, signal), offered };
  }
  if (offered) {
    const encrypted = await secureSocket(open, tlsOptionsOf(demand), signal);
    return { socket: encrypted, encrypted, offered };
  }
  if (login.sslmode === "prefer") return { socket: open, offered };
  open.destroy();
  throw codedError("NO_TLS", "The server does not offer TLS");
}

/** Opens a socket and {@link negotiate}s: where nothing has to be told apart. */
export async function openTransport(
  target: Reachable,
  login: PostgresLogin,
  signal?: AbortSignal,
): Promise<Transport> {
  if (login.sslmode === "disable") return { socket: await openSocket(target, signal), offered: false };
  return negotiate(await openSocket(target, signal), target, login, signal);
}
