import type { NetworkFields } from "../network/network-finding.ts";
import type { TlsDemand } from "../network/secure-socket.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";

/** How to sign in to a PostgreSQL, as a source or a destination. `ca` is PEM text. */
export type PostgresLogin = {
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  sslmode: PostgresSourceConfig["sslmode"];
  ca?: string;
};

/** What a source calls the fields that a finding may name. */
export const SOURCE_FIELDS: NetworkFields = { tls: "sslmode", ca: "ssl_root_cert" };

export function loginOf(config: PostgresSourceConfig): PostgresLogin {
  const { host, port, database, username, password, sslmode, ssl_root_cert: ca } = config;
  return { host, port, database, username, password, sslmode, ...(ca !== undefined && { ca }) };
}

/** What encryption has to prove, as libpq reads `sslmode`: a root certificate makes `require` check who signed. */
export function tlsDemandOf({ sslmode, ca, host }: PostgresLogin): TlsDemand | undefined {
  if (sslmode === "disable") return undefined;
  const lax = sslmode === "prefer" || (sslmode === "require" && ca === undefined);
  const mode = lax ? "encrypt" : sslmode === "verify-full" ? "verify-full" : "verify-ca";
  return { mode, host, ...(ca !== undefined && mode !== "encrypt" && { ca }) };
}
