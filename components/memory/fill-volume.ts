import type { Volume } from "#lib/ingest/schema.ts";

/** One bar of the chart: when it began, in epoch milliseconds, and how many events. */
export type Bar = { at: number; events: number };

const STEP = { minute: 60_000, hour: 3_600_000 } as const;

/** A bar for every minute or hour of the window up to `now`, those without events too: the server leaves them out. */
export function fillVolume({ bucket, points }: Volume, hours: number, now: number): Bar[] {
  const step = STEP[bucket];
  const counts = new Map(points.map(({ at, events }) => [Math.floor(Date.parse(at) / step), events]));
  const last = Math.max(Math.floor(now / step), ...counts.keys());
  const bars = Math.round((hours * STEP.hour) / step);
  return Array.from({ length: bars }, (_, at) => last - bars + 1 + at).map((slot) => ({
    at: slot * step,
    events: counts.get(slot) ?? 0,
  }));
}
