import { DataError } from "#lib/connectors/index.ts";
import type { FileSourceConfig, FileSourceStep } from "#lib/ir/schema.ts";
import type { RunWarning } from "#lib/runs/schema.ts";

type Policy = NonNullable<FileSourceConfig["waitPolicy"]>;
/** A source that found no file, and what it said. */
export type Miss = { step: FileSourceStep; error: DataError };

/** What comes of files that are not there: the run is put off, or it ends without having read anything. */
export type Missed = { putOff: { until: Date; reason: RunWarning } } | { end: RunWarning };

const MINUTE_MS = 60_000;
/** Whichever asks for most decides. */
const WEIGHT = { skip: 0, alert: 1, fail: 2 } as const;

/**
 * What comes of sources that found no file, at the run's so many-th look.
 * @param waits how often the run was put off before.
 * @throws DataError what the source said where it does not wait, and `file_not_found` where it waited in vain
 */
export function missed(misses: readonly Miss[], waits: number, now: Date): Missed | undefined {
  const [first] = misses;
  if (!first) return undefined;
  const policies = misses.map(({ step, error }): { policy: Policy; miss: Miss } => {
    const policy = step.config.waitPolicy;
    if (!policy) throw error.at({ nodeId: step.nodeId });
    return { policy, miss: { step, error } };
  });
  const patient = policies.filter(({ policy }) => waits < policy.maxRetries);
  if (patient.length === policies.length) {
    const [next] = patient.toSorted((a, b) => a.policy.intervalMinutes - b.policy.intervalMinutes);
    if (next) return { putOff: putOff(next, waits, now) };
  }
  const given = policies.filter(({ policy }) => waits >= policy.maxRetries);
  const [worst] = given.toSorted((a, b) => WEIGHT[b.policy.onMissAction] - WEIGHT[a.policy.onMissAction]);
  if (!worst) return undefined;
  return { end: givenUp(worst, waits) };
}

function putOff({ policy, miss }: { policy: Policy; miss: Miss }, waits: number, now: Date) {
  const until = new Date(now.getTime() + policy.intervalMinutes * MINUTE_MS);
  const at = until.toISOString().slice(0, 16).replace("T", " ");
  const message = `Waiting for a file: ${miss.error.message}. Try ${waits + 1} of ${policy.maxRetries} at ${at} UTC`;
  return { until, reason: { code: "waiting_for_file", message, nodeId: miss.step.nodeId } };
}

function givenUp({ policy, miss }: { policy: Policy; miss: Miss }, waits: number): RunWarning {
  const { nodeId } = miss.step;
  const looks = waits === 0 ? "" : ` after ${waits + 1} looks`;
  const message = `${miss.error.message}${looks}`;
  if (policy.onMissAction === "fail") throw new DataError("file_not_found", message, { nodeId });
  const code = policy.onMissAction === "alert" ? "file_missed" : "file_skipped";
  return { code, message: `${message}: nothing was loaded`, nodeId };
}
