import { latestRun, nextRuns } from "#lib/ir/index.ts";
import type { TimedSchedule } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";

/** The times that get a run, oldest first, and the latest that does not, with the reason. */
export type DueTimes = { times: Date[]; leftOut?: { at: Date; why: string } };

/**
 * Which times of a schedule get a run at `now`, when the first one without was due at `due`.
 * @param room how many runs may be added to those that wait.
 */
export function dueTimes(schedule: TimedSchedule, due: Date, now: Date, room: number): DueTimes {
  const latest = latestRun(schedule, due, now);
  if (schedule.onMissed === "all") return allOf(schedule, due, latest, room);
  if (schedule.onMissed === "skip" && now.getTime() - latest.getTime() > limits.scheduleGraceMs)
    return { times: [], leftOut: { at: latest, why: "No worker was there when it was due" } };
  if (room >= 1) return { times: [latest] };
  const why =
    schedule.overlap === "skip"
      ? "A run of the pipeline was waiting or under way"
      : "An earlier run of the schedule was still waiting";
  return { times: [], leftOut: { at: latest, why } };
}

function allOf(schedule: TimedSchedule, due: Date, latest: Date, room: number): DueTimes {
  const most = Math.max(0, room);
  const missed = due < latest ? [due, ...nextRuns(schedule, due, most)] : [due];
  const times = missed.filter((time) => time <= latest).slice(0, most);
  const last = times.at(-1);
  if (last && last >= latest) return { times };
  const since = missed[times.length] ?? due;
  const span =
    since < latest
      ? `The times from ${since.toISOString()} to ${latest.toISOString()} get`
      : `${latest.toISOString()} gets`;
  const why = `${span} no run: at most ${limits.missedRuns} wait; a backfill makes up for them`;
  return { times, leftOut: { at: latest, why } };
}
