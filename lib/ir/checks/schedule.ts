import type { IrNode } from "../document.ts";
import type { Issue } from "../issue.ts";
import { type FileSourceNode, isFileSource } from "../nodes/source.ts";
import { recurrenceProblem } from "../recurrence.ts";
import { nextRuns } from "../schedule.ts";
import type { FileArrivalSchedule, Schedule } from "../schedule-schema.ts";
import { isTimezone } from "../timezone.ts";
import { ROWS, sourcesAbove } from "../upstream.ts";
import { type Check, listed, nodeIssue } from "./check.ts";

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

const badZone = (zone: string, path: string, field: string): Issue => ({
  code: "bad_timezone",
  path,
  message: `schedule, field "${field}": "${zone}" is not an IANA time zone`,
  hint: 'write it like "Europe/Berlin" or "UTC"',
});

/** What is looked at must be a source of files, and no other must be meant. */
function checkArrival({ source, deadline }: FileArrivalSchedule, nodes: readonly IrNode[]): Issue[] {
  const issues: Issue[] = [];
  const files = nodes.flatMap((node) => (node.kind === "source" && isFileSource(node) ? [node.id] : []));
  if (source === undefined ? files.length !== 1 : !files.includes(source)) {
    const wrong =
      source === undefined
        ? `the pipeline has ${files.length === 0 ? "no source of files" : `${files.length} sources of files`}`
        : `"${source}" is no source of files of this pipeline`;
    issues.push({
      code: "bad_arrival",
      path: source === undefined ? "/schedule" : "/schedule/source",
      message: `schedule, field "source": ${wrong}`,
      hint: files.length === 0 ? "a schedule of another kind names times" : `name one of ${listed(files)}`,
    });
  }
  const zone = deadline?.timezone;
  if (zone !== undefined && !isTimezone(zone))
    issues.push(badZone(zone, "/schedule/deadline/timezone", "deadline.timezone"));
  return issues;
}

/** Whether a file that was loaded is found again by the next run. */
function findsAgain({ config }: FileSourceNode): boolean {
  const { pattern, ordering, atomicity } = config;
  if (!pattern || pattern.type === "date_template" || ordering === "latest_by_mtime") return false;
  return atomicity?.successFolder === undefined;
}

/** Check 7, warnings: rows that are added are added once more with each run of the schedule. */
export const warnLoadedAgain: Check = ({ ir, graph }) => {
  const { schedule, nodes } = ir;
  if (!schedule) return [];
  const sources = nodes.filter((node) => node.kind === "source").filter(isFileSource);
  // Of several, a run by arrival reads all as well; but the one it waits at is where files come and stay.
  const awaited = schedule.kind === "file_arrival" ? (schedule.source ?? sources[0]?.id) : undefined;
  const again = sources.filter((source) => (!awaited || source.id === awaited) && findsAgain(source));
  const each = awaited ? "each file that arrives loads" : "each run of the schedule loads";
  return nodes.flatMap((node, index) => {
    if (node.kind !== "target" || node.loadMode !== "append") return [];
    const above = sourcesAbove(graph, node.id, ROWS);
    const source = again.find((one) => above.includes(one));
    if (!source) return [];
    const message = `${each} all that still lie at "${source.id}" once more, and "append" adds their rows again`;
    const moving =
      source.connector === "http_pull"
        ? ""
        : "have loaded files moved away (atomicity.successFolder at the source); or ";
    const hint = `${moving}choose upsert, which matches rows, or truncate, which replaces them; or have the source read only the newest file (ordering latest_by_mtime) or those of the day (a date_template)`;
    return [nodeIssue("loaded_again", node, index, ["loadMode"], message, hint)];
  });
};

/**
 * Check 7: the cron expression, recurrence rule and time zone are real, the policies go together, and what is waited
 * for is a source of files.
 */
export function checkSchedule(schedule: Schedule | undefined, nodes: readonly IrNode[] = []): Issue[] {
  if (!schedule) return [];
  if (schedule.kind === "file_arrival") return checkArrival(schedule, nodes);
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
  if (!isTimezone(zone)) issues.push(badZone(zone, "/schedule/timezone", "timezone"));
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
