import {
  appendLog,
  type ClaimedRun,
  type NodeProgress,
  type ProgressUpdate,
  type RunOutcome,
  recordProgress,
} from "#lib/runs/index.ts";
import type { LoadCounts } from "./loaders/loader.ts";
import type { PlanOutcome } from "./plan-outcome.ts";

/** Says how a run goes. Progress is written one update after another; what comes in the meantime is joined. */
export class RunReporter {
  private readonly claimed: ClaimedRun;
  private pending: ProgressUpdate | undefined;
  private writing: Promise<void> | undefined;
  private readonly underWay = new Set<string>();

  constructor(claimed: ClaimedRun) {
    this.claimed = claimed;
  }

  /** The first line of an attempt. */
  async began(): Promise<void> {
    const { claimed } = this;
    const { run } = claimed;
    await appendLog(claimed, {
      level: "info",
      message: `Attempt ${run.attempt} began`,
      data: {
        ...{ version: run.version, trigger: run.trigger },
        ...(run.scheduledFor && { scheduledFor: run.scheduledFor.toISOString() }),
      },
    });
  }

  /** The last lines of an attempt. @returns how it ended. */
  async ended(outcome: PlanOutcome): Promise<RunOutcome> {
    const { claimed } = this;
    const { ledger, status, error, warnings } = outcome;
    await this.finish(outcome);
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

  report(update: ProgressUpdate): void {
    const nodes = [...(this.pending?.nodes ?? []), ...(update.nodes ?? [])];
    this.pending = { ...this.pending, ...update, ...(nodes.length > 0 && { nodes: latest(nodes) }) };
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  node(nodeId: string, status: "running" | "completed" | "failed", counts?: LoadCounts): void {
    if (status === "running") this.underWay.add(nodeId);
    else this.underWay.delete(nodeId);
    const rows = counts && { rowsIn: counts.in, rowsOut: counts.inserted + counts.updated, counts };
    this.report({ nodes: [{ nodeId, status, ...rows }], ...(rows && { rowsOut: rows.rowsOut }) });
  }

  private async finish({ ledger, error }: PlanOutcome): Promise<void> {
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
      // What stood in the way of the failed node's rows did not fail itself.
      this.underWay.delete(error.nodeId);
      for (const nodeId of this.underWay) nodes.push({ nodeId, status: "cancelled" });
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
