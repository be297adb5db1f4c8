import path from "node:path";
import { limits } from "#lib/limits.ts";
import { type ClaimedRun, lastColumns, type RunOutcome } from "#lib/runs/index.ts";
import { onlyArrived } from "./arrived-files.ts";
import { changeFeeds } from "./changes/change-feeds.ts";
import { settleRunFiles } from "./files/settle-ended-runs.ts";
import { withFiles } from "./files/with-files.ts";
import type { PlanOutcome } from "./plan-outcome.ts";
import { quarantineSink } from "./quarantine.ts";
import type { ResolveSource } from "./readable-source.ts";
import { runReplay } from "./replay/run-replay.ts";
import { destinationOfRun } from "./resolve-destination.ts";
import { resolveSource } from "./resolve-source.ts";
import { runPlan } from "./run-plan.ts";
import { RunReporter } from "./run-reporter.ts";
import { scratchRoot } from "./warehouse.ts";
import { Watermarks } from "./watermark.ts";

/**
 * Executes one claimed run from its files and tables to its targets, and says how it goes: progress at least twice a second,
 * every node's state and counts, a structured log, rejected rows in quarantine.
 * @returns how it ended; the caller writes that. Undefined if it was put off.
 */
export async function runPipeline(claimed: ClaimedRun): Promise<RunOutcome | undefined> {
  const { ctx, run, plan, signal } = claimed;
  if (run.replayOf !== undefined) return runReplay(claimed, run.replayOf);
  const sink = quarantineSink(ctx, run, plan.maskedFields);
  const reporter = new RunReporter(claimed);
  const watermarks = new Watermarks({ claimed, destinationOf: (name) => destinationOfRun(claimed, name) });
  await reporter.began();
  const resolve: ResolveSource = async (step) =>
    onlyArrived(await resolveSource(ctx, step, watermarks.rangeOf), step.nodeId, run.arrived);
  const columns = { pipelineId: run.pipelineId, before: run.id, version: run.version };
  let outcome: PlanOutcome | undefined;
  try {
    outcome = await withFiles({ claimed, reporter, resolve }, async (source) =>
      runPlan({
        plan,
        tenant: ctx.tenant,
        runId: run.id,
        pipelineId: run.pipelineId,
        now: run.scheduledFor,
        lastColumns: await lastColumns(ctx, columns),
        scratchDir: path.join(scratchRoot(), `${run.id}-${run.attempt}`),
        resolveDestination: (name) => destinationOfRun(claimed, name),
        resolveSource: source,
        feeds: changeFeeds(claimed),
        signal,
        onProgress: (progress) => reporter.report(progress),
        onLoaded: (nodeId) => watermarks.targetLoaded(nodeId),
        onNode: (nodeId, state, counts) => reporter.node(nodeId, state, counts),
        onRejects: sink.add,
        onRestart: sink.begin,
      }),
    );
  } finally {
    await reporter.flush();
  }
  if (!outcome) return undefined;
  const warnings = [...watermarks.warnings, ...outcome.warnings];
  if (sink.skipped > 0)
    warnings.push({
      code: "quarantine_full",
      message: `${limits.quarantineRowsPerRun} rejected rows were kept; ${sink.skipped} more are only counted`,
    });
  const ended = await reporter.ended({ ...outcome, warnings });
  return { ...ended, afterwards: () => settleRunFiles(ctx.db, run.id) };
}
