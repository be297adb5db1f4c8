import type { Ctx } from "#lib/context.ts";
import type { JsonInput } from "#lib/db.ts";
import { pipeline } from "./run-kit.ts";

/** What a run that has ended is made of. */
export type End = {
  status?: string;
  error?: JsonInput;
  warnings?: JsonInput;
  rowsRead?: number;
  rowsOut?: number;
  rowsRejected?: number;
  finishedAt?: Date;
};

/** Puts a run that has ended, and of which nobody was told, beside a pipeline. @returns its id. */
export async function endedRun(ctx: Ctx, pipelineId: string, end: End = {}): Promise<string> {
  const at = end.finishedAt ?? new Date();
  const { id } = await ctx.db.run.create({
    data: {
      ...{ tenantId: ctx.tenant, pipelineId, pipelineVersion: 1, trigger: "manual", requestedBy: "u" },
      ...{ attempt: 1, status: "completed", queuedAt: at, startedAt: at, finishedAt: at, ...end },
    },
  });
  return id;
}

/** A run that has failed at its target. */
export const failedRun = (ctx: Ctx, pipelineId: string, finishedAt?: Date) =>
  endedRun(ctx, pipelineId, {
    status: "failed",
    error: { code: "load_failed", message: 'value "4711" is too long', nodeId: "load", hint: "Widen it" },
    rowsRead: 3,
    ...(finishedAt && { finishedAt }),
  });

/** A pipeline to end runs of. @returns its uuid. */
export const aPipeline = (ctx: Ctx, id = "orders") => pipeline(ctx, id);

/** What waits becomes due now, as if its time had come. */
export async function timePasses(ctx: Ctx): Promise<void> {
  await ctx.db.delivery.updateMany({
    where: { tenantId: ctx.tenant, status: "waiting" },
    data: { nextAttemptAt: new Date(0) },
  });
}
