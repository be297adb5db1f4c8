import { X509Certificate } from "node:crypto";
import { OutboundError } from "#lib/outbound.ts";
import type { Stage } from "../shapes.ts";
import type { Finding } from "../staged-check.ts";
import { codeOf } from "./coded-error.ts";

/** What the fields of a connector are called, where they are not `host` and `port`. */
export type NetworkFields = { host?: string; port?: string; tls?: string; ca?: string };

/** Where the failed connection went, and the certificate that was trusted for it, if one was given. */
export type NetworkPlace = { host: string; port: number; ca?: string };

type Explain = (place: NetworkPlace, fields: Required<NetworkFields>) => Omit<Finding, "code">;

const noWay: Explain = ({ host }, fields) => ({
  field: fields.host,
  message: `There is no way from here to ${host}.`,
  fix: "Check the address. It may be reachable only from inside another network.",
});
const closed: Explain = ({ host, port }, fields) => ({
  field: fields.port,
  message: `${host} closed the connection on port ${port} without saying why.`,
  fix: "Check that the port is the right one, and that the server or a proxy before it lets this address in.",
});

const untrusted: Explain = ({ ca }, fields) => ({
  field: fields.ca,
  message: !ca
    ? "The server's certificate is signed by nobody known here. Paste the root certificate."
    : readable(ca)
      ? "The server's certificate is not signed by the root certificate given. Paste the one that signed it."
      : "The root certificate cannot be read. Paste its whole PEM text.",
  fix: "Paste the certificate of the authority that signed the server's, in PEM text.",
});
const noTls: Explain = ({ host, port }, fields) => ({
  field: fields.tls,
  message: `${host} does not speak TLS on port ${port} in a way that is understood here.`,
  fix: "Turn on TLS 1.2 or newer at the server, choose the port that has it, or turn encryption off here.",
});

const EXPLAINED: Record<string, [code: string, explain: Explain]> = {
  ECONNREFUSED: [
    "closed_port",
    ({ host, port }, fields) => ({
      field: fields.port,
      message: `${host} answers, but nothing listens on port ${port}.`,
      fix: "Check the port, and that the server is running and listens on more than its own machine.",
    }),
  ],
  ETIMEDOUT: [
    "no_answer",
    ({ host, port }, fields) => ({
      field: fields.host,
      message: `${host} did not answer on port ${port} in time. A firewall may be in the way.`,
      fix: "Check the host and the port, and let this address through the firewall.",
    }),
  ],
  SILENT: [
    "slow_server",
    ({ host, port }, fields) => ({
      field: fields.port,
      message: `${host} takes connections on port ${port} but says nothing for too long.`,
      fix: "Check the port. If it is the right one, the server is overloaded or hangs: try again later.",
    }),
  ],
  EHOSTUNREACH: ["unreachable_network", noWay],
  ENETUNREACH: ["unreachable_network", noWay],
  EADDRNOTAVAIL: ["unreachable_network", noWay],
  ECONNRESET: ["connection_closed", closed],
  EPIPE: ["connection_closed", closed],
  CLOSED: ["connection_closed", closed],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "wrong_host_certificate",
    ({ host }, fields) => ({
      field: fields.host,
      message: `The server's certificate is not for ${host}.`,
      fix: "Use the name that the certificate was made for, or have it made for this one.",
    }),
  ],
  CERT_HAS_EXPIRED: [
    "expired_certificate",
    (_place, fields) => ({
      field: fields.ca,
      message: "The server's certificate, or the one that signed it, has expired.",
      fix: "Renew the certificate at the server; if the root was renewed, paste the new one.",
    }),
  ],
  CERT_NOT_YET_VALID: [
    "expired_certificate",
    (_place, fields) => ({
      field: fields.ca,
      message: "The server's certificate is not valid yet.",
      fix: "Check the server's clock and when its certificate begins to be valid.",
    }),
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["untrusted_certificate", untrusted],
  SELF_SIGNED_CERT_IN_CHAIN: ["untrusted_certificate", untrusted],
  UNABLE_TO_GET_ISSUER_CERT: ["untrusted_certificate", untrusted],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["untrusted_certificate", untrusted],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["untrusted_certificate", untrusted],
  CERT_SIGNATURE_FAILURE: ["untrusted_certificate", untrusted],
  CERT_UNTRUSTED: ["untrusted_certificate", untrusted],
  INVALID_CA: ["untrusted_certificate", untrusted],
  EPROTO: ["tls_refused", noTls],
};

const OUTBOUND: Record<OutboundError["code"], [code: string, fix: string]> = {
  unresolved: [
    "unknown_host",
    "Check the spelling of the host. A name of a private network is not known here.",
  ],
  forbidden_address: ["forbidden_address", "Choose another host, or ask the operator to allow this one."],
  own_database: ["own_database", "Choose another database."],
  forbidden_scheme: ["forbidden_scheme", "Use an address that begins with https://."],
  too_many_redirects: ["too_many_redirects", "Use the address that the redirects lead to."],
};

/**
 * What a failure of the guard, the network or TLS means; undefined for all else, which the connector itself has to know.
 * @param fields what the connector calls its fields; `tls` and `ca` fall back to the host's.
 */
export function networkFinding(
  stage: Stage,
  error: unknown,
  place: NetworkPlace,
  fields: NetworkFields = {},
): Finding | undefined {
  const { host = "host", port = "port" } = fields;
  const named = { host, port, tls: fields.tls ?? host, ca: fields.ca ?? fields.tls ?? host };
  if (isOutboundError(error)) {
    const [code, fix] = OUTBOUND[error.code];
    return { code, field: host, message: error.message, fix };
  }
  const connecting = stage === "resolve" || stage === "connect";
  const late = codeOf(error) === "ETIMEDOUT" || (error instanceof Error && error.name === "TimeoutError");
  const own = late ? (connecting ? "ETIMEDOUT" : "SILENT") : codeOf(error);
  const known = EXPLAINED[own] ?? (own.startsWith("ERR_SSL_") ? EXPLAINED.EPROTO : undefined);
  return known && { code: known[0], ...known[1](place, named) };
}

/** Also true for the error of the other copy of `lib/outbound` that Next's bundle holds. */
function isOutboundError(error: unknown): error is OutboundError {
  return error instanceof OutboundError || (error instanceof Error && error.name === "OutboundError");
}

/** Node passes over a root that it cannot read, and then trusts nobody. */
function readable(ca: string): boolean {
  try {
    new X509Certificate(ca);
    return true;
  } catch {
    return false;
  }
}
