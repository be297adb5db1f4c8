import { mkdir, rm } from "node:fs/promises";
import { DataError, openLocalStore } from "#lib/connectors/index.ts";
import { limits } from "#lib/limits.ts";
import { changePairs } from "./changes/change-pairs.ts";
import { mirrorPairs } from "./changes/mirror-pairs.ts";
import { endingWithTargets } from "./ending-with-targets.ts";
import { withoutArchives } from "./files/without-archives.ts";
import { LedgerBook } from "./ledger.ts";
import { loadPairs } from "./load-pairs.ts";
import { failed, finished, type PlanOutcome } from "./plan-outcome.ts";
import { progressOf } from "./plan-progress.ts";
import { type Run, type RunPlanInput, withEngine } from "./plan-run.ts";
import { OpenSources, type ResolveSource } from "./readable-source.ts";
import { runSteps } from "./run-steps.ts";
import { tablePairs, withoutPairs } from "./table-pairs.ts";

/**
 * Runs a plan: reads, transforms, checks, and loads each target in a transaction of its own.
 * No target of the engine's is loaded before every row of every node is known to be in order; tables that go into a
 * target as they are come after those, one by one.
 * @throws only the signal's reason; everything else is in the outcome.
 */
export async function runPlan(given: RunPlanInput): Promise<PlanOutcome> {
  const plan = withoutArchives(given.plan);
  const input = { ...given, plan, onNode: given.onNode && endingWithTargets(plan, given.onNode) };
  const { scratchDir, signal } = input;
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  const sources = new OpenSources(input.resolveSource ?? localFilesOf(input.tenant));
  const run: Run = {
    input,
    sources,
    book: new LedgerBook(plan),
    warnings: [],
    engines: new Set(),
    reading: new Set(),
    toCome: 0,
  };
  const interrupt = () => {
    for (const engine of run.engines) engine.interrupt();
  };
  signal?.addEventListener("abort", interrupt, { once: true });
  const timer = setInterval(() => input.onProgress?.(progressOfRun(run)), limits.progressMs);
  try {
    await input.onRestart?.();
    const mirrors = changePairs(plan);
    const pairs = tablePairs(withoutPairs(plan, mirrors));
    run.toCome = pairs.length + mirrors.length;
    const rest = withoutPairs(plan, [...pairs, ...mirrors]);
    if (rest.steps.length > 0) await withEngine(run, scratchDir, (engine) => runSteps(run, rest, engine));
    await loadPairs(run, pairs);
    await mirrorPairs(run, mirrors);
    return finished(run);
  } catch (error) {
    signal?.throwIfAborted();
    return failed(run, error);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    clearInterval(timer);
    await sources.close();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

const progressOfRun = ({ book, attempt, reading, toCome }: Run) =>
  progressOf({ book, attempt, reading: [...reading], toCome: toCome > 0 });

/** Files of this machine that the tenant may read. */
export const localFilesOf =
  (tenant: string): ResolveSource =>
  async (step) => {
    if (step.connector === "local_fs" && step.sourceRef === undefined)
      return { kind: "store", store: openLocalStore({ tenant }) };
    throw new DataError("not_executable", `There is nothing here to read ${step.connector} with`, {
      nodeId: step.nodeId,
    });
  };
