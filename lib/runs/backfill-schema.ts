import { z } from "zod";
import { limits } from "#lib/limits.ts";

/** What becomes of the times of a backfill. The last two states are final. */
export const BackfillStatus = z.enum(["running", "completed", "cancelled"]);
export type BackfillStatus = z.infer<typeof BackfillStatus>;

/** Body of `POST /api/v1/pipelines/{id}/backfill`: runs for the times from `from` to `to`, both included. */
export const RequestBackfillInput = z
  .strictObject({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }).describe("not in the future"),
    stepMinutes: z
      .int()
      .min(1)
      .max(527_040)
      .optional()
      .describe("a time every so many minutes, beginning with `from`; default: the schedule's own times"),
  })
  .refine(({ from, to }) => Date.parse(from) <= Date.parse(to), {
    error: "must not be before from",
    path: ["to"],
  })
  .describe(`at most ${limits.backfillRuns} times`);
export type RequestBackfillInput = z.infer<typeof RequestBackfillInput>;

/** A backfill and how far it is. Every time is in one of `done`, `failed`, `cancelled` and `left`. */
export const Backfill = z.object({
  backfillId: z.string(),
  pipelineId: z.string(),
  status: BackfillStatus,
  from: z.string(),
  to: z.string(),
  stepMinutes: z.int().nullable(),
  total: z.int(),
  done: z.int(),
  failed: z.int(),
  cancelled: z.int().describe("runs that were cancelled, and times that got none because the backfill was"),
  left: z.int().describe("runs that wait or are under way, and times whose turn has not come"),
  waitsFor: z.string().nullable().describe("what keeps the next run from being made, if anything does"),
  current: z
    .object({ runId: z.string(), scheduledFor: z.string() })
    .nullable()
    .describe("the run that waits or is under way"),
  requestedBy: z.string(),
  requestedByName: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type Backfill = z.infer<typeof Backfill>;

/** A pipeline's latest backfills, newest first. */
export const BackfillList = z.object({ data: z.array(Backfill) });
export type BackfillList = z.infer<typeof BackfillList>;

/** Answer of a request; `existing` if the idempotency key had been used before. */
export const BackfillRequested = Backfill.extend({ existing: z.boolean() });
export type BackfillRequested = z.infer<typeof BackfillRequested>;

/** A backfill named in a path below its pipeline. */
export const BackfillParams = z.object({ id: z.string().min(1).max(128), backfillId: z.uuid() });
