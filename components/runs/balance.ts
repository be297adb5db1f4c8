import type { Ledger } from "#lib/runs/schema.ts";

/** One side or term of the balance: a word and a number of rows. */
export type Term = { word: string; rows: number };

/** What was read on the left, where it went on the right; terms of no rows are left out, `loaded` never is. */
export function balance(ledger: Ledger): { left: Term; right: Term[]; adds: boolean } {
  const late = Object.values(ledger.nodes).reduce((total, counts) => total + (counts.late ?? 0), 0);
  const right: Term[] = [
    { word: "loaded", rows: ledger.loaded },
    { word: "rejected", rows: ledger.rejected },
    { word: "filtered", rows: ledger.filtered },
    { word: "deduplicated", rows: ledger.deduplicated },
    { word: "unmatched", rows: ledger.unmatched },
    { word: "late", rows: late },
  ].filter((term) => term.word === "loaded" || term.rows > 0);
  const sum = right.reduce((total, term) => total + term.rows, 0);
  return { left: { word: "read", rows: ledger.read }, right, adds: sum === ledger.read };
}

/** The balance as a sentence: `read 1,461 = loaded 1,450 + rejected 11`. Sums that a fork or join changes are listed. */
export function balanceText(ledger: Ledger): string {
  const say = ({ word, rows }: Term) => `${word} ${rows.toLocaleString("en-US")}`;
  const { left, right, adds } = balance(ledger);
  return adds ? `${say(left)} = ${right.map(say).join(" + ")}` : [left, ...right].map(say).join(", ");
}
