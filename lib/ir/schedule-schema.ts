import { z } from "zod";

const timezone = z.string().min(1).max(64).optional().describe("IANA time zone; default UTC");

/** What becomes of times that passed while nothing ran the pipeline. */
export const ON_MISSED = ["once", "skip", "all"] as const;
/** What becomes of a time that comes while a run of the pipeline waits or is under way. */
export const OVERLAPS = ["queue", "skip"] as const;

const policies = {
  onMissed: z
    .enum(ON_MISSED)
    .optional()
    .describe("times that passed unseen: one run (default), none, one each"),
  overlap: z.enum(OVERLAPS).optional().describe("a time during a run: waits (default) or is left out"),
};

export const CronSchedule = z.strictObject({
  kind: z.literal("cron"),
  expression: z.string().min(1).max(128).describe("five fields: minute hour day month weekday"),
  timezone,
  ...policies,
});
export const IntervalSchedule = z.strictObject({
  kind: z.literal("interval"),
  minutes: z.int().min(1, { error: "must be 1 to 1440" }).max(1440, { error: "must be 1 to 1440" }),
  ...policies,
});
export const RruleSchedule = z.strictObject({
  kind: z.literal("rrule"),
  rrule: z.string().min(1).max(1000).describe("RFC 5545 recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO"),
  timezone,
  ...policies,
});

/** When a pipeline runs by itself. */
export const Schedule = z.discriminatedUnion("kind", [CronSchedule, IntervalSchedule, RruleSchedule]);
export type Schedule = z.infer<typeof Schedule>;

/** A schedule without what does not bear on its times. */
export function timesOf({ onMissed: _missed, overlap: _overlap, ...times }: Schedule): object {
  return times;
}
