import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { requirePermission } from "#lib/access/index.ts";
import { isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import { AppError } from "#lib/errors.ts";
import { compile, formatIrType, parsePipelineIR, sqlIdentifier } from "#lib/ir/index.ts";
import type { LogicalPlan, PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { ROW } from "./engines/duckdb/chain.ts";
import { Execution } from "./engines/duckdb/execution.ts";
import { baseOf } from "./engines/duckdb/row-store.ts";
import type { RejectedRow } from "./engines/engine.ts";
import { OpenSources, type ResolveSource } from "./readable-source.ts";
import { resolveSource } from "./resolve-source.ts";
import type { Preview, PreviewNode, PreviewSide } from "./schema.ts";
import { scratchRoot } from "./warehouse.ts";

/**
 * A dry run of two documents over the first rows of each source: columns, sample rows, counts and rejects of every
 * node. Reads the real sources, writes nothing but scratch, ends within `limits.previewMs`.
 * @throws AppError `invalid_ir` if the new document cannot be run.
 */
export async function previewPlan({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { before?: unknown; after: unknown; rows?: number };
}): Promise<Preview> {
  requirePermission(ctx, "proposals.create");
  const rows = Math.min(input.rows ?? limits.previewRows, limits.previewRows);
  const catalogue = await loadCatalogue(ctx);
  const after = parsePipelineIR(input.after, { strength: "executable", catalogue });
  if (!after.ok) throw new AppError("invalid_ir", undefined, { issues: after.issues });
  const before =
    input.before === undefined
      ? undefined
      : parsePipelineIR(input.before, { strength: "executable", catalogue });
  const deadline = AbortSignal.timeout(limits.previewMs);
  const signal = ctx.signal ? AbortSignal.any([ctx.signal, deadline]) : deadline;
  const reading = { ...ctx, signal };
  const dry = (ir: PipelineIr) => {
    const resolve: ResolveSource = (step) => resolveSource(reading, step);
    return dryRun({ plan: compile(ir, catalogue), tenant: ctx.tenant, resolve, rows, signal });
  };
  return {
    rows,
    before: before?.ok ? await dry(before.ir) : null,
    after: await dry(after.ir),
    changedNodes: changedNodes(before?.ok ? before.ir : undefined, after.ir),
  };
}

function changedNodes(before: PipelineIr | undefined, after: PipelineIr): string[] {
  const known = new Map(before?.nodes.map((node) => [node.id, JSON.stringify(node)]));
  return after.nodes.filter((node) => known.get(node.id) !== JSON.stringify(node)).map(({ id }) => id);
}

type DryRun = {
  plan: LogicalPlan;
  tenant: string;
  resolve: ResolveSource;
  rows: number;
  signal: AbortSignal;
};

async function dryRun({ plan, tenant, resolve, rows, signal }: DryRun): Promise<PreviewSide> {
  const scratch = path.join(scratchRoot(), `preview-${randomUUID()}`);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const engine = await openDuckdb({
    memoryBytes: limits.engineBytes,
    threads: 1,
    directories: [scratch],
    spill: path.join(scratch, "spill"),
  });
  const interrupt = () => engine.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const rejects: RejectedRow[] = [];
  const sources = new OpenSources(resolve);
  const execution = new Execution({
    plan,
    tenant,
    sources,
    scratch,
    engine,
    signal,
    limit: rows,
    storeAll: true,
    onRejects: async (batch) => {
      rejects.push(...batch);
    },
  });
  try {
    let error: PreviewSide["error"] = null;
    try {
      await execution.run();
    } catch (thrown) {
      error = errorOf(thrown, signal);
    }
    return { nodes: await lookAt(execution, plan, engine, rejects), warnings: execution.warnings, error };
  } finally {
    signal.removeEventListener("abort", interrupt);
    await sources.close();
    engine.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function errorOf(thrown: unknown, signal: AbortSignal): PreviewSide["error"] {
  if (signal.aborted)
    return { code: "preview_timeout", message: `The dry run took longer than ${limits.previewMs / 1000} s` };
  if (isDataError(thrown)) return { code: thrown.code, message: thrown.message, ...thrown.place };
  throw thrown;
}

async function lookAt(
  execution: Execution,
  plan: LogicalPlan,
  engine: Awaited<ReturnType<typeof openDuckdb>>,
  rejects: readonly RejectedRow[],
): Promise<PreviewNode[]> {
  const nodes: PreviewNode[] = [];
  for (const { nodeId, kind } of plan.steps) {
    const stored = execution.rows.stored.get(nodeId);
    if (!stored) continue;
    const list = stored.columns.map(({ name }) => sqlIdentifier(name)).join(", ");
    const sample = await engine.rows(
      `SELECT ${list} FROM ${baseOf(stored)} ORDER BY ${ROW} LIMIT ${limits.previewSample}`,
    );
    const own = rejects.filter((row) => row.nodeId === nodeId).slice(0, limits.previewSample);
    nodes.push({
      nodeId,
      kind,
      columns: stored.columns.map(({ name, type }) => ({ name, type: formatIrType(type) })),
      counts: execution.ledger.nodes.get(nodeId) ?? {},
      sample: sample as PreviewNode["sample"],
      rejects: own.map(({ rule, reason, row }) => ({ rule, reason, row: JSON.parse(row) })),
    });
  }
  return nodes;
}
