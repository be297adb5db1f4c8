import { AppError } from "#lib/errors.ts";
import { nextRuns } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";

/** The range of a backfill, both ends included; without `stepMinutes` the schedule gives the times. */
export type BackfillRange = { from: Date; to: Date; stepMinutes?: number };

/** Times are counted up to here, so that a refusal can say how many there are. */
const COUNTED = 100_000;
const SLICE = 500;

/**
 * The times of a range, oldest first.
 * @param beat a time of an interval schedule, which has no times of its own; default: `from`.
 * @throws AppError `bad_request` with the count if there are none, or more than `limits.backfillRuns`.
 */
export function backfillTimes(range: BackfillRange, schedule: Schedule | undefined, beat?: Date): Date[] {
  const times = range.stepMinutes
    ? steps(range.from, range.to, range.stepMinutes)
    : scheduled(range, schedule, beat);
  if (times.count === 0)
    throw new AppError("bad_request", "The schedule has no time in that range: make it longer");
  if (times.count > limits.backfillRuns) {
    const count = times.count >= COUNTED ? `${COUNTED} or more` : String(times.count);
    const message = `The range holds ${count} times; a backfill makes up for at most ${limits.backfillRuns}`;
    throw new AppError("bad_request", message);
  }
  return times.first;
}

type Counted = { count: number; first: Date[] };

function steps(first: Date, to: Date, minutes: number): Counted {
  const step = minutes * 60_000;
  const count = Math.max(0, Math.floor((to.getTime() - first.getTime()) / step) + 1);
  const length = Math.min(count, limits.backfillRuns);
  return { count, first: Array.from({ length }, (_, at) => new Date(first.getTime() + at * step)) };
}

function scheduled({ from, to }: BackfillRange, schedule: Schedule | undefined, beat = from): Counted {
  if (!schedule)
    throw new AppError(
      "bad_request",
      "The pipeline has no schedule: say stepMinutes, the time between two runs",
    );
  if (schedule.kind === "file_arrival")
    throw new AppError(
      "bad_request",
      "The schedule waits for files and has no times: say stepMinutes, the time between two runs",
    );
  if (schedule.kind === "interval") {
    const step = schedule.minutes * 60_000;
    const past = (((from.getTime() - beat.getTime()) % step) + step) % step;
    return steps(new Date(from.getTime() + (past === 0 ? 0 : step - past)), to, schedule.minutes);
  }
  const first: Date[] = [];
  let count = 0;
  let after = new Date(from.getTime() - 1);
  for (let full = true; full && count < COUNTED; ) {
    const slice = nextRuns(schedule, after, SLICE);
    const within = slice.filter((time) => time <= to);
    if (first.length < limits.backfillRuns)
      first.push(...within.slice(0, limits.backfillRuns - first.length));
    count += within.length;
    full = within.length === SLICE;
    after = within.at(-1) ?? after;
  }
  return { count, first };
}
