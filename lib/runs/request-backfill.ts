import { randomUUID } from "node:crypto";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isUniqueViolation } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { type BackfillRequested, RequestBackfillInput } from "./backfill-schema.ts";
import { backfillTimes } from "./backfill-times.ts";
import { requireExecutable } from "./check-ir.ts";
import { toBackfill } from "./get-backfill.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { wakeWorkers } from "./wake.ts";

/**
 * Asks for a run for each time of a range that has passed. They are made one after another, each when no other run of
 * the pipeline waits or is under way. With `idempotencyKey` a repeated request answers with the first.
 * @throws AppError `pipeline_not_found`, `not_executable`; `bad_request` for a range without times, with too many, or
 * in the future; `conflict` while another backfill of the pipeline is under way.
 */
export async function requestBackfill({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; range: unknown; idempotencyKey?: string };
}): Promise<BackfillRequested> {
  requirePermission(ctx, "pipelines.run");
  const asked = RequestBackfillInput.parse(input.range);
  const now = new Date();
  const range = { from: new Date(asked.from), to: new Date(asked.to), stepMinutes: asked.stepMinutes };
  const { pipelineId, name, ir: current } = await loadVersion({ ctx, pipeline: input.id });
  const key = input.idempotencyKey && `${pipelineId}:${input.idempotencyKey}`;
  const first = await firstOf(ctx, key);
  if (first) return first;
  if (range.to > now)
    throw new AppError("bad_request", "A backfill is for times that have passed; to lies ahead");
  const ir = requireExecutable(current, await loadCatalogue(ctx));
  const beat = await ctx.db.schedule.findFirst({ where: { pipelineId, tenantId: ctx.tenant } });
  const times = backfillTimes(range, ir.schedule, beat?.nextRunAt ?? beat?.lastRunAt ?? undefined);
  const row = await ctx.db
    .$transaction(async (tx) => {
      const created = await tx.backfill.create({
        data: {
          id: randomUUID(),
          tenantId: ctx.tenant,
          pipelineId,
          activeFor: pipelineId,
          ...range,
          times,
          idempotencyKey: key,
          requestedBy: ctx.actor.id,
          requestedByName: ctx.actor.name,
        },
      });
      await emitAudit(tx, ctx, {
        action: "backfill.requested",
        entityType: "pipeline",
        entityId: pipelineId,
        entityName: name,
        after: { backfillId: created.id, ...range, times: times.length },
      });
      return created;
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error;
      return undefined;
    });
  const same = row ? undefined : await firstOf(ctx, key);
  if (same) return same;
  if (!row)
    throw new AppError("conflict", "A backfill of the pipeline is under way; cancel it or wait for its end");
  wakeWorkers();
  return { ...(await toBackfill(ctx, row)), existing: false };
}

/** What a request with the same key has made before. */
async function firstOf(ctx: Ctx, key: string | undefined): Promise<BackfillRequested | undefined> {
  if (!key) return undefined;
  const row = await ctx.db.backfill.findFirst({ where: { tenantId: ctx.tenant, idempotencyKey: key } });
  return row ? { ...(await toBackfill(ctx, row)), existing: true } : undefined;
}
