import { CronExpressionParser } from "cron-parser";
import cronstrue from "cronstrue";
import { describeRecurrence, recurrenceDates } from "./recurrence.ts";
import type { Schedule } from "./schedule-schema.ts";
import { toWallClock } from "./timezone.ts";

/** Cron is checked for this long ahead: 29 February comes at least every 8 years. */
const HORIZON_YEARS = 9;

const HOUR_MS = 3_600_000;

/**
 * Where the package begins to look. Asked from within an hour that comes twice, it takes the second for the first: so
 * it begins before both, and the answer does not depend on when it was asked.
 */
function beforeChange(from: Date, timezone: string): Date {
  const [start, end] = [new Date(from.getTime() - 2 * HOUR_MS), new Date(from.getTime() + HOUR_MS)];
  const onTheWall = toWallClock(end, timezone).getTime() - toWallClock(start, timezone).getTime();
  return Math.abs(onTheWall - 3 * HOUR_MS) < 2_000 ? from : start;
}

function cronDates(schedule: Schedule & { kind: "cron" }, from: Date, count: number): Date[] {
  const endDate = new Date(from.getTime() + HORIZON_YEARS * 366 * 86_400_000);
  const tz = schedule.timezone ?? "UTC";
  const currentDate = tz === "UTC" ? from : beforeChange(from, tz);
  const cron = CronExpressionParser.parse(schedule.expression, { currentDate, endDate, tz });
  const dates: Date[] = [];
  while (dates.length < count && cron.hasNext()) {
    const next = cron.next().toDate();
    if (next > from) dates.push(next);
  }
  return dates;
}

/**
 * The next instants at which a schedule fires, strictly after `from`, earliest first; at most `count`, fewer when
 * it ends. An interval counts from `from`. Cron follows cron-parser, in the schedule's zone (default UTC).
 * @throws Error when the schedule is not valid; see checks/schedule.ts.
 */
export function nextRuns(schedule: Schedule, from: Date, count: number): Date[] {
  switch (schedule.kind) {
    case "cron":
      return cronDates(schedule, from, count);
    case "interval":
      return Array.from(
        { length: count },
        (_, index) => new Date(from.getTime() + (index + 1) * schedule.minutes * 60_000),
      );
    case "rrule":
      return recurrenceDates(schedule.rrule, schedule.timezone ?? "UTC", from, count);
  }
}

/**
 * The latest instant at which a schedule fires, from `due`, one of its times, up to `until`. However many lie between,
 * it takes some dozens of steps.
 */
export function latestRun(schedule: Schedule, due: Date, until: Date): Date {
  if (schedule.kind === "interval") {
    const step = schedule.minutes * 60_000;
    const passed = Math.max(0, Math.floor((until.getTime() - due.getTime()) / step));
    return new Date(due.getTime() + passed * step);
  }
  const nextBefore = (from: Date): Date | undefined => {
    const [next] = nextRuns(schedule, from, 1);
    return next && next <= until ? next : undefined;
  };
  let latest = due;
  let end = until.getTime();
  for (let next = nextBefore(latest); next; next = nextBefore(latest)) {
    latest = next;
    const middle = (latest.getTime() + end) / 2;
    const beyond = nextBefore(new Date(middle));
    if (beyond) latest = beyond;
    else end = middle;
  }
  return latest;
}

const every = (minutes: number): string => {
  if (minutes === 1) return "every minute";
  if (minutes === 1440) return "every day";
  if (minutes % 60 !== 0) return `every ${minutes} minutes`;
  return minutes === 60 ? "every hour" : `every ${minutes / 60} hours`;
};

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const ON_MISSED = { once: "", skip: "missed runs are left out", all: "each missed run is made up for" };
const OVERLAP = { queue: "", skip: "left out while a run is under way" };

/**
 * A schedule in words, such as "at 06:00, Europe/Berlin" or "every 15 minutes", with what differs from the rule for
 * runs that were missed or meet.
 */
export function describeSchedule(schedule: Schedule): string {
  const policies = [ON_MISSED[schedule.onMissed ?? "once"], OVERLAP[schedule.overlap ?? "queue"]];
  return [describeTimes(schedule), ...policies].filter(Boolean).join("; ");
}

function describeTimes(schedule: Schedule): string {
  if (schedule.kind === "interval") return every(schedule.minutes);
  const zone = schedule.timezone ?? "UTC";
  try {
    const words =
      schedule.kind === "cron"
        ? cronstrue.toString(schedule.expression, { use24HourTimeFormat: true, verbose: true })
        : describeRecurrence(schedule.rrule);
    return `${lower(words)}, ${zone}`;
  } catch {
    return `${schedule.kind === "cron" ? schedule.expression : schedule.rrule}, ${zone}`;
  }
}
