import { isDataError } from "#lib/connectors/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import type { AttemptOptions, Engine } from "./engines/engine.ts";
import { loadRejects } from "./loaders/load-rejects.ts";
import type { RowSource } from "./loaders/loader.ts";
import { conclude, destinationOf, load, pipelineOf, type Run } from "./plan-run.ts";

/** What a destination makes of a quick attempt's rows, where the thorough attempt may fare better. */
const AGAIN = ["load_failed", "rows_lost"];

function optionsOf({ input, sources }: Run, plan: LogicalPlan): AttemptOptions {
  const { tenant, runId, signal, now, lastColumns, onRejects, onNode, onArrived } = input;
  return {
    plan,
    tenant,
    sources,
    runId,
    signal,
    now,
    lastColumns,
    onRejects,
    onNode,
    ...(onArrived && { onArrived }),
    destinationOf: destinationOf(input),
  };
}

/** Runs steps in the engine, and loads their targets. */
export async function runSteps(run: Run, plan: LogicalPlan, engine: Engine): Promise<void> {
  if (run.input.onArrived || !(await quickly(run, plan, engine))) await thoroughly(run, plan, engine);
}

/**
 * Clean rows into PostgreSQL, or of this machine's files into the embedded warehouse, without storing them on the way;
 * false: this plan or data needs more.
 */
async function quickly(run: Run, plan: LogicalPlan, engine: Engine): Promise<boolean> {
  const { input } = run;
  const targets = plan.steps.filter((step) => step.kind === "target");
  const [target] = targets;
  if (!target || targets.length > 1) return false;
  const destination = await input.resolveDestination(target.destination);
  const attempt = engine.quick({ ...optionsOf(run, plan), inPlace: destination.kind === "duckdb" });
  if (!attempt) return false;
  run.attempt = attempt;
  try {
    const rows = await attempt.run();
    const counts = await load(run, attempt.ledger, target, rows.get(target.nodeId) as RowSource, destination);
    // An earlier attempt loaded it: only the thorough way tells which rows it had rejected.
    if (counts.already) return false;
    for (const { nodeId, kind } of plan.steps)
      if (kind !== "target") attempt.ledger.passed(nodeId, counts.in);
    conclude(run, attempt);
    return true;
  } catch (error) {
    input.signal?.throwIfAborted();
    // What is wrong with which row, the thorough way finds out; nothing was committed.
    if (isDataError(error) && [...engine.again, ...AGAIN].includes(error.code)) return false;
    throw error;
  }
}

/** With every row counted and kept on the way. */
export async function thoroughly(run: Run, plan: LogicalPlan, engine: Engine): Promise<void> {
  const { input } = run;
  const attempt = engine.thorough(optionsOf(run, plan));
  run.attempt = attempt;
  const targets = await attempt.run();
  const { runId, signal } = input;
  const pipelineId = pipelineOf(input);
  await loadRejects(attempt, { runId, pipelineId, signal, destinationOf: destinationOf(input) });
  for (const step of plan.steps) {
    if (step.kind !== "target") continue;
    const destination = await input.resolveDestination(step.destination);
    await load(run, attempt.ledger, step, targets.get(step.nodeId) as RowSource, destination);
  }
  conclude(run, attempt);
}
