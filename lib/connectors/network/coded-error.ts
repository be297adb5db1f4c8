/** An error with a code, as Node's own have them: `networkFinding` and the connectors put it into words. */
export function codedError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** The code of anything that was thrown; empty if it has none. */
export function codeOf(error: unknown): string {
  return error && typeof error === "object" && "code" in error ? String(error.code) : "";
}
