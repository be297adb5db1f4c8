import { randomUUID } from "node:crypto";
import { type AuditEntry, emitAudits } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { compile } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { RunRequested, RunTrigger } from "./schema.ts";
import { RUNS_CHANNEL } from "./wake.ts";

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
  /** The run whose rejected rows it takes on. */
  replayOf?: string;
  idempotencyKey?: string;
};

/** Who asks for which run; its steps, where the caller has them at hand. */
export type AskedRun = { ctx: Ctx; run: NewRun; steps?: RunSteps };

/** The nodes of a run in the order rows take, which need not be the order of the document. */
export type RunSteps = { nodeId: string; kind: string }[];

/** An entry that `emitAudits` takes. */
export type AuditOf = { ctx: Ctx; entry: AuditEntry };

/**
 * Queues a run in the caller's transaction: the row is the request, a worker's dispatcher makes a job of it after the
 * commit. Its audit row is written last.
 */
export async function insertRun(tx: Tx, ctx: Ctx, run: NewRun): Promise<RunRequested> {
  const { requested, audits } = await addRuns(tx, [{ ctx, run }]);
  await emitAudits(tx, audits);
  return requested[0] as RunRequested;
}

/**
 * Queues runs of any tenants in the caller's transaction, with as many statements as for one. Workers of other
 * processes hear of it at the commit.
 * @returns the runs in the order asked for, and the audit rows, which the caller writes last.
 */
export async function addRuns(
  tx: Tx,
  asked: readonly AskedRun[],
): Promise<{ requested: RunRequested[]; audits: AuditOf[] }> {
  if (asked.length === 0) return { requested: [], audits: [] };
  const rows = asked.map(({ ctx, run, steps }) => ({
    ...rowOf(ctx, run),
    steps: steps ?? stepsOf(run.ir),
  }));
  const inserted = await tx.$queryRaw<{ id: string }[]>`
    with added as (
      insert into "Run" ("id", "tenantId", "pipelineId", "pipelineVersion", "trigger", "requestedBy",
        "requestedByName", "idempotencyKey", "scheduledFor", "backfillId", "replayOf")
      select "id", "tenantId", "pipelineId", "pipelineVersion", "trigger", "requestedBy", "requestedByName",
        "idempotencyKey", "scheduledFor", "backfillId", "replayOf"
      from jsonb_to_recordset(${JSON.stringify(rows.map(({ steps: _, ...row }) => row))}::jsonb) as r ("id" text, "tenantId" text, "pipelineId" text,
        "pipelineVersion" int, "trigger" text, "requestedBy" text, "requestedByName" text, "idempotencyKey" text,
        "scheduledFor" timestamptz, "backfillId" text, "replayOf" text)
      on conflict ("tenantId", "idempotencyKey") do nothing
      returning "id"
    )
    select "id", pg_notify(${RUNS_CHANNEL}, '')::text from added`;
  const added = new Set(inserted.map(({ id }) => id));
  const fresh = rows.filter(({ id }) => added.has(id));
  await tx.runStep.createMany({
    data: fresh.flatMap(({ id: runId, tenantId, steps }) =>
      steps.map(({ nodeId, kind }, ordinal) => ({ runId, nodeId, tenantId, kind, ordinal })),
    ),
  });
  const known = await knownRuns(
    tx,
    rows.filter(({ id }) => !added.has(id)),
  );
  const requested = rows.map(({ id, tenantId, idempotencyKey }) =>
    added.has(id)
      ? { runId: id, existing: false }
      : { runId: known.get(`${tenantId} ${idempotencyKey}`) ?? "", existing: true },
  );
  const audits = asked.flatMap(({ ctx, run }, at): AuditOf[] => {
    const runId = requested[at]?.runId ?? "";
    if (!added.has(runId)) return [];
    const { pipelineId, version, trigger, scheduledFor, replayOf } = run;
    const after = { pipelineId, version, trigger, scheduledFor, ...(replayOf && { replayOf }) };
    const about = { entityType: "run", entityId: runId, entityName: run.name };
    return [{ ctx, entry: { action: "run.requested", ...about, after } }];
  });
  return { requested, audits };
}

function rowOf({ tenant, actor }: Ctx, run: NewRun) {
  return {
    id: randomUUID(),
    tenantId: tenant,
    pipelineId: run.pipelineId,
    pipelineVersion: run.version,
    trigger: run.trigger,
    requestedBy: actor.id,
    requestedByName: actor.name ?? null,
    idempotencyKey: run.idempotencyKey ?? null,
    scheduledFor: run.scheduledFor ?? null,
    backfillId: run.backfillId ?? null,
    replayOf: run.replayOf ?? null,
  };
}

/** The steps of a document's runs. @throws Error if it is not executable */
export function stepsOf(ir: PipelineIr): RunSteps {
  return compile(ir).steps.map(({ nodeId, kind }) => ({ nodeId, kind }));
}

/** Runs that were there before, by tenant and key. */
async function knownRuns(
  tx: Tx,
  rows: readonly { tenantId: string; idempotencyKey: string | null }[],
): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map();
  const found = await tx.run.findMany({
    where: { OR: rows.map(({ tenantId, idempotencyKey }) => ({ tenantId, idempotencyKey })) },
    select: { id: true, tenantId: true, idempotencyKey: true },
  });
  return new Map(found.map((run) => [`${run.tenantId} ${run.idempotencyKey}`, run.id]));
}
