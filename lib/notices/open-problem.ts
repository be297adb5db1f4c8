import { limits } from "#lib/limits.ts";

/** Something that goes on being wrong: since when, how often it was seen and told, and what it was seen in last. */
export type Problem = {
  since: Date;
  seenAt: Date;
  seen: number;
  told: number;
  /** How often it had been seen when it was told last. */
  seenThen: number;
  toldAt: Date;
  subject: string;
};

/** What has not been seen for so long is over, also where nothing says so. */
const STALE_MS = 7 * 24 * 3600_000;

/**
 * A problem is seen once more. It is told when it is new, and again after an hour, two, four, …, a day at most: a
 * pipeline that fails every minute does not write every minute.
 * @returns how it stands now, and whether it is told; undefined if it was seen in this very thing before.
 */
export function seeProblem(
  before: Problem | undefined,
  { subject, at }: { subject: string; at: Date },
): { problem: Problem; tell: boolean } | undefined {
  if (before?.subject === subject) return undefined;
  if (!before || at.getTime() - before.seenAt.getTime() > STALE_MS)
    return {
      problem: { since: at, seenAt: at, seen: 1, told: 1, seenThen: 1, toldAt: at, subject },
      tell: true,
    };
  const pause = Math.min(limits.noticeAgainMs * 2 ** Math.min(before.told - 1, 20), limits.noticeAgainMaxMs);
  const tell = at.getTime() - before.toldAt.getTime() >= pause;
  const seen = before.seen + 1;
  const problem = { ...before, seenAt: at, seen, subject };
  return {
    problem: tell ? { ...problem, told: before.told + 1, seenThen: seen, toldAt: at } : problem,
    tell,
  };
}
