import { redactText } from "#lib/redact.ts";
import type { RunError } from "#lib/runs/schema.ts";

/** Codes whose sentences quote what an engine or a destination said, and with it values of rows; what is told instead. */
const QUOTING: Record<string, string> = {
  row_failed: "A row does not hold a rule",
  engine_error: "An expression could not be computed for a row",
  duplicate_key: "The destination has rows with these keys already",
  null_refused: "The destination refused an empty value",
  load_failed: "The destination refused the rows",
  load_conflict: "Something else changed the table at the same time",
  destination_busy: "The destination is busy, or the table is locked",
  destination_denied: "The destination refused the user",
  bad_csv: "The file could not be read as CSV",
  bad_json: "The file holds text that is not JSON",
  internal: "Something went wrong on our side",
};

/** What others are told of an error: code, place and sentence, without values of rows, SQL or secrets. */
export function toldError({ code, message, nodeId, rule, row, hint }: RunError): RunError {
  const said = QUOTING[code];
  return {
    code,
    message: said ? `${said}${row === undefined ? "" : ` (row ${row})`}` : redactText(message),
    ...(nodeId !== undefined && { nodeId }),
    ...(rule !== undefined && { rule }),
    ...(row !== undefined && { row }),
    ...(hint !== undefined && { hint: redactText(hint) }),
  };
}
