import { requirePermission } from "#lib/access/index.ts";
import { emitAudits } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { compile } from "#lib/ir/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { requireExecutable } from "./check-ir.ts";
import { type AuditOf, addRuns, type RunSteps } from "./insert-run.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { runNotFound } from "./lock-run.ts";
import type { RunStatus } from "./schema.ts";
import { wakeWorkers } from "./wake.ts";

/** What a run did, as far as taking on its rejected rows needs it. */
export type ReplayableRun = {
  plan: LogicalPlan;
  /** What a run of it needs to be queued; opaque to others. */
  asked: { pipelineId: string; name: string; version: number; ir: Parameters<typeof compile>[0] };
  scheduledFor: Date | undefined;
  startedAt: Date | undefined;
};

/**
 * The plan of the version that a run was of, checked against what exists now.
 * @throws AppError `run_not_found`; `conflict` if it has not loaded what it could; `not_executable`.
 */
export async function loadReplayable({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): Promise<ReplayableRun> {
  requirePermission(ctx, "runs.read");
  const run = await ctx.db.run.findFirst({ where: { id: input.runId, tenantId: ctx.tenant } });
  if (!run) throw runNotFound(input.runId);
  const status = run.status as RunStatus;
  if (!status.startsWith("completed"))
    throw new AppError(
      "conflict",
      status === "failed" || status === "cancelled"
        ? "The run did not load its other rows: retry it first"
        : "The run has not ended yet",
    );
  const { pipelineId, pipelineVersion: version, scheduledFor, startedAt } = run;
  const loaded = await loadVersion({ ctx, pipeline: pipelineId, version });
  const catalogue = await loadCatalogue(ctx);
  const ir = requireExecutable(loaded.ir, catalogue);
  return {
    plan: compile(ir, catalogue),
    asked: { pipelineId, name: loaded.name, version, ir },
    scheduledFor: scheduledFor ?? undefined,
    startedAt: startedAt ?? undefined,
  };
}

/**
 * Queues a run that takes on rejected rows of another, of the same version.
 * @param take binds the rows to the new run in the transaction that queues it, and says what is to be audited; what it
 * throws leaves everything as it was.
 */
export async function requestReplay({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: {
    of: string;
    run: ReplayableRun;
    steps: RunSteps;
    take: (tx: Tx, runId: string) => Promise<AuditOf["entry"]>;
  };
}): Promise<{ runId: string }> {
  requirePermission(ctx, "pipelines.run");
  const { of: replayOf, run, steps, take } = input;
  const { asked, scheduledFor } = run;
  const requested = await ctx.db.$transaction(async (tx) => {
    const wanted = { ...asked, trigger: "replay" as const, replayOf, scheduledFor };
    const added = await addRuns(tx, [{ ctx, run: wanted, steps }]);
    const runId = added.requested[0]?.runId ?? "";
    const entry = await take(tx, runId);
    await emitAudits(tx, [...added.audits, { ctx, entry }]);
    return { runId };
  });
  wakeWorkers();
  return requested;
}
