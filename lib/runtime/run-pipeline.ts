import path from "node:path";
import { DataError } from "#lib/connectors/index.ts";
import { isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import {
  appendLog,
  type ClaimedRun,
  type NodeProgress,
  type ProgressUpdate,
  type RunOutcome,
  recordProgress,
} from "#lib/runs/index.ts";
import type { LoadCounts, LoadDestination } from "./loaders/loader.ts";
import type { PlanOutcome } from "./plan-outcome.ts";
import { quarantineSink } from "./quarantine.ts";
import { resolveDestination } from "./resolve-destination.ts";
import { resolveSource } from "./resolve-source.ts";
import { runPlan } from "./run-plan.ts";
import { scratchRoot } from "./warehouse.ts";
import { Watermarks } from "./watermark.ts";

/**
 * Executes one claimed run from its sources to its targets, and says how it goes: progress at least twice a second,
 * every node's state and counts, a structured log, rejected rows in quarantine.
 * @returns how it ended; the caller writes that.
 */
export async function runPipeline(claimed: ClaimedRun): Promise<RunOutcome> {
  const { ctx, run, plan, signal } = claimed;
  const sink = quarantineSink(ctx, run, plan.maskedFields);
  const reporter = new Reporter(claimed);
  const watermarks = new Watermarks({ claimed, destinationOf: (name) => destinationOf(claimed, name) });
  await appendLog(claimed, {
    level: "info",
    message: `Attempt ${run.attempt} began`,
    data: {
      ...{ version: run.version, trigger: run.trigger },
      ...(run.scheduledFor && { scheduledFor: run.scheduledFor.toISOString() }),
    },
  });
  let outcome: PlanOutcome;
  try {
    outcome = await runPlan({
      plan,
      tenant: ctx.tenant,
      runId: run.id,
      pipelineId: run.pipelineId,
      now: run.scheduledFor,
      scratchDir: path.join(scratchRoot(), `${run.id}-${run.attempt}`),
      resolveDestination: (name) => destinationOf(claimed, name),
      resolveSource: (step) => resolveSource(ctx, step, watermarks.rangeOf),
      signal,
      onProgress: (progress) => reporter.report(progress),
      onLoaded: (nodeId) => watermarks.targetLoaded(nodeId),
      onNode: (nodeId, state, counts) => reporter.node(nodeId, state, counts),
      onRejects: sink.add,
      onRestart: sink.begin,
    });
  } finally {
    await reporter.flush();
  }
  const { ledger, status, error } = outcome;
  const warnings = [...watermarks.warnings, ...outcome.warnings];
  if (sink.skipped > 0)
    warnings.push({
      code: "quarantine_full",
      message: `${limits.quarantineRowsPerRun} rejected rows were kept; ${sink.skipped} more are only counted`,
    });
  await reporter.finish(outcome);
  const totals = { rowsRead: ledger.read, rowsOut: ledger.loaded, rowsRejected: ledger.rejected };
  await appendLog(claimed, [
    ...warnings.map(({ message, nodeId, code }) => ({
      level: "warn" as const,
      message,
      nodeId,
      data: { code },
    })),
    error
      ? {
          level: "error" as const,
          message: error.message,
          nodeId: error.nodeId,
          data: { code: error.code, rule: error.rule, row: error.row },
        }
      : { level: "info" as const, message: `Ended: ${status}`, data: totals },
  ]);
  return { status, ledger, warnings, ...(error && { error }), ...totals };
}

/** A destination that was deleted since the version was saved is the target's problem, not ours. */
async function destinationOf({ ctx, plan }: ClaimedRun, name: string | undefined): Promise<LoadDestination> {
  try {
    return await resolveDestination(ctx, name);
  } catch (error) {
    if (!isAppError(error) || error.code === "internal") throw error;
    const target = plan.steps.find((step) => step.kind === "target" && step.destination === name);
    throw new DataError(error.code, error.message, { nodeId: target?.nodeId, cause: error });
  }
}

/** Writes progress one update after another; what comes in the meantime is joined. */
class Reporter {
  private readonly claimed: ClaimedRun;
  private pending: ProgressUpdate | undefined;
  private writing: Promise<void> | undefined;

  constructor(claimed: ClaimedRun) {
    this.claimed = claimed;
  }

  report(update: ProgressUpdate): void {
    const nodes = [...(this.pending?.nodes ?? []), ...(update.nodes ?? [])];
    this.pending = { ...this.pending, ...update, ...(nodes.length > 0 && { nodes: latest(nodes) }) };
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  node(nodeId: string, status: "running" | "completed" | "failed", counts?: LoadCounts): void {
    const rows = counts && { rowsIn: counts.in, rowsOut: counts.inserted + counts.updated, counts };
    this.report({ nodes: [{ nodeId, status, ...rows }], ...(rows && { rowsOut: rows.rowsOut }) });
  }

  async finish({ ledger, error }: PlanOutcome): Promise<void> {
    const nodes = Object.entries(ledger.nodes).map(
      ([nodeId, counts]): NodeProgress => ({
        nodeId,
        rowsIn: counts.in,
        rowsOut: counts.out,
        rowsRejected: counts.rejected,
        counts,
      }),
    );
    if (error?.nodeId) {
      const { retryable: _, ...stored } = error;
      nodes.push({ nodeId: error.nodeId, status: "failed", error: stored });
    }
    if (nodes.length > 0) this.report({ nodes: latest(nodes) });
    await this.flush();
  }

  async flush(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async write(): Promise<void> {
    while (this.pending) {
      const update = this.pending;
      this.pending = undefined;
      await recordProgress(this.claimed, update);
    }
  }
}

/** One entry for each node: what was said last, on top of what was said before. */
function latest(nodes: readonly NodeProgress[]): NodeProgress[] {
  const byId = new Map<string, NodeProgress>();
  for (const node of nodes) byId.set(node.nodeId, { ...byId.get(node.nodeId), ...node });
  return [...byId.values()];
}
