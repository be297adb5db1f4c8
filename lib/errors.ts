/** One finding about an input: a stable code, where (JSON Pointer), what would be right. */
export type Issue = { code: string; path: string; message: string; hint?: string };

/** Every code that a problem answer may carry, with its HTTP status and short title. */
export const problems = {
  bad_request: [400, "The request is not valid"],
  malformed_json: [400, "The body is not valid JSON"],
  invalid_ir: [400, "The pipeline is not valid"],
  provider_unsupported_structured: [400, "The AI provider cannot produce constrained JSON"],
  unauthenticated: [401, "Sign in or send an API key"],
  permission_denied: [403, "You don't have permission"],
  flow_ir_disabled: [403, "AI pipeline mode is off for this tenant"],
  tenant_mismatch: [403, "The credential does not belong to that tenant"],
  reserved_agent: [403, "Only Penstock itself writes under that agent_id"],
  csrf_refused: [403, "The request came from another site"],
  not_found: [404, "Not found"],
  pipeline_not_found: [404, "No such pipeline"],
  run_not_found: [404, "No such run"],
  proposal_not_found: [404, "No such proposal"],
  quarantine_row_not_found: [404, "No such row in quarantine"],
  table_not_found: [404, "No such table"],
  destination_not_found: [404, "No such destination"],
  channel_not_found: [404, "No such channel"],
  source_not_found: [404, "No such source"],
  stream_not_found: [404, "No such stream"],
  session_not_found: [404, "No such session"],
  memory_not_found: [404, "No such memory"],
  method_not_allowed: [405, "The method is not allowed here"],
  body_timeout: [408, "The body did not arrive in time"],
  conflict: [409, "The request conflicts with what is stored"],
  already_exists: [409, "That name is taken"],
  source_in_use: [409, "Pipelines read from this source"],
  stale_version: [409, "Someone saved a newer version"],
  stale_proposal: [409, "The proposal was made against an older version"],
  not_executable: [409, "This version cannot be run"],
  replay_needs_whole: [409, "The whole pipeline has to run again"],
  replay_too_late: [409, "The table has been replaced since"],
  event_conflict: [409, "Another event has that id"],
  gone: [410, "No longer there"],
  session_expired: [410, "The session has expired"],
  event_erased: [410, "The event was erased"],
  too_large: [413, "The request is too large"],
  unsupported_media_type: [415, "The content type is not supported"],
  rate_limited: [429, "Too many requests"],
  too_many_sessions: [429, "Too many sessions are open"],
  internal: [500, "Something went wrong on our side"],
  source_unreachable: [502, "The outside system could not be reached"],
  provider_unavailable: [503, "The AI provider is not available"],
  overloaded: [503, "More is waiting than can be taken"],
  unavailable: [503, "The service is not ready"],
} as const satisfies Record<string, readonly [number, string]>;

/** A stable problem code. */
export type ProblemCode = keyof typeof problems;

/** What else a problem may carry: the sentence for people, findings, headers, and members of its own. */
export type ProblemExtra = {
  issues?: Issue[];
  headers?: Record<string, string>;
  /** Further members of the problem document, such as the current version of a stale edit. */
  members?: Record<string, unknown>;
  cause?: unknown;
};

/** The one error that verbs throw on purpose. The door turns it into an RFC 9457 answer. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly extra: ProblemExtra;

  constructor(code: ProblemCode, detail?: string, extra: ProblemExtra = {}) {
    super(detail ?? problems[code][1], extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = "AppError";
    this.code = code;
    this.status = problems[code][0];
    this.extra = extra;
  }
}

/** True for our own errors, also across the two copies of this module that Next and the server load. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === "AppError" && "code" in error && "status" in error;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
