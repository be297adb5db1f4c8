/** How a command ends: 0 all well, 1 invalid or failed, 2 called wrongly, 3 Penstock could not be reached. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The command was called wrongly; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
