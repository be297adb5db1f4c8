import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { isDataError } from "#lib/connectors/index.ts";
import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import { formatIrType, sqlIdentifier } from "#lib/ir/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { ROW } from "./engines/duckdb/chain.ts";
import { Execution } from "./engines/duckdb/execution.ts";
import { baseOf } from "./engines/duckdb/row-store.ts";
import type { RejectedRow } from "./engines/engine.ts";
import { withoutArchives } from "./files/without-archives.ts";
import { referenceValues } from "./loaders/reference-values.ts";
import { destinationOf, type RunPlanInput } from "./plan-run.ts";
import { OpenSources, type ResolveSource } from "./readable-source.ts";
import type { PreviewNode, PreviewSide } from "./schema.ts";
import { scratchRoot } from "./warehouse.ts";

/** How long a source that does not let go at once may still take after the end of the time, in milliseconds. */
const GRACE_MS = 500;
const INTERRUPT_MS = 50;

type DryRun = {
  plan: LogicalPlan;
  tenant: string;
  resolveSource: ResolveSource;
  resolveDestination: RunPlanInput["resolveDestination"];
  rows: number;
  signal: AbortSignal;
  /** How long what does not end at once is waited for after the end of the time, in milliseconds. */
  graceMs?: number;
  /** Is handed what ends later than the answer. */
  hold: (rest: Promise<unknown>) => void;
};

/** Runs a plan over the first rows of its sources, up to its targets, which are not touched. */
export async function dryRun(given: DryRun): Promise<PreviewSide> {
  const { signal, hold, graceMs = GRACE_MS } = given;
  const work = executed(given);
  hold(work);
  let timer: NodeJS.Timeout | undefined;
  let late: () => void = () => undefined;
  const unfinished = new Promise<PreviewSide>((resolve) => {
    late = () => {
      timer = setTimeout(() => resolve({ nodes: [], warnings: [], error: timeout() }), graceMs);
    };
    signal.addEventListener("abort", late, { once: true });
    if (signal.aborted) late();
  });
  try {
    return await Promise.race([work, unfinished]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", late);
  }
}

async function executed(given: DryRun): Promise<PreviewSide> {
  const { tenant, resolveSource, rows, signal } = given;
  const plan = withoutArchives(given.plan);
  const scratch = path.join(scratchRoot(), `preview-${randomUUID()}`);
  const sources = new OpenSources(resolveSource);
  let engine: Duckdb | undefined;
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const opened = await openDuckdb({
      memoryBytes: limits.engineBytes,
      threads: 1,
      directories: [scratch],
      spill: path.join(scratch, "spill"),
    });
    engine = opened;
    const rejects = new Map<string, RejectedRow[]>();
    const destination = destinationOf(given);
    const execution = new Execution({
      plan,
      tenant,
      sources,
      scratch,
      engine: opened,
      signal,
      limit: rows,
      storeAll: true,
      onRejects: async (batch) => {
        for (const row of batch) {
          const own = rejects.get(row.nodeId) ?? [];
          if (own.length < limits.previewSample) rejects.set(row.nodeId, [...own, row]);
        }
      },
      referenceTable: async (step, table, field) =>
        referenceValues(await destination(step), table, field, scratch, opened, signal),
    });
    const error = await untilAborted(execution, opened, signal);
    return { nodes: await lookAt(execution, plan, opened, rejects), warnings: execution.warnings, error };
  } finally {
    await sources.close();
    engine?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Whatever query is under way when the time is over ends, and so does one that begins a moment later. */
async function untilAborted(
  execution: Execution,
  engine: Duckdb,
  signal: AbortSignal,
): Promise<PreviewSide["error"]> {
  let again: NodeJS.Timeout | undefined;
  const interrupt = () => {
    engine.interrupt();
    again = setInterval(() => engine.interrupt(), INTERRUPT_MS);
  };
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    await execution.run();
    return null;
  } catch (thrown) {
    if (signal.aborted) return timeout();
    if (isDataError(thrown)) return { code: thrown.code, message: thrown.message, ...thrown.place };
    throw thrown;
  } finally {
    signal.removeEventListener("abort", interrupt);
    clearInterval(again);
  }
}

const timeout = () => ({
  code: "preview_timeout",
  message: `The dry run took longer than ${limits.previewMs / 1000} s`,
});

async function lookAt(
  execution: Execution,
  plan: LogicalPlan,
  engine: Duckdb,
  rejects: ReadonlyMap<string, RejectedRow[]>,
): Promise<PreviewNode[]> {
  const nodes: PreviewNode[] = [];
  for (const { nodeId, kind } of plan.steps) {
    const stored = execution.rows.stored.get(nodeId);
    if (!stored) continue;
    const list = stored.columns.map(({ name }) => sqlIdentifier(name)).join(", ");
    const sample = await engine.rows(
      `SELECT ${list} FROM ${baseOf(stored)} ORDER BY ${ROW} LIMIT ${limits.previewSample}`,
    );
    nodes.push({
      nodeId,
      kind,
      columns: stored.columns.map(({ name, type }) => ({ name, type: formatIrType(type) })),
      counts: execution.ledger.nodes.get(nodeId) ?? {},
      sample: sample.map(shown),
      rejects: (rejects.get(nodeId) ?? []).map(({ rule, reason, row }) => ({
        rule,
        reason,
        row: shown(JSON.parse(row)),
      })),
    });
  }
  return nodes;
}

/** A row as it is shown: of a long value, its beginning. */
function shown(row: Record<string, unknown>): PreviewNode["sample"][number] {
  const cells = Object.entries(row).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
    const long = text.length > limits.previewValueChars;
    return [name, long ? `${text.slice(0, limits.previewValueChars)}…` : value];
  });
  return Object.fromEntries(cells);
}
