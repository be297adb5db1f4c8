import { z } from "zod";

const timezone = z.string().min(1).max(64).optional().describe("IANA time zone; default UTC");

export const CronSchedule = z.strictObject({
  kind: z.literal("cron"),
  expression: z.string().min(1).max(128).describe("five fields: minute hour day month weekday"),
  timezone,
});
export const IntervalSchedule = z.strictObject({
  kind: z.literal("interval"),
  minutes: z.int().min(1, { error: "must be 1 to 1440" }).max(1440, { error: "must be 1 to 1440" }),
});
export const RruleSchedule = z.strictObject({
  kind: z.literal("rrule"),
  rrule: z.string().min(1).max(1000).describe("RFC 5545 recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO"),
  timezone,
});

/** When a pipeline runs by itself. */
export const Schedule = z.discriminatedUnion("kind", [CronSchedule, IntervalSchedule, RruleSchedule]);
export type Schedule = z.infer<typeof Schedule>;
