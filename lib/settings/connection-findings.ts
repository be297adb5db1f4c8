import { X509Certificate } from "node:crypto";
import { messageOf } from "#lib/errors.ts";
import { OutboundError } from "#lib/outbound.ts";
import type { PostgresConfig } from "./load-destination.ts";
import type { STAGES } from "./schema.ts";

/** What went wrong in plain words, and the field to fix. */
export type Finding = { message: string; field?: string };

type Stage = (typeof STAGES)[number];
type Explain = (config: PostgresConfig) => Finding;

const BY_CODE: Record<string, Explain> = {
  ECONNREFUSED: ({ host, port }) => ({
    message: `${host} answers, but nothing listens on port ${port}. Check the port, and that the server accepts connections from here.`,
    field: "port",
  }),
  ETIMEDOUT: ({ host, port }) => ({
    message: `${host} did not answer on port ${port} in time. A firewall may be in the way.`,
    field: "host",
  }),
  EHOSTUNREACH: ({ host }) => ({ message: `There is no way from here to ${host}.`, field: "host" }),
  ENETUNREACH: ({ host }) => ({ message: `There is no way from here to ${host}.`, field: "host" }),
  ECONNRESET: ({ host }) => ({
    message: `${host} closed the connection. It may not be a PostgreSQL server, or it wants encryption.`,
    field: "port",
  }),
  NO_TLS: () => ({
    message: "The server does not offer encryption. Turn it on there, or choose sslmode disable.",
    field: "sslmode",
  }),
  NO_PRIVILEGE: () => ({ message: "", field: "username" }),
  "28P01": ({ username }) => ({ message: `The password for ${username} is not right.`, field: "password" }),
  "28000": ({ username, host }) => ({
    message: `${host} does not let ${username} in from here. Check the user name, sslmode and the server's pg_hba.conf.`,
    field: "username",
  }),
  "3D000": ({ database }) => ({ message: `There is no database named ${database}.`, field: "database" }),
  "42501": ({ database, username }) => ({
    message: `${username} may not connect to the database ${database}.`,
    field: "database",
  }),
  "53300": () => ({ message: "The server has no free connections. Try again later, or raise its limit." }),
  "57P03": () => ({ message: "The server is starting up. Try again in a moment." }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => ({
    message: `The server's certificate is not for ${host}. Use the name it was made for, or sslmode verify-ca.`,
    field: "host",
  }),
  CERT_HAS_EXPIRED: () => ({ message: "The server's certificate has expired.", field: "rootCert" }),
};

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** A server whose pg_hba.conf has only `hostssl` lines for this user answers in these words (14 and newer, older). */
function wantsEncryption(code: string, error: unknown, { sslmode, host, username }: PostgresConfig) {
  if (code !== "28000" || sslmode !== "disable" || !/no encryption|SSL off/.test(messageOf(error))) return;
  return {
    message: `${host} lets ${username} in over an encrypted connection only. Choose sslmode verify-full.`,
    field: "sslmode",
  };
}

const FIELD_OF_STAGE: Record<Stage, string> = {
  resolve: "host",
  connect: "host",
  tls: "sslmode",
  authenticate: "password",
  database: "database",
  privileges: "username",
};

/** Explains why a stage failed. What is not known keeps the system's own words. */
export function findingFor(stage: Stage, error: unknown, config: PostgresConfig): Finding {
  if (error instanceof OutboundError) return { message: error.message, field: "host" };
  const code = error && typeof error === "object" && "code" in error ? String(error.code) : "";
  if (UNTRUSTED.has(code)) return { message: whyUntrusted(config.rootCert), field: "rootCert" };
  const known = wantsEncryption(code, error, config) ?? BY_CODE[code]?.(config);
  const own = messageOf(error) || code || "No reason was given.";
  return {
    message: known?.message || own,
    field: known ? known.field : FIELD_OF_STAGE[stage],
  };
}

function whyUntrusted(rootCert: string | undefined): string {
  if (!rootCert)
    return "The server's certificate is signed by nobody known here. Paste the root certificate.";
  try {
    new X509Certificate(rootCert);
  } catch {
    // Node passes over what it cannot read, and then trusts nobody.
    return "The root certificate cannot be read. Paste its whole PEM text.";
  }
  return "The server's certificate is not signed by the root certificate given. Paste the one that signed it.";
}
