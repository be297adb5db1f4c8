import { z } from "zod";
import { Id } from "./primitives.ts";

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

/** Days of a week, as cron names them. */
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** What becomes of a day on which no file came in time. */
export const ON_MISS = ["fail", "skip"] as const;

export const FileArrivalSchedule = z.strictObject({
  kind: z.literal("file_arrival"),
  source: Id.optional().describe("id of the source of files that is looked at; default: the only one"),
  everyMinutes: z
    .int()
    .min(1, { error: "must be 1 to 1440" })
    .max(1440, { error: "must be 1 to 1440" })
    .describe("how often is looked for files"),
  deadline: z
    .strictObject({
      time: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "must be a time of day like 07:00" })
        .describe("by when a file has to be there, e.g. 07:00"),
      days: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional().describe("default: every day"),
      timezone,
      onMiss: z
        .enum(ON_MISS)
        .optional()
        .describe("no file by then: a failed run (default), or it is only noted"),
    })
    .optional(),
});
export type FileArrivalSchedule = z.infer<typeof FileArrivalSchedule>;

/** When a pipeline runs by itself. */
export const Schedule = z.discriminatedUnion("kind", [
  CronSchedule,
  IntervalSchedule,
  RruleSchedule,
  FileArrivalSchedule,
]);
export type Schedule = z.infer<typeof Schedule>;
/** A schedule that names its times. */
export type TimedSchedule = Exclude<Schedule, { kind: "file_arrival" }>;

/** What a schedule says of missed and meeting times; one that waits for files says nothing. */
export function policiesOf(schedule: Schedule): Pick<TimedSchedule, "onMissed" | "overlap"> {
  if (schedule.kind === "file_arrival") return {};
  const { onMissed, overlap } = schedule;
  return { ...(onMissed && { onMissed }), ...(overlap && { overlap }) };
}

/** A schedule without what does not bear on its times. */
export function timesOf(schedule: Schedule): object {
  if (schedule.kind === "file_arrival") return schedule;
  const { onMissed: _missed, overlap: _overlap, ...times } = schedule;
  return times;
}
