import { requirePermission } from "#lib/access/index.ts";
import { type AuditAction, emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError, type Issue } from "#lib/errors.ts";
import { savePipelineVersion } from "#lib/pipelines/index.ts";
import type { VersionOrigin } from "#lib/pipelines/schema.ts";
import { type CheckedIr, checkIr } from "./check-ir.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { syncSchedule } from "./sync-schedule.ts";
import { within } from "./system-ctx.ts";

/**
 * A document to publish. Without `pipelineId` (uuid or slug) it becomes a new pipeline; with `baseVersion` it is
 * refused if someone saved a newer one.
 */
export type PublishVersionInput = {
  pipelineId?: string;
  ir: unknown;
  baseVersion?: number;
  origin: VersionOrigin;
  proposalId?: string;
  note?: string;
};

/** The version that stands now. */
export type PublishedVersion = {
  pipelineId: string;
  slug: string;
  name: string;
  version: number;
  executable: boolean;
  /** Of a draft: what keeps it from running. */
  warnings: Issue[];
};

const ACTION: Record<VersionOrigin, AuditAction> = {
  created: "pipeline.created",
  edited: "pipeline.updated",
  applied: "pipeline.applied",
  restored: "pipeline.restored",
};

/**
 * The one way a version comes to be: checks the document, then saves version, schedule and audit row in one
 * transaction (the caller's, if `tx` is given), so that no path can leave a schedule behind.
 * @throws AppError `invalid_ir`, `stale_version`, `already_exists`, `pipeline_not_found`; `not_executable` if what is
 * applied is a draft.
 */
export async function publishVersion({
  ctx,
  input,
  tx,
}: {
  ctx: Ctx;
  input: PublishVersionInput;
  tx?: Tx;
}): Promise<PublishedVersion> {
  requirePermission(ctx, "pipelines.write");
  const checked = checkIr(input.ir, await loadCatalogue(tx ? within(ctx, tx) : ctx));
  if (input.origin === "applied" && !checked.executable)
    throw new AppError("not_executable", checked.warnings[0]?.message, { issues: checked.warnings });
  if (tx) return publish(tx, ctx, input, checked);
  return ctx.db.$transaction((own) => publish(own, ctx, input, checked));
}

async function publish(
  tx: Tx,
  ctx: Ctx,
  input: PublishVersionInput,
  { ir, executable, warnings }: CheckedIr,
): Promise<PublishedVersion> {
  const { origin, baseVersion, proposalId, note, pipelineId: pipeline } = input;
  const saved = await savePipelineVersion(tx, ctx, {
    pipeline,
    ir,
    executable,
    baseVersion,
    origin,
    proposalId,
    note,
  });
  const { pipelineId, slug, name, version } = saved;
  await syncSchedule(tx, ctx, { pipelineId, schedule: ir.schedule, executable, now: new Date() });
  await emitAudit(tx, ctx, {
    action: ACTION[origin],
    entityType: "pipeline",
    entityId: pipelineId,
    entityName: name,
    before: saved.before,
    after: { version, name, executable, proposalId, note, schedule: ir.schedule },
  });
  return { pipelineId, slug, name, version, executable, warnings };
}
