import { DataError, isDataError } from "../data-error.ts";
import { codedError, codeOf } from "../network/coded-error.ts";
import { type NetworkFields, type NetworkPlace, networkFinding } from "../network/network-finding.ts";
import type { Stage } from "../shapes.ts";
import { type Finding, ownWords } from "../staged-check.ts";

/** What another attempt may mend. */
const PASSING = new Set([
  "closed_port",
  "no_answer",
  "unreachable_network",
  "connection_closed",
  "slow_server",
  "server_failure",
  "too_many_connections",
]);

/** How one configured connection puts its failures into words. */
export type Explainer = {
  /** For a check. */
  finding: (stage: Stage, error: unknown) => Finding;
  /** For whoever reads: a `DataError` stays as it is. */
  dataError: (error: unknown) => DataError;
};

/**
 * Words for failures: of the network by `networkFinding`, of the connector's own by the `DataError` it threw.
 * @param fields which field is to blame, by code.
 * @param system what it is called: "The SFTP server".
 */
export function explainer({
  place,
  network,
  fields,
  system,
}: {
  place: NetworkPlace;
  network: NetworkFields;
  fields: Record<string, string>;
  system: string;
}): Explainer {
  const finding = (stage: Stage, error: unknown): Finding => {
    const cause = networkCause(error);
    if (isDataError(cause)) {
      const field = fields[cause.code];
      const fix = cause.place.hint ?? "Try again; if it fails again, ask whoever runs the server.";
      return { code: cause.code, ...(field && { field }), message: cause.message, fix };
    }
    return (
      networkFinding(stage, cause, place, network) ?? {
        code: "unexpected_answer",
        message: `${system} did something that is not understood here: ${ownWords(cause)}`,
        fix: "Check that the address is the right one, and what the server says about it.",
      }
    );
  };
  const dataError = (error: unknown): DataError => {
    if (isDataError(error)) return error;
    const { code, message, fix } = finding("first_row", error);
    return new DataError(code, message, { hint: fix, retryable: PASSING.has(code), cause: error });
  };
  return { finding, dataError };
}

/** What `fetch` and its client call by other names, as Node calls it. */
const OTHER_NAMES: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UND_ERR_HEADERS_TIMEOUT: "SILENT",
  UND_ERR_BODY_TIMEOUT: "SILENT",
  UND_ERR_SOCKET: "CLOSED",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "CLOSED",
  HPE_INVALID_EOF_STATE: "CLOSED",
};

/** The error behind `fetch failed`, if that is what it is. */
function networkCause(error: unknown): unknown {
  const inner = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  const code = codeOf(inner);
  const name = OTHER_NAMES[code];
  if (name) return codedError(name, ownWords(inner));
  if (code.startsWith("HPE_"))
    return new DataError("wrong_protocol", "What answers there is no web server", {
      hint: "Check the address and its port.",
    });
  return inner;
}
