import { z } from "zod";
import type { CursorRange } from "#lib/connectors/index.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";
import type { ClaimedRun } from "#lib/runs/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { LoadDestination } from "./loaders/loader.ts";
import { wasLoaded } from "./loaders/was-loaded.ts";
import type { RangeOf } from "./resolve-source.ts";
import { targetsBelow } from "./table-pairs.ts";

/**
 * A stretch of a cursor column, as it is written down before it is read: an attempt that begins again reads the same.
 * `after` is null before the first load; an empty text means that no row had a value.
 */
const Stretch = z.object({ after: z.string().nullable(), upTo: z.string(), inclusive: z.boolean() });
type Stretch = z.infer<typeof Stretch>;

type Given = {
  claimed: ClaimedRun;
  destinationOf: (name: string | undefined) => Promise<LoadDestination>;
};

/** How far the incremental sources of a pipeline were read, over one of its runs. */
export class Watermarks {
  readonly warnings: RunWarning[] = [];
  private readonly o: Given;
  private readonly begun = new Map<string, { step: TableSourceStep; upTo: string }>();
  private readonly loaded = new Set<string>();

  constructor(given: Given) {
    this.o = given;
  }

  /**
   * What a source is to read in this run: from where the last load that was committed ended, up to the highest value
   * that there is now. Written down before a row is read.
   */
  readonly rangeOf: RangeOf = async (step, { highest, hasNulls }) => {
    const { nodeId, config } = step;
    const field = config.cursorField ?? "";
    const stretch = await this.stretchOf(step, highest);
    this.begun.set(nodeId, { step, upTo: stretch.upTo });
    if (stretch.after === null && (await hasNulls())) {
      const message = `Rows without a value in ${field} are read with the first load only: later ones are not noticed`;
      this.warnings.push({ code: "cursor_null", message, nodeId });
    }
    return rangeOf(field, stretch);
  };

  /** A target was committed: once all targets below a source are, the source is read up to there. */
  async targetLoaded(nodeId: string): Promise<void> {
    this.loaded.add(nodeId);
    for (const { step, upTo } of this.begun.values()) {
      const targets = targetsBelow(this.o.claimed.plan, step.nodeId).map((target) => target.nodeId);
      if (targets.includes(nodeId) && targets.every((target) => this.loaded.has(target)))
        await this.keep(step, upTo);
    }
  }

  private async stretchOf(
    step: TableSourceStep,
    highest: () => Promise<string | undefined>,
  ): Promise<Stretch> {
    const { ctx, run } = this.o.claimed;
    const key = this.keyOf(step);
    const reads = readsOf(step);
    const found = await ctx.db.watermark.findUnique({ where: { tenantId_pipelineId_nodeId: key } });
    const row = found?.reads === reads ? found : undefined;
    const pending = row?.pending ? Stretch.parse(JSON.parse(row.pending)) : undefined;
    if (pending && row?.pendingRunId === run.id) return pending;
    let after = row?.value ?? null;
    if (pending && row?.pendingRunId && after !== pending.upTo)
      if (await this.wasCommitted(row.pendingRunId, step)) after = pending.upTo;
    const upTo = (await highest()) ?? after ?? "";
    const stretch: Stretch = { after, upTo, inclusive: this.isInclusive(step) };
    const data = { reads, value: after, pending: JSON.stringify(stretch), pendingRunId: run.id };
    await ctx.db.watermark.upsert({
      where: { tenantId_pipelineId_nodeId: key },
      create: { ...key, ...data },
      update: data,
    });
    return stretch;
  }

  private async keep(step: TableSourceStep, upTo: string): Promise<void> {
    const { ctx, run } = this.o.claimed;
    const where = { ...this.keyOf(step), reads: readsOf(step), pendingRunId: run.id };
    await ctx.db.watermark.updateMany({ where, data: { value: upTo } });
  }

  /** Rows of the moment that was reached may come later: where a row can be loaded twice, they are looked at again. */
  private isInclusive({ nodeId }: TableSourceStep): boolean {
    return targetsBelow(this.o.claimed.plan, nodeId).every(({ loadMode }) => loadMode === "upsert");
  }

  /** Whether another run, which ended before it could say so, has loaded all that it read. */
  private async wasCommitted(runId: string, { nodeId }: TableSourceStep): Promise<boolean> {
    for (const target of targetsBelow(this.o.claimed.plan, nodeId))
      if (!(await wasLoaded(await this.o.destinationOf(target.destination), { runId, step: target })))
        return false;
    return true;
  }

  private keyOf({ nodeId }: TableSourceStep) {
    const { ctx, run } = this.o.claimed;
    return { tenantId: ctx.tenant, pipelineId: run.pipelineId, nodeId };
  }
}

/** What is read: another table, column or saved source begins anew. */
const readsOf = ({ connector, sourceRef, config }: TableSourceStep) =>
  JSON.stringify([connector, sourceRef, config.stream, config.cursorField]);

function rangeOf(field: string, { after, upTo, inclusive }: Stretch): CursorRange | "nothing" {
  if (after === null) return upTo === "" ? { field, nulls: "only" } : { field, upTo, nulls: "too" };
  if (upTo === "") return "nothing";
  return after === "" ? { field, upTo } : { field, after, inclusive, upTo };
}
