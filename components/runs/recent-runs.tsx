import { formatNumber } from "#components/ui/format.ts";
import type { RecentRun } from "#lib/runs/schema.ts";
import classes from "./recent-runs.module.css";

const SLOTS = 10;

/** The latest runs as bars, oldest first: height by rows written, colour and word by status. */
export function RecentRuns({ runs }: { runs: readonly RecentRun[] }) {
  if (runs.length === 0) return <span className={classes.none}>—</span>;
  const most = Math.max(1, ...runs.map((run) => run.rowsOut));
  const failed = runs.filter((run) => run.status === "failed").length;
  const told = runs
    .map((run) => `${run.status.replaceAll("_", " ")}, ${formatNumber(run.rowsOut)} rows`)
    .join("\n");
  return (
    <span
      className={classes.bars}
      role="img"
      title={told}
      aria-label={`Last ${runs.length} runs, oldest first: ${failed === 0 ? "none failed" : `${failed} failed`}`}
    >
      {Array.from({ length: SLOTS - Math.min(runs.length, SLOTS) }, (_, i) => (
        <span key={`empty-${i.toString()}`} className={classes.bar} />
      ))}
      {runs.map((run) => (
        <span
          key={run.runId}
          className={classes.bar}
          data-status={run.status}
          style={{ height: `${run.status === "failed" ? 100 : Math.max(22, (run.rowsOut / most) * 100)}%` }}
        />
      ))}
    </span>
  );
}
