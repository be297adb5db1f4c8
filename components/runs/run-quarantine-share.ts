import type { RunProgress } from "#lib/runs/schema.ts";
import type { QuarantineSummary } from "#lib/runtime/schema.ts";

/** How much of a run is loaded: by itself, by replays, and what is left. `percent` is 100 only if nothing is. */
export type LoadedShare = { loaded: number; replayed: number; left: number; percent: number };

/**
 * The share of a run's rows that are in its tables. Rows that the pipeline itself leaves out count on neither side;
 * discarded ones, and those beyond what quarantine keeps, are not loaded.
 */
export function loadedShare(
  run: Pick<RunProgress, "rowsOut" | "rowsRejected" | "replayed" | "warnings">,
  { states }: Pick<QuarantineSummary, "states">,
): LoadedShare {
  const kept = Object.values(states).reduce((all, rows) => all + rows, 0);
  const full = run.warnings.some(({ code }) => code === "quarantine_full");
  const beyond = full ? Math.max(0, run.rowsRejected - kept) : 0;
  const { waiting, edited, replaying, rejected_again, discarded } = states;
  const left = waiting + edited + replaying + rejected_again + discarded + beyond;
  const there = run.rowsOut + run.replayed;
  // Rounded down: what is not loaded to the last row is not 100 %.
  const percent = left === 0 ? 100 : Math.floor((there / (there + left)) * 1000) / 10;
  return { loaded: run.rowsOut, replayed: run.replayed, left, percent };
}

/** `97 loaded, 3 by replay: 100 %`. */
export function shareText({ loaded, replayed, percent }: LoadedShare): string {
  const say = (rows: number) => rows.toLocaleString("en-US");
  const replays = replayed > 0 ? `, ${say(replayed)} by replay` : "";
  return `${say(loaded)} loaded${replays}: ${percent} %`;
}
