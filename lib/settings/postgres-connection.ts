import { isIP } from "node:net";
import tls from "node:tls";
import pg from "pg";
import { limits } from "#lib/limits.ts";
import { type Reachable, reach } from "#lib/outbound.ts";
import type { PostgresConfig } from "./load-destination.ts";

/** TLS as `sslmode` asks for it; undefined where it is off. The certificate is checked against the name, not the address. */
export function tlsOptions(config: PostgresConfig): tls.ConnectionOptions | undefined {
  const { sslmode, rootCert, host } = config;
  if (sslmode === "disable") return undefined;
  const name = host.replace(/^\[|\]$/g, "");
  return {
    ca: rootCert,
    rejectUnauthorized: sslmode !== "require" || rootCert !== undefined,
    ...(isIP(name) ? {} : { servername: name }),
    checkServerIdentity: (_asked, certificate) =>
      sslmode === "verify-full" ? tls.checkServerIdentity(name, certificate) : undefined,
  };
}

/** A client's configuration for an address that {@link reach} allowed. */
export function clientConfig(
  target: Reachable,
  { config, password }: { config: PostgresConfig; password: string },
): pg.ClientConfig {
  return {
    host: target.address,
    port: target.port,
    database: config.database,
    user: config.username,
    password,
    ssl: tlsOptions(config) ?? false,
    connectionTimeoutMillis: limits.connectMs,
    application_name: "penstock",
  };
}

/**
 * Connects to a destination through the outbound guard: the name is resolved once and that address is used.
 * @throws OutboundError, or what the server or the network answers.
 */
export async function connectDestination(destination: {
  config: PostgresConfig;
  password: string;
}): Promise<pg.Client> {
  const { host, port, database } = destination.config;
  const target = await reach({ host, port, database });
  const client = new pg.Client(clientConfig(target, destination));
  // A connection that dies while idle is noticed by the next query; it must not end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
