import * as rruleModule from "rrule";
import { fromWallClock, toWallClock } from "./timezone.ts";

// Plain Node loads the package's CommonJS build, bundlers its ES modules: the names stand in different places.
const { rrulestr, RRule } = (
  "default" in rruleModule ? rruleModule.default : rruleModule
) as typeof rruleModule;

/** Where a rule without DTSTART starts counting (a Monday), so that its phase never depends on the clock. */
const EPOCH = new Date(Date.UTC(2024, 0, 1));
const HORIZON_MS = 9 * 366 * 86_400_000;
/**
 * The package searches a rule that never fires up to the year 9999. The calendar repeats every 400 years, weekdays
 * too, so we let it work 7600 years from now: what takes 12 s from today takes half a second from there.
 */
const SHIFT_MS = 19 * 146_097 * 86_400_000;
const shifted = (date: Date): Date => new Date(date.getTime() + SHIFT_MS);

/** The rule on shifted wall clocks (as UTC fields), ending some years after `wall`. */
function ruleOf(text: string, wall: Date): InstanceType<typeof RRule> {
  const { until, dtstart, ...options } = rrulestr(text.trim()).origOptions;
  const horizon = new Date(wall.getTime() + HORIZON_MS);
  return new RRule({
    ...options,
    tzid: null,
    dtstart: shifted(dtstart ?? EPOCH),
    until: shifted(until && until < horizon ? until : horizon),
  });
}

/** The next instants of an RFC 5545 rule after `from`, in the wall clock of `timezone`; at most `count`. */
export function recurrenceDates(text: string, timezone: string, from: Date, count: number): Date[] {
  const start = toWallClock(from, timezone);
  const rule = ruleOf(text, start);
  const dates: Date[] = [];
  // One pass: asked for one time after another, the package begins each time with the first.
  rule.between(shifted(start), shifted(new Date(start.getTime() + 2 * HORIZON_MS)), false, (next) => {
    const instant = fromWallClock(new Date(next.getTime() - SHIFT_MS), timezone);
    // Where the clock is put forward, two times of a rule meet in one instant.
    if (dates.length < count && instant > (dates.at(-1) ?? from)) dates.push(instant);
    return dates.length < count;
  });
  return dates;
}

/** The rule in words, with its text: the words leave minutes out. */
export function describeRecurrence(text: string): string {
  return `${rrulestr(text.trim()).toText()} (${text.trim()})`;
}

function partProblem(part: string): string | undefined {
  const [key = "", value = ""] = part.split("=");
  const within = (least: number, most: number): boolean =>
    value.split(",").every((each) => /^\d+$/.test(each) && Number(each) >= least && Number(each) <= most);
  if (key === "BYHOUR" && !within(0, 23)) return "has an hour outside 0 to 23";
  if ((key === "BYMINUTE" || key === "BYSECOND") && !within(0, 59)) return `has a ${key} outside 0 to 59`;
  if (key === "INTERVAL" && !within(1, 1000)) return "has an INTERVAL outside 1 to 1000";
  if (key === "COUNT" && !within(1, 10_000)) return "has a COUNT outside 1 to 10000";
  return undefined;
}

/** What is wrong with a rule, or undefined. One RRULE, with a DTSTART line before it if it counts. */
export function recurrenceProblem(text: string, timezone: string): string | undefined {
  const lines = text.trim().split(/\r?\n/);
  const start = lines.length > 1 ? lines[0] : undefined;
  const rule = (lines.at(-1) ?? "").replace(/^RRULE:/i, "").toUpperCase();
  if (lines.length > 2 || (start !== undefined && !/^DTSTART[:;]/i.test(start)))
    return "must be one rule, after one DTSTART line at most";
  if (start !== undefined && !/[:](20|21)\d{6}/.test(start)) return "has a DTSTART before the year 2000";
  if (!/(^|;)FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;|$)/.test(rule)) {
    return "needs FREQ=YEARLY, MONTHLY, WEEKLY or DAILY (for hours and minutes use an interval or cron)";
  }
  if (/(^|;)COUNT=/.test(rule) && start === undefined) return "has COUNT but no DTSTART to count from";
  const problem = rule
    .split(";")
    .map(partProblem)
    .find((found) => found !== undefined);
  if (problem) return problem;
  try {
    const from = new Date(EPOCH.getTime() - 1);
    return recurrenceDates(text, timezone, from, 1).length === 0 ? "never fires" : undefined;
  } catch (error) {
    const known = error instanceof Error && !(error instanceof TypeError);
    return known ? `is not valid: ${error.message}` : "is not valid";
  }
}
