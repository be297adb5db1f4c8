import { CronExpressionParser } from "cron-parser";
import cronstrue from "cronstrue";
import { describeRecurrence, recurrenceDates } from "./recurrence.ts";
import {
  type FileArrivalSchedule,
  policiesOf,
  type Schedule,
  type TimedSchedule,
} from "./schedule-schema.ts";
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
 * it ends. An interval counts from `from`. Cron follows cron-parser, in the schedule's zone (default UTC). A schedule
 * that waits for files has no times of its own.
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
    case "file_arrival":
      return [];
  }
}

/** By when a file has to be there next, strictly after `from`; undefined where the schedule names no deadline. */
export function nextDeadline({ deadline }: FileArrivalSchedule, from: Date): Date | undefined {
  if (!deadline) return undefined;
  const [hour, minute] = deadline.time.split(":").map(Number);
  const expression = `${minute} ${hour} * * ${deadline.days?.join(",") ?? "*"}`;
  return nextRuns({ kind: "cron", expression, timezone: deadline.timezone }, from, 1)[0];
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
  if (schedule.kind === "file_arrival") return describeArrival(schedule);
  const { onMissed = "once", overlap = "queue" } = policiesOf(schedule);
  const policies = [ON_MISSED[onMissed], OVERLAP[overlap]];
  return [describeTimes(schedule), ...policies].filter(Boolean).join("; ");
}

const DAY_NAMES = { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" };

function describeArrival({ source, everyMinutes, deadline }: FileArrivalSchedule): string {
  const where = source === undefined ? "" : ` at "${source}"`;
  const looked = `when a file arrives${where}, looked for ${every(everyMinutes)}`;
  if (!deadline) return looked;
  const days = deadline.days ? ` on ${deadline.days.map((day) => DAY_NAMES[day]).join(", ")}` : "";
  const missed = deadline.onMiss === "skip" ? ", only noted if none is there" : "";
  return `${looked}; by ${deadline.time} ${deadline.timezone ?? "UTC"}${days}${missed}`;
}

function describeTimes(schedule: TimedSchedule): string {
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
