import { isDeepStrictEqual } from "node:util";
import type { Ctx } from "#lib/context.ts";
import { type JsonInput, Prisma, type Tx } from "#lib/db.ts";
import { nextDeadline, nextRuns } from "#lib/ir/index.ts";
import { type Schedule, timesOf } from "#lib/ir/schema.ts";
import { type Arrivals, noArrivals } from "./arrivals.ts";

/** What a pipeline's current version says about when it runs. */
export type ScheduleSource = {
  pipelineId: string;
  schedule: Schedule | undefined;
  executable: boolean;
  now: Date;
};

/**
 * Brings the Schedule row in step with the version that is being saved. A pause outlives an edit; a time that is
 * already due is kept where the schedule did not change; a draft has no next time.
 */
export async function syncSchedule(
  tx: Tx,
  ctx: Pick<Ctx, "tenant">,
  { pipelineId, schedule, executable, now }: ScheduleSource,
): Promise<void> {
  if (!schedule) {
    await tx.schedule.deleteMany({ where: { pipelineId, tenantId: ctx.tenant } });
    return;
  }
  const known = await tx.schedule.findFirst({ where: { pipelineId, tenantId: ctx.tenant } });
  const enabled = known?.enabled ?? true;
  const unchanged = known !== null && isDeepStrictEqual(timesOf(known.spec as Schedule), timesOf(schedule));
  const wakes = enabled && executable;
  const times =
    wakes && unchanged && known.nextRunAt
      ? { nextRunAt: known.nextRunAt, deadlineAt: known.deadlineAt }
      : beginAt(wakes ? schedule : undefined, now);
  const arrivals = arrivalsAfter(known?.arrivals, schedule, unchanged);
  const spec = schedule as unknown as JsonInput;
  await tx.schedule.upsert({
    where: { pipelineId },
    create: { pipelineId, tenantId: ctx.tenant, spec, enabled, ...times, arrivals },
    update: { spec, ...times, arrivals },
  });
}

/** When a schedule that begins `now` is due first, and by when a file has to be there; no schedule, no times. */
export function beginAt(
  schedule: Schedule | undefined,
  now: Date,
): { nextRunAt: Date | null; deadlineAt: Date | null } {
  if (schedule?.kind === "file_arrival")
    return { nextRunAt: now, deadlineAt: nextDeadline(schedule, now) ?? null };
  return { nextRunAt: schedule ? firstAfter(schedule, now) : null, deadlineAt: null };
}

/** What was seen outlives an edit; another deadline counts from now on. */
function arrivalsAfter(
  known: unknown,
  schedule: Schedule,
  unchanged: boolean,
): JsonInput | typeof Prisma.DbNull {
  if (schedule.kind !== "file_arrival") return Prisma.DbNull;
  const before = known as Arrivals | null | undefined;
  return before && unchanged ? before : noArrivals(before);
}

/** The first time after `now`, or null if the schedule has come to its end. */
function firstAfter(schedule: Schedule, now: Date): Date | null {
  return nextRuns(schedule, now, 1)[0] ?? null;
}

/**
 * The time after a start that was due at `due`, as seen at `now`. However many were missed, the answer lies in the
 * future: they are made up for by the one start. Intervals keep their beat; calendars follow the clock on the wall.
 */
export function timeAfter(schedule: Schedule, due: Date, now: Date): Date | null {
  if (schedule.kind !== "interval") return firstAfter(schedule, now);
  const step = schedule.minutes * 60_000;
  const passed = Math.max(0, Math.floor((now.getTime() - due.getTime()) / step));
  return new Date(due.getTime() + (passed + 1) * step);
}
