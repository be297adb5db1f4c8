import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { requireExecutable } from "./check-ir.ts";
import { insertRun } from "./insert-run.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import type { RunRequested, RunTrigger } from "./schema.ts";
import { wakeWorkers } from "./wake.ts";

/**
 * Asks for a run of a pipeline's current version; it waits behind a run of the same pipeline. The audit row is written
 * with it. `idempotencyKey` makes a repeated request answer with the run of the first.
 * @throws AppError `pipeline_not_found`; `not_executable` with what a draft is missing.
 */
export async function requestRun({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { pipelineId: string; trigger?: RunTrigger; idempotencyKey?: string };
}): Promise<RunRequested> {
  requirePermission(ctx, "pipelines.run");
  const version = await loadVersion({ ctx, pipeline: input.pipelineId });
  const ir = requireExecutable(version.ir, await loadCatalogue(ctx));
  const { pipelineId, name } = version;
  const requested = await ctx.db.$transaction((tx) =>
    insertRun(tx, ctx, {
      pipelineId,
      name,
      version: version.version,
      ir,
      trigger: input.trigger ?? "manual",
      idempotencyKey: input.idempotencyKey && `request:${pipelineId}:${input.idempotencyKey}`,
    }),
  );
  wakeWorkers();
  return requested;
}
