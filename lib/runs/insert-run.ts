import { randomUUID } from "node:crypto";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { compile } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { RunRequested, RunTrigger } from "./schema.ts";

/** A run of one version, to be queued. The same key twice makes one run. */
export type NewRun = {
  pipelineId: string;
  name: string;
  version: number;
  ir: PipelineIr;
  trigger: RunTrigger;
  /** The time that the run stands for. */
  scheduledFor?: Date;
  backfillId?: string;
  idempotencyKey?: string;
};

/**
 * Queues a run in the caller's transaction: the row is the request, a worker's dispatcher makes a job of it after the
 * commit. Its audit row is written last.
 */
export async function insertRun(tx: Tx, ctx: Ctx, run: NewRun): Promise<RunRequested> {
  const runId = randomUUID();
  const key = run.idempotencyKey ?? null;
  const inserted = await tx.$executeRaw`
    insert into "Run" ("id", "tenantId", "pipelineId", "pipelineVersion", "trigger", "requestedBy", "requestedByName",
      "idempotencyKey", "scheduledFor", "backfillId")
    values (${runId}, ${ctx.tenant}, ${run.pipelineId}, ${run.version}, ${run.trigger}, ${ctx.actor.id},
      ${ctx.actor.name ?? null}, ${key},
      ${run.scheduledFor ?? null}, ${run.backfillId ?? null})
    on conflict ("tenantId", "idempotencyKey") do nothing`;
  if (inserted === 0) {
    const known = await tx.run.findFirstOrThrow({
      where: { tenantId: ctx.tenant, idempotencyKey: key },
      select: { id: true },
    });
    return { runId: known.id, existing: true };
  }
  // In the order rows take, which need not be the order of the document.
  await tx.runStep.createMany({
    data: compile(run.ir).steps.map(({ nodeId, kind }, ordinal) => ({
      runId,
      nodeId,
      tenantId: ctx.tenant,
      kind,
      ordinal,
    })),
  });
  await emitAudit(tx, ctx, {
    action: "run.requested",
    entityType: "run",
    entityId: runId,
    entityName: run.name,
    after: {
      pipelineId: run.pipelineId,
      version: run.version,
      trigger: run.trigger,
      scheduledFor: run.scheduledFor,
    },
  });
  return { runId, existing: false };
}
