import type { Issue } from "../issue.ts";
import { recurrenceProblem } from "../recurrence.ts";
import { nextRuns } from "../schedule.ts";
import type { Schedule } from "../schedule-schema.ts";
import { isTimezone } from "../timezone.ts";

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function cronProblem(schedule: Schedule & { kind: "cron" }, timezone: string): string | undefined {
  const fields = schedule.expression.trim().split(/\s+/);
  if (fields.length !== 5) return `has ${fields.length} field(s), not 5`;
  const odd = fields.find((field) => !/^[0-9A-Za-z*,/?#-]+$/.test(field) || /^H/.test(field));
  if (odd !== undefined) return `has "${odd}", which is no cron field`;
  try {
    const first = nextRuns({ ...schedule, timezone }, new Date(Date.UTC(2024, 0, 1)), 1);
    return first.length === 0 ? "names a day that never comes" : undefined;
  } catch (error) {
    const why = reason(error);
    return why.includes("day of month") ? "names a day that never comes" : `is not valid: ${why}`;
  }
}

/** Check 7: the cron expression, recurrence rule and time zone are real, and the policies go together. */
export function checkSchedule(schedule: Schedule | undefined): Issue[] {
  if (!schedule) return [];
  const issues: Issue[] = [];
  if (schedule.onMissed === "all" && schedule.overlap === "skip") {
    issues.push({
      code: "bad_policy",
      path: "/schedule/overlap",
      message: `schedule, field "overlap": "skip" leaves out what "onMissed": "all" makes up for`,
      hint: 'leave out "overlap", or set "onMissed" to "once"',
    });
  }
  if (schedule.kind === "interval") return issues;
  const zone = schedule.timezone ?? "UTC";
  if (!isTimezone(zone)) {
    issues.push({
      code: "bad_timezone",
      path: "/schedule/timezone",
      message: `schedule, field "timezone": "${zone}" is not an IANA time zone`,
      hint: 'write it like "Europe/Berlin" or "UTC"',
    });
  }
  const usable = isTimezone(zone) ? zone : "UTC";
  if (schedule.kind === "cron") {
    const problem = cronProblem(schedule, usable);
    if (problem) {
      issues.push({
        code: "bad_cron",
        path: "/schedule/expression",
        message: `schedule, field "expression": "${schedule.expression}" ${problem}`,
        hint: 'write five fields, minute hour day month weekday, like "0 6 * * *" (daily at 06:00)',
      });
    }
  } else {
    const problem = recurrenceProblem(schedule.rrule, usable);
    if (problem) {
      issues.push({
        code: "bad_rrule",
        path: "/schedule/rrule",
        message: `schedule, field "rrule": "${schedule.rrule}" ${problem}`,
        hint: 'write an RFC 5545 rule like "FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0"',
      });
    }
  }
  return issues;
}
