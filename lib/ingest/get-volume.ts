import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { type Volume, VolumeQuery } from "./schema.ts";

/** Up to so many hours the points are minutes. */
const MINUTES_UP_TO = 6;

/**
 * Events of the tenant by the minute or hour they came in, oldest first; a time without events has no point.
 * @throws AppError `permission_denied`
 */
export async function getVolume({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof VolumeQuery>;
}): Promise<Volume> {
  requirePermission(ctx, "memory.read");
  const { hours } = VolumeQuery.parse(input);
  const bucket = hours <= MINUTES_UP_TO ? "minute" : "hour";
  const since = new Date(Date.now() - hours * 3_600_000);
  const points = await ctx.db.$queryRaw<{ at: Date; events: bigint }[]>`
    select date_trunc(${bucket}, "minute", 'UTC') as at, sum("events")::bigint as events from "EventVolume"
    where "tenantId" = ${ctx.tenant} and "minute" >= date_trunc(${bucket}, ${since}::timestamptz, 'UTC')
    group by 1 order by 1`;
  return {
    bucket,
    points: points.map(({ at, events }) => ({ at: at.toISOString(), events: Number(events) })),
  };
}
