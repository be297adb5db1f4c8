import type { Socket } from "node:net";
import { limits } from "#lib/limits.ts";
import { type Reachable, reach } from "#lib/outbound.ts";
import { codeOf } from "../network/coded-error.ts";
import { openSocket } from "../network/open-socket.ts";
import type { StageToTry } from "../staged-check.ts";
import { type PostgresLogin, tlsDemandOf } from "./login.ts";
import { negotiate, type Transport } from "./negotiate.ts";
import { type Session, signIn } from "./session.ts";

/** The first five stages of trying a PostgreSQL, and what they opened. */
export type LoginStages = {
  stages: StageToTry[];
  /** The session, once `authenticate` and `database` have passed. */
  session: () => Session;
  close: () => Promise<void>;
};

/** The server checks the password first and names the database after it: these mean that the password was right. */
const WRONG_DATABASE = new Set(["3D000", "42501", "55000"]);

/**
 * Name → socket → encryption → password → database, on one connection. All together may take `limits.checkMs`.
 */
export function loginStages(login: PostgresLogin, given?: AbortSignal): LoginStages {
  const deadline = AbortSignal.timeout(limits.checkMs);
  const signal = given ? AbortSignal.any([given, deadline]) : deadline;
  let target: Reachable;
  let socket: Socket | undefined;
  let transport: Transport;
  let session: Session | undefined;
  let wrongDatabase: unknown;
  const stages: StageToTry[] = [
    {
      stage: "resolve",
      run: async () => {
        target = await reach(login);
        const known = login.host.replace(/^\[|\]$/g, "") === target.address;
        return known
          ? `${target.address} is an address that may be reached.`
          : `${login.host} is ${target.address}.`;
      },
    },
    {
      stage: "connect",
      run: async () => {
        socket = await openSocket(target, signal);
        return `Port ${login.port} answers.`;
      },
    },
    {
      stage: "tls",
      run: async () => {
        transport = await negotiate(socket as Socket, target, login, signal);
        socket = transport.socket;
        return inWords(transport, login);
      },
    },
    {
      stage: "authenticate",
      run: async () => {
        try {
          session = await signIn(transport.socket, target, login, { signal, queryMs: limits.connectMs });
        } catch (error) {
          if (!WRONG_DATABASE.has(codeOf(error))) throw error;
          wrongDatabase = error;
        }
        return `Signed in as ${login.username}.`;
      },
    },
    {
      stage: "database",
      run: async () => {
        if (wrongDatabase || !session) throw wrongDatabase;
        const { rows } = await session.client.query<{ version: string; replica: boolean }>(
          "select current_setting('server_version') as version, pg_is_in_recovery() as replica",
        );
        const { version, replica } = rows[0] ?? {};
        return `Database ${login.database} is there (PostgreSQL ${version}${replica ? ", a replica that can only be read" : ""}).`;
      },
    },
  ];
  return {
    stages,
    session: () => session as Session,
    close: async () => {
      await session?.close();
      socket?.destroy();
    },
  };
}

function inWords({ encrypted, offered }: Transport, login: PostgresLogin): string {
  if (!encrypted && login.sslmode === "disable")
    return `Encryption is off, as asked for${offered ? "; the server offers it" : ""}.`;
  if (!encrypted) return "Not encrypted: the server does not offer it.";
  const protocol = encrypted.getProtocol() ?? "TLS";
  return tlsDemandOf(login)?.mode === "encrypt"
    ? `Encrypted (${protocol}); the certificate is not checked with sslmode ${login.sslmode}.`
    : `Encrypted (${protocol}), and the certificate is the expected one.`;
}
