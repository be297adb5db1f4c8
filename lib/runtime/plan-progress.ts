import type { EngineAttempt, ReadProgress } from "./engines/engine.ts";
import type { LedgerBook } from "./ledger.ts";

/** How a plan's run is going: rows of the sources so far (an estimate while they are read) and expected. */
export type PlanProgress = { rowsRead: number; rowsExpected?: number };

/**
 * What is known of a run's rows at this moment.
 * @param book what has ended.
 * @param attempt what the engine is at.
 * @param reading tables that are on their way into a target.
 * @param toCome true if some sources were not begun yet: nobody knows then how many rows there will be.
 */
export function progressOf({
  book,
  attempt,
  reading,
  toCome,
}: {
  book: LedgerBook;
  attempt?: EngineAttempt;
  reading: readonly ReadProgress[];
  toCome: boolean;
}): PlanProgress {
  const ended = book.totals().read;
  const counted = attempt?.ledger.totals().read ?? 0;
  const flowing = estimate(attempt?.reads ?? []);
  const tables = estimate(reading);
  const engine = Math.max(counted, flowing.rows);
  const rowsRead = ended + engine + tables.rows;
  const known = !toCome && flowing.expected + tables.expected > 0;
  const expected = ended + Math.max(flowing.expected, counted) + tables.expected;
  return { rowsRead, ...(known && { rowsExpected: Math.max(expected, rowsRead) }) };
}

function estimate(reads: readonly ReadProgress[]): { rows: number; expected: number } {
  let rows = 0;
  let expected = 0;
  for (const { bytes, totalBytes, text, rowBytes, rowsExpected } of reads) {
    const so = rowBytes > 0 ? Math.round(text / rowBytes) : 0;
    rows += so;
    expected += rowsExpected ?? (bytes > 0 ? Math.round((so * totalBytes) / bytes) : 0);
  }
  return { rows, expected };
}
