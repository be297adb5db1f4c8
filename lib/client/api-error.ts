import type { Issue, ProblemCode } from "#lib/errors.ts";

/** A code of the server's, or one of ours: the network failed, or the answer was not JSON. */
export type ApiErrorCode = ProblemCode | "network" | "unreadable";

/** What an RFC 9457 answer carries, as the server writes it. */
export type Problem = {
  code?: string;
  title?: string;
  detail?: string;
  requestId?: string;
  issues?: Issue[];
  [member: string]: unknown;
};

/** A refused or failed request, with what a person needs to go on: a sentence, findings, the request's id. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly issues: Issue[];
  /** The whole problem document, for members such as `currentVersion`. */
  readonly problem: Problem;
  /** Seconds to wait, from Retry-After. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Problem, retryAfter?: number) {
    const detail = problem.detail ?? problem.title ?? "Something went wrong";
    super(detail);
    this.name = "ApiError";
    this.code = (problem.code ?? "internal") as ApiErrorCode;
    this.status = status;
    this.detail = detail;
    this.requestId = problem.requestId;
    this.issues = problem.issues ?? [];
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** True for a refused or failed request. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === "ApiError";
}

/**
 * The findings of a refused form, by field: `/config/host` becomes `config.host`, as Mantine's form names it.
 * @returns an empty object when the error carries no findings.
 */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!isApiError(error)) return {};
  return Object.fromEntries(
    error.issues.map((issue) => [issue.path.replace(/^\//, "").replaceAll("/", "."), issue.message]),
  );
}
