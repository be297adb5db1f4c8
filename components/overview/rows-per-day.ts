import type { RunSummary } from "#lib/runs/schema.ts";

/** Rows of one day, in the reader's zone. */
export type DayOfRows = { day: string; loaded: number; rejected: number };

/**
 * Sums loaded and rejected rows of finished and running runs by local day, oldest first, days without runs included.
 * @param now epoch milliseconds; its day is the last.
 */
export function rowsPerDay(runs: readonly RunSummary[], days: number, now: number): DayOfRows[] {
  const sums = new Map<string, DayOfRows>();
  for (let back = days - 1; back >= 0; back--) {
    const date = new Date(now);
    date.setDate(date.getDate() - back);
    const day = dayName(date);
    sums.set(day, { day, loaded: 0, rejected: 0 });
  }
  for (const run of runs) {
    const sum = sums.get(dayName(new Date(run.startedAt ?? run.queuedAt)));
    if (!sum) continue;
    sum.loaded += run.rowsOut;
    sum.rejected += run.rowsRejected;
  }
  return [...sums.values()];
}

function dayName(date: Date): string {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}
