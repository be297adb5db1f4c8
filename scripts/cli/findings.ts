import type { LocatedIssue } from "#lib/parse-yaml.ts";

/** A finding as compilers write it, for people and editors: `file:line:column: error: message (hint)`. */
export function findingLine(file: string, issue: LocatedIssue, level: "error" | "warning" = "error"): string {
  const place = issue.line === undefined ? file : `${file}:${issue.line}:${issue.column ?? 1}`;
  const hint = issue.hint ? ` (${issue.hint})` : "";
  return `${place}: ${level}: ${issue.message}${hint} [${issue.code}]`;
}

/** Findings in the order in which they stand in the file. */
export function inOrder<I extends LocatedIssue>(issues: readonly I[]): I[] {
  return [...issues].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
