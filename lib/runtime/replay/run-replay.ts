import { rm } from "node:fs/promises";
import path from "node:path";
import type { ClaimedRun, RunOutcome } from "#lib/runs/index.ts";
import { loadReplayable } from "#lib/runs/index.ts";
import type { RejectedRow } from "../engines/engine.ts";
import { notBegun, type PlanOutcome } from "../plan-outcome.ts";
import { destinationOfRun } from "../resolve-destination.ts";
import { resolveSource } from "../resolve-source.ts";
import { runPlan } from "../run-plan.ts";
import { RunReporter } from "../run-reporter.ts";
import { scratchRoot } from "../warehouse.ts";
import { foldLedger } from "./fold-ledger.ts";
import { planReplay, type ReplayPlan } from "./plan-replay.ts";
import { listRejectingNodes } from "./rejecting-nodes.ts";
import { type Settled, settleRows } from "./settle-rows.ts";
import { type TakenRows, writeTakenRows } from "./taken-rows.ts";
import { refuseTooLate } from "./too-late.ts";

type Ready = { taken: TakenRows; replay: ReplayPlan; now: Date | undefined };

/**
 * Executes a run that takes on rejected rows of another: from the nodes that rejected them to the targets, which only
 * add. What became of each row is written in the transaction that ends the run.
 */
export async function runReplay(claimed: ClaimedRun, of: string): Promise<RunOutcome> {
  const { ctx, run } = claimed;
  const scratchDir = path.join(scratchRoot(), `${run.id}-${run.attempt}`);
  const reporter = new RunReporter(claimed);
  await reporter.began();
  try {
    const ready = await prepare(claimed, of, scratchDir).catch(notBegun);
    if ("status" in ready) return await reporter.ended(ready);
    const { outcome, settled } = await execute(claimed, ready, scratchDir, reporter);
    const ended = await reporter.ended(outcome);
    if (outcome.status === "failed") return ended;
    const by = { tenant: ctx.tenant, of, runId: run.id, masked: claimed.plan.maskedFields };
    return { ...ended, alongside: (tx) => settleRows(tx, by, settled) };
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** The rows in scratch, and the plan that they go through. @throws DataError */
async function prepare({ ctx, run, plan }: ClaimedRun, of: string, folder: string): Promise<Ready> {
  const first = await loadReplayable({ ctx, input: { runId: of } });
  const taken = await writeTakenRows(ctx, run.id, folder);
  const places = [...taken.groups.values()].map(({ place }) => place);
  const replay = planReplay(plan, places, await listRejectingNodes(ctx, of));
  const { pipelineId } = run;
  await refuseTooLate(ctx, { runId: of, pipelineId, plan, reached: replay.reached });
  return { taken, replay, now: first.scheduledFor ?? first.startedAt };
}

async function execute(
  claimed: ClaimedRun,
  { taken, replay, now }: Ready,
  scratchDir: string,
  reporter: RunReporter,
): Promise<{ outcome: PlanOutcome; settled: Settled }> {
  const { ctx, run, signal } = claimed;
  const { plan, nodeOf, firstOp, reached } = replay;
  const settled: Settled = { ids: taken.ids, arrived: new Set(), rejected: new Map() };
  const givers = new Map([...replay.entries].map(([key, id]) => [id, taken.groups.get(key)]));
  const reject = (row: RejectedRow) => {
    const nodeId = nodeOf(row.nodeId);
    if (!reached.has(nodeId)) return;
    // A value that does not fit its column is rejected where the row enters, which may be between two ops.
    const entered = givers.get(row.nodeId)?.place.op;
    const op = entered ?? (row.op === undefined ? undefined : row.op + firstOp(row.nodeId));
    const again = { ...row, nodeId, op };
    settled.rejected.set(row.rowNumber, [...(settled.rejected.get(row.rowNumber) ?? []), again]);
  };
  try {
    const outcome = await runPlan({
      plan,
      tenant: ctx.tenant,
      runId: run.id,
      pipelineId: run.pipelineId,
      now,
      scratchDir,
      resolveDestination: (name) => destinationOfRun(claimed, name),
      resolveSource: async (step) => {
        const rows = givers.get(step.nodeId);
        return rows ? { kind: "rows", rows } : resolveSource(ctx, step);
      },
      signal,
      onProgress: () => reporter.report({ rowsRead: taken.ids.length, rowsExpected: taken.ids.length }),
      onNode: (id, state, counts) => {
        if (id === nodeOf(id)) reporter.node(id, state, counts);
      },
      onRejects: async (rows) => rows.forEach(reject),
      onArrived: (_nodeId, numbers) => {
        for (const number of numbers) settled.arrived.add(number);
      },
      onRestart: async () => {
        settled.arrived.clear();
        settled.rejected.clear();
      },
    });
    return { outcome: inOwnNodes(outcome, replay), settled };
  } finally {
    await reporter.flush();
  }
}

function inOwnNodes(outcome: PlanOutcome, replay: ReplayPlan): PlanOutcome {
  const ledger = foldLedger(outcome.ledger, replay);
  const { error } = outcome;
  const place = error?.nodeId === undefined ? undefined : { nodeId: replay.nodeOf(error.nodeId) };
  const clean = ledger.rejected === 0 && !outcome.warnings.some(({ code }) => code.endsWith("_warning"));
  return {
    ...outcome,
    ledger,
    ...(error && { error: { ...error, ...place } }),
    status: outcome.status === "failed" ? "failed" : clean ? "completed" : "completed_with_errors",
  };
}
