import { driftColumns } from "#lib/ir/index.ts";
import type { Column, LogicalPlan } from "#lib/ir/schema.ts";
import type { Ledger, NodeCounts } from "#lib/runs/schema.ts";

type Lost = "rejected" | "filtered" | "deduplicated" | "unmatched";
type Part = { nodeId: string; continued: boolean; restarts: boolean; fates: { id: number; kind: Lost }[] };

const none = (): NodeCounts => ({ in: 0, out: 0, rejected: 0, filtered: 0, deduplicated: 0, unmatched: 0 });

/** Counts every row of a run at every node, from grouped counts of stored rows and from what loaders report. */
export class LedgerBook {
  readonly nodes = new Map<string, NodeCounts>();
  private readonly columns = new Map<string, readonly Column[]>();
  private readonly restarted = new Set<string>();
  private readonly outputs = new Map<string, number>();
  private readonly earlier = new Set<string>();
  private readonly plan: LogicalPlan;

  constructor(plan: LogicalPlan) {
    this.plan = plan;
  }

  private node(id: string): NodeCounts {
    let counts = this.nodes.get(id);
    if (!counts) {
      counts = none();
      this.nodes.set(id, counts);
    }
    return counts;
  }

  /** The columns that a source came with. */
  came(nodeId: string, columns: readonly Column[]): void {
    this.columns.set(nodeId, columns);
  }

  /** Rows that came into a node, where no chain leads into it. */
  enter(nodeId: string, rows: number): void {
    this.node(nodeId).in += rows;
  }

  /** Rows of one output of a branch. */
  output(nodeId: string, output: string, rows: number): void {
    this.outputs.set(`${nodeId}:${output}`, rows);
  }

  /** What became of a stored chain's rows. @param byFate rows by fate, 0 for those that live. */
  account(parts: readonly Part[], byFate: ReadonlyMap<number, number>): void {
    let running = [...byFate.values()].reduce((sum, rows) => sum + rows, 0);
    for (const { nodeId, continued, restarts, fates } of parts) {
      const counts = this.node(nodeId);
      if (!continued) counts.in += running;
      if (restarts) this.restarted.add(nodeId);
      for (const { id, kind } of fates) {
        const rows = byFate.get(id) ?? 0;
        counts[kind] += rows;
        running -= rows;
      }
      counts.out = running;
    }
  }

  /** What a loader reports about a target; `in` is what it was handed. `already`: an earlier attempt loaded it. */
  load(
    nodeId: string,
    { already, ...counts }: Partial<NodeCounts> & { in: number; already?: boolean },
  ): void {
    if (already) this.earlier.add(nodeId);
    Object.assign(this.node(nodeId), { out: (counts.inserted ?? 0) + (counts.updated ?? 0) }, counts);
  }

  /** Rows that passed a node unchanged in number. */
  passed(nodeId: string, rows: number): void {
    Object.assign(this.node(nodeId), { in: rows, out: rows });
  }

  /** Takes over what another book counted, of steps that this one knows nothing of. */
  absorb(other: LedgerBook): void {
    for (const [id, counts] of other.nodes) this.nodes.set(id, counts);
    for (const [id, columns] of other.columns) this.columns.set(id, columns);
    for (const id of other.restarted) this.restarted.add(id);
    for (const id of other.earlier) this.earlier.add(id);
    for (const [id, rows] of other.outputs) this.outputs.set(id, rows);
  }

  /** Totals so far. */
  totals(): { read: number; rejected: number } {
    const sources = this.plan.steps.filter(({ kind }) => kind === "source");
    return {
      read: sources.reduce((sum, { nodeId }) => sum + (this.nodes.get(nodeId)?.in ?? 0), 0),
      rejected: [...this.nodes.values()].reduce((sum, { rejected }) => sum + rejected, 0),
    };
  }

  /** The whole ledger, with its own check: every node's and every edge's sums agree to the row. */
  close(): Ledger {
    const edges = this.plan.steps.flatMap((step) =>
      step.inputs.map(({ nodeId: from, output }) => ({
        from,
        ...(output !== undefined && { output }),
        to: step.nodeId,
        rows: (output === undefined ? this.nodes.get(from)?.out : this.outputs.get(`${from}:${output}`)) ?? 0,
      })),
    );
    const sum = (pick: (counts: NodeCounts) => number) =>
      [...this.nodes.values()].reduce((all, one) => all + pick(one), 0);
    const targets = this.plan.steps.filter(({ kind }) => kind === "target");
    return {
      balanced: this.plan.steps.every((step) => this.balances(step, edges)),
      read: this.totals().read,
      loaded: targets.reduce((all, { nodeId }) => {
        const counts = this.nodes.get(nodeId);
        return all + (counts?.inserted ?? 0) + (counts?.updated ?? 0) + (counts?.unchanged ?? 0);
      }, 0),
      rejected: sum((counts) => counts.rejected),
      filtered: sum((counts) => counts.filtered),
      deduplicated: sum((counts) => counts.deduplicated),
      unmatched: sum((counts) => counts.unmatched),
      nodes: Object.fromEntries(this.nodes),
      edges,
      ...(this.columns.size > 0 && {
        columns: Object.fromEntries(
          [...this.columns].map(([nodeId, columns]) => [nodeId, driftColumns(columns)]),
        ),
      }),
    };
  }

  private balances(
    step: LogicalPlan["steps"][number],
    edges: readonly { from: string; to: string; rows: number }[],
  ): boolean {
    const counts = this.nodes.get(step.nodeId);
    if (!counts) return false;
    const roles = step.inputs.filter(({ role }) => role === "main" || role === "left" || role === "right");
    const arriving = edges.filter((edge) => edge.to === step.nodeId).slice(0);
    const main = step.inputs.reduce(
      (all, input, index) => (roles.includes(input) ? all + (arriving[index]?.rows ?? 0) : all),
      0,
    );
    // A target of an earlier attempt took the rows that its sources had then.
    if (step.kind !== "source" && main !== counts.in && !this.earlier.has(step.nodeId)) return false;
    const { rejected, filtered, deduplicated, unmatched, out } = counts;
    if (step.kind === "target") {
      const { inserted = 0, updated = 0, deleted = 0, unchanged = 0, late = 0 } = counts;
      return counts.in === inserted + updated + deleted + unchanged + late + rejected + deduplicated;
    }
    if (this.restarted.has(step.nodeId)) return true;
    if (counts.in !== out + rejected + filtered + deduplicated + unmatched) return false;
    if (step.kind !== "branch") return true;
    const given = [...step.cases.map(({ id }) => id), ...(step.default === undefined ? [] : [step.default])];
    return (
      out === given.reduce((all, output) => all + (this.outputs.get(`${step.nodeId}:${output}`) ?? 0), 0)
    );
  }
}
