import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma } from "#lib/db.ts";
import { describeSchedule, nextRuns } from "#lib/ir/index.ts";
import type { Schedule, TimedSchedule } from "#lib/ir/schema.ts";
import { getPipeline } from "#lib/pipelines/index.ts";
import type { Arrivals } from "./arrivals.ts";
import { iso } from "./run-shapes.ts";
import type { ArrivalState, PipelineSchedule } from "./schema.ts";
import { timeAfter } from "./sync-schedule.ts";

const SHOWN = 3;

/** When a pipeline runs by itself, in times and in words. @throws AppError `pipeline_not_found`. */
export async function getSchedule({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<PipelineSchedule> {
  requirePermission(ctx, "pipelines.read");
  const pipeline = await getPipeline({ ctx, input });
  const row = await ctx.db.schedule.findFirst({ where: { pipelineId: pipeline.id, tenantId: ctx.tenant } });
  return toPipelineSchedule(row, pipeline.executable, new Date());
}

/** A Schedule row as it travels; none means that the pipeline runs on request only. */
export function toPipelineSchedule(
  row: Prisma.ScheduleGetPayload<object> | null,
  executable: boolean,
  now: Date,
): PipelineSchedule {
  if (!row) {
    const never = { schedule: null, description: null, nextRunAt: null, lastRunAt: null, blocked: null };
    return { ...never, arrival: null, leftOut: null, enabled: false, nextRuns: [], nextRunsInWords: [] };
  }
  const schedule = row.spec as unknown as Schedule;
  const timed = schedule.kind === "file_arrival" ? undefined : schedule;
  const times = timed && row.nextRunAt ? timesFrom(timed, row.nextRunAt, now) : [];
  return {
    schedule,
    description: describeSchedule(schedule),
    enabled: row.enabled,
    nextRunAt: timed ? iso(row.nextRunAt) : null,
    lastRunAt: iso(row.lastRunAt),
    nextRuns: times.map((time) => time.toISOString()),
    nextRunsInWords: times.map((time) => (timed ? inWords(time, timed) : "")),
    blocked: row.enabled && !executable ? "The current version is a draft: it cannot be run yet" : null,
    arrival: timed ? null : toArrivalState(row),
    leftOut: row.leftOutAt && { at: row.leftOutAt.toISOString(), why: row.leftOut ?? "" },
  };
}

function toArrivalState({
  arrivals,
  nextRunAt,
  deadlineAt,
}: Prisma.ScheduleGetPayload<object>): ArrivalState {
  const { place, lookedAt, moving, last, problem } = (arrivals as Partial<Arrivals> | null) ?? {};
  return {
    place: place ?? null,
    lookedAt: lookedAt ?? null,
    nextLookAt: iso(nextRunAt),
    deadlineAt: iso(deadlineAt),
    moving: moving?.length ?? 0,
    last: last ?? null,
    problem: problem ?? null,
  };
}

function timesFrom(schedule: TimedSchedule, first: Date, now: Date): Date[] {
  const base = first < now ? now : first;
  if (schedule.kind !== "interval") return [first, ...nextRuns(schedule, base, SHOWN - 1)];
  const times = [first];
  while (times.length < SHOWN) {
    const last = times.at(-1) ?? first;
    const next = timeAfter(schedule, last, last < now ? now : last);
    if (!next) break;
    times.push(next);
  }
  return times;
}

/** E.g. "Sun 22 Nov 2026, 06:00 CET", in the schedule's own time zone. */
function inWords(time: Date, schedule: TimedSchedule): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone: schedule.kind === "interval" ? "UTC" : (schedule.timezone ?? "UTC"),
  }).format(time);
}
