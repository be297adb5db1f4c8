import type pg from "pg";
import { codedError, codeOf, openSession, type PostgresLogin } from "#lib/connectors/index.ts";
import { messageOf } from "#lib/errors.ts";
import type { PostgresConfig } from "./load-destination.ts";

/** How to sign in to a destination, as the connectors take it. */
export function loginOf({ config, password }: { config: PostgresConfig; password: string }): PostgresLogin {
  const { host, port, database, username, sslmode, rootCert: ca } = config;
  return { host, port, database, username, password, sslmode, ...(ca !== undefined && { ca }) };
}

/** The codes by which a loader knows that a connection was lost. */
const LOST: Record<string, string> = { CLOSED: "ECONNRESET", SILENT: "ETIMEDOUT" };

/**
 * Connects to a destination through the outbound guard: the name is resolved once and that address is used.
 * @throws OutboundError, or what the server or the network answers.
 */
export async function connectDestination(destination: {
  config: PostgresConfig;
  password: string;
}): Promise<pg.Client> {
  try {
    return (await openSession(loginOf(destination))).client;
  } catch (error) {
    const lost = LOST[codeOf(error)];
    throw lost ? codedError(lost, messageOf(error)) : error;
  }
}
