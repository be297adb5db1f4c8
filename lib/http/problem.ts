import { z } from "zod";
import { AppError, type Issue, isAppError, type ProblemCode, problems } from "#lib/errors.ts";
import { log } from "#lib/log.ts";

/** The media type of every error answer (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

/** A JSON Pointer (RFC 6901) from a path of keys. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Findings of Zod as ours. @param root prefix of every pointer, such as `/query`. */
export function zodIssues(error: z.ZodError, root = ""): Issue[] {
  return error.issues.map((issue) => ({
    code: issue.code,
    path: root + pointer(issue.path),
    message: issue.message,
  }));
}

/** A refusal that says in its sentence what the first finding is, for whoever reads no further. */
export function invalidRequest(issues: Issue[]): AppError {
  const [first] = issues;
  if (!first) return new AppError("bad_request");
  const told = `${first.path ? `${first.path}: ` : ""}${first.message}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more, see issues)` : "";
  return new AppError("bad_request", told + more, { issues });
}

/** Any error as one of ours; what is not ours is logged whole and told as `internal`. */
export function toAppError(error: unknown, requestId: string): AppError {
  if (isAppError(error)) {
    // The answer names no cause; whoever runs the server looks for it here.
    if (error.status >= 500 && error.cause) log.warn({ err: error, requestId }, "request not served");
    return error;
  }
  if (error instanceof z.ZodError) return invalidRequest(zodIssues(error));
  log.error({ err: error, requestId }, "request failed");
  return new AppError("internal", "Something went wrong on our side. Try again, or report the request id.");
}

/** The RFC 9457 answer to any error. `code` and `error` are always equal; the request id names the log line. */
export function problemResponse(error: unknown, requestId: string): Response {
  const { code, status, message, extra } = toAppError(error, requestId);
  const body = {
    ...extra.members,
    type: `urn:penstock:problem:${code}`,
    title: problems[code as ProblemCode]?.[1] ?? code,
    status,
    detail: message,
    code,
    error: code,
    requestId,
    ...(extra.issues ? { issues: extra.issues } : {}),
  };
  const headers = new Headers({
    "content-type": PROBLEM_TYPE,
    "cache-control": "no-store",
    "x-request-id": requestId,
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="penstock"' } : {}),
    ...extra.headers,
  });
  return new Response(JSON.stringify(body), { status, headers });
}
