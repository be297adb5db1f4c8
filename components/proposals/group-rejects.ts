import type { PreviewNode } from "#lib/runtime/schema.ts";

/** Rejects of one rule for one reason: how many of the sample, and one row of them. */
export type RejectGroup = {
  rule: string;
  reason: string;
  count: number;
  row: Record<string, unknown> | null;
};

/** Rejected rows of a dry run, told once for each rule and reason, the most frequent first. */
export function groupRejects(rejects: PreviewNode["rejects"]): RejectGroup[] {
  const groups = new Map<string, RejectGroup>();
  for (const { rule, reason, row } of rejects) {
    const key = JSON.stringify([rule, reason]);
    const known = groups.get(key);
    if (known) known.count += 1;
    else groups.set(key, { rule, reason, row, count: 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
