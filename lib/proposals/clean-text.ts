import { redactText } from "#lib/redact.ts";

/** Text as it may be stored and shown to a model: no secrets, nothing that the database cannot hold. */
export function cleanText(text: string): string {
  return redactText(text.replaceAll("\u0000", " ").toWellFormed());
}

/** A finding in one line, its place first. */
export function issueLine(issue: { path: string; message: string; hint?: string }): string {
  const hint = issue.hint ? ` (${issue.hint})` : "";
  return `${issue.path ? `${issue.path}: ` : ""}${issue.message}${hint}`;
}
