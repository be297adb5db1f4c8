import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { fromWallClock, isTimezone, toWallClock } from "#lib/ir/index.ts";
import { type DailyRows, DailyRowsQuery } from "./schema.ts";

const DAY_MS = 86_400_000;
/** A run that was asked for this long before the first day is not looked for; it keeps the query on its index. */
const LOOK_BACK_MS = 7 * DAY_MS;

type Sum = { at: number; runs: number; loaded: bigint | null; rejected: bigint | null };

/**
 * Runs, loaded and rejected rows of each of the last days in a time zone, oldest first, days without runs included.
 * A run counts on the day it was last started, or was asked for if it has not started.
 * @param now the moment whose day is the last.
 * @throws AppError `permission_denied`, `bad_request`.
 */
export async function listDailyRows({
  ctx,
  input,
  now = new Date(),
}: {
  ctx: Ctx;
  input: unknown;
  now?: Date;
}): Promise<DailyRows> {
  requirePermission(ctx, "runs.read");
  const { days, zone } = DailyRowsQuery.parse(input);
  if (!isTimezone(zone)) throw new AppError("bad_request", `"${zone}" is not an IANA time zone`);
  const names = dayNames(toWallClock(now, zone), days);
  // Days have 23 to 25 hours where clocks change, so each boundary is found by itself.
  const starts = names.map((day) => fromWallClock(new Date(`${day}T00:00:00Z`), zone).toISOString());
  const first = new Date(starts[0] ?? now);
  // A row that its replay rejects again was counted by the run that rejected it first.
  const sums = await ctx.db.$queryRaw<Sum[]>`
    select width_bucket(coalesce("startedAt", "queuedAt"), ${starts}::text[]::timestamptz[]) as "at",
      count(*)::int as "runs", sum("rowsOut")::bigint as "loaded", 
      sum("rowsRejected") filter (where "replayOf" is null)::bigint as "rejected"
    from "Run"
    where "tenantId" = ${ctx.tenant} and "queuedAt" >= ${new Date(first.getTime() - LOOK_BACK_MS)}
      and coalesce("startedAt", "queuedAt") >= ${first}
    group by 1`;
  const byDay = new Map(sums.map((sum) => [names[sum.at - 1], sum]));
  const data = names.map((day) => {
    const { runs = 0, loaded, rejected } = byDay.get(day) ?? {};
    return { day, runs, loaded: Number(loaded ?? 0), rejected: Number(rejected ?? 0) };
  });
  return { data, zone };
}

/** The ISO dates of the last days, oldest first. `wallClock` carries the local time in its UTC fields. */
function dayNames(wallClock: Date, days: number): string[] {
  return Array.from({ length: days }, (_, at) =>
    new Date(wallClock.getTime() - (days - 1 - at) * DAY_MS).toISOString().slice(0, 10),
  );
}
