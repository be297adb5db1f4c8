import { once } from "node:events";
import { isDataError } from "#lib/connectors/index.ts";
import { appendLog, type ClaimedRun, putOffRun } from "#lib/runs/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import { failedBefore, nothingRead, type PlanOutcome } from "../plan-outcome.ts";
import type { ResolveSource } from "../readable-source.ts";
import type { RunReporter } from "../run-reporter.ts";
import type { Missed } from "./missed-files.ts";
import { RunFiles } from "./run-files.ts";
import { archivesOf } from "./without-archives.ts";

type Given = { claimed: ClaimedRun; reporter: RunReporter; resolve: ResolveSource };

/**
 * Runs a plan between finding its files and archiving them. They are put where the run's end says they belong when that
 * is written ({@link settleRunFiles}): until then an attempt that begins again finds all of them.
 * @param run reads its sources where it is told.
 * @returns undefined if the run was put off: what it reads is not there yet.
 * @throws the signal's reason
 */
export async function withFiles(
  given: Given,
  run: (source: ResolveSource) => Promise<PlanOutcome>,
): Promise<PlanOutcome | undefined> {
  const { claimed, resolve } = given;
  const files = new RunFiles({ claimed, resolve });
  try {
    const missed = await files.begin();
    if (missed) return await without(given, files, missed);
    const outcome = await run(files.source);
    return outcome.status === "failed" ? outcome : await archived(given, files, outcome);
  } catch (error) {
    claimed.signal.throwIfAborted();
    if (!isDataError(error)) throw error;
    return failedBefore(error);
  } finally {
    await files.close();
  }
}

async function without(
  { claimed }: Given,
  files: RunFiles,
  missed: Missed,
): Promise<PlanOutcome | undefined> {
  if ("end" in missed) {
    await files.giveBack();
    return nothingRead([missed.end]);
  }
  const { reason } = missed.putOff;
  const { nodeId, message, code } = reason;
  await appendLog(claimed, { level: "info", message, nodeId, data: { code } });
  if (await putOffRun(claimed, missed.putOff)) return undefined;
  // Somebody cancelled it, or another worker has it: the signal says so in a moment.
  if (!claimed.signal.aborted) await once(claimed.signal, "abort");
  throw claimed.signal.reason;
}

async function archived(
  { claimed, reporter }: Given,
  files: RunFiles,
  outcome: PlanOutcome,
): Promise<PlanOutcome> {
  const warnings: RunWarning[] = [];
  const lines: Parameters<typeof appendLog>[1] & unknown[] = [];
  const archives = archivesOf(claimed.plan);
  if (archives.length > 0)
    reporter.report({ nodes: archives.map(({ nodeId }) => ({ nodeId, status: "running" as const })) });
  await files.archive((nodeId, done) => {
    if ("code" in done) {
      warnings.push(done);
      return reporter.report({ nodes: [{ nodeId, status: "failed", error: done }] });
    }
    const { left, ...counts } = done;
    reporter.report({ nodes: [{ nodeId, status: "completed", counts }] });
    const there = left === 0 ? "" : `; ${left} of them lay there already`;
    lines.push({ level: "info", nodeId, message: `${filesOf(done.files)} archived${there}`, data: counts });
  });
  await appendLog(claimed, lines);
  return {
    ...outcome,
    status: warnings.length === 0 ? outcome.status : "completed_with_errors",
    warnings: [...outcome.warnings, ...warnings],
  };
}

const filesOf = (count: number) => (count === 1 ? "1 file" : `${count} files`);
