import { requirePermission } from "#lib/access/index.ts";
import { isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { redactText } from "#lib/redact.ts";
import type { ClaimedLook, LookOutcome } from "./arrivals.ts";
import { settleLook } from "./settle-look.ts";
import { systemCtx } from "./system-ctx.ts";

/**
 * Lists the files that a source of a document names now; none is no error. Whoever runs pipelines knows how.
 * @throws DataError where it cannot look
 */
export type LookForFiles = (request: {
  ctx: Ctx;
  ir: PipelineIr;
  /** The node; undefined: the only source of files. */
  source: string | undefined;
  now: Date;
}) => Promise<{ place: string; files: Extract<LookOutcome, { files: unknown }>["files"] }>;

/**
 * Makes the look that has been due for longest this process's own, and sets the time of the next one: a look that is
 * lost with its process is made again then.
 * @param without tenants that have enough looks under way.
 */
export async function claimLook(
  db: Db,
  now: Date,
  without: readonly string[] = [],
): Promise<ClaimedLook | undefined> {
  const [look] = await db.$queryRaw<ClaimedLook[]>`
    update "Schedule" set "updatedAt" = now(), "nextRunAt" =
      ${now}::timestamptz + make_interval(mins => ("spec"->>'everyMinutes')::int)
    where "pipelineId" = (
      select "pipelineId" from "Schedule"
      where "enabled" and "nextRunAt" <= ${now} and "spec"->>'kind' = 'file_arrival'
        and "tenantId" <> all (${without}::text[])
      order by "nextRunAt" limit 1 for update skip locked
    ) returning "pipelineId", "tenantId", "spec", "nextRunAt"`;
  return look;
}

/**
 * Looks, outside any transaction and no longer than `limits.lookMs`, then writes down what came of it: at most one run
 * for what arrived, one failure for a deadline that passed.
 */
export async function makeLook(
  db: Db,
  claimed: ClaimedLook,
  { look, now, signal }: { look: LookForFiles; now: Date; signal?: AbortSignal },
): Promise<void> {
  const bounds = [AbortSignal.timeout(limits.lookMs), ...(signal ? [signal] : [])];
  const ctx = systemCtx(db, claimed.tenantId, `schedule:${claimed.pipelineId}`, AbortSignal.any(bounds));
  requirePermission(ctx, "pipelines.run");
  const current = await loadVersion({ ctx, pipeline: claimed.pipelineId }).catch((error: unknown) => {
    if (isAppError(error)) return undefined;
    throw error;
  });
  const { ir, executable } = current ?? { ir: undefined, executable: false };
  const outcome: LookOutcome | undefined =
    ir && executable
      ? await within(ctx, () => look({ ctx, ir, source: claimed.spec.source, now }))
      : undefined;
  if (signal?.aborted) return;
  await settleLook(db, claimed, { outcome, now });
}

/** The look's outcome as soon as its time is over: a server that never answers holds nobody up. */
async function within({ signal }: Ctx, look: () => ReturnType<LookForFiles>): Promise<LookOutcome> {
  const over = new Promise<LookOutcome>((resolve) => {
    const seconds = limits.lookMs / 1000;
    const problem = { code: "timed_out", message: `The source did not answer within ${seconds} seconds` };
    signal?.addEventListener("abort", () => resolve({ problem }), { once: true });
  });
  return Promise.race([look().catch(problemOf), over]);
}

function problemOf(error: unknown): LookOutcome {
  if (isDataError(error) || isAppError(error))
    return { problem: { code: error.code, message: redactText(error.message) } };
  log.error({ err: error }, "files could not be looked for");
  return { problem: { code: "internal", message: "Looking for files failed; the log says why" } };
}
