import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { requireRun } from "#lib/runs/index.ts";
import { WAITS } from "../quarantine-state.ts";
import type { DiscardQuarantineInput, QuarantineChanged, RestoreQuarantineInput } from "../schema.ts";
import { releaseFailed } from "./release-failed.ts";

/**
 * Rows that nobody means to load: they do not wait any more. They are kept until they expire, so that it can be taken
 * back. The reason stands in the audit log.
 * @throws AppError `run_not_found`; `conflict` if none of them waits
 */
export async function discardQuarantine({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string } & DiscardQuarantineInput;
}): Promise<QuarantineChanged> {
  requirePermission(ctx, "quarantine.edit");
  const { runId, rowIds, reason } = input;
  await requireRun(ctx, runId);
  await releaseFailed({ ctx, input });
  return ctx.db.$transaction(async (tx) => {
    const { count: rows } = await tx.quarantineRow.updateMany({
      where: { tenantId: ctx.tenant, runId, id: { in: rowIds }, ...WAITS },
      data: { resolution: "discarded", resolvedBy: ctx.actor.id, resolvedAt: new Date() },
    });
    if (rows === 0) throw new AppError("conflict", "None of these rows waits to be decided about");
    await emitAudit(tx, ctx, {
      action: "quarantine.discarded",
      entityType: "quarantine",
      entityId: runId,
      after: { rows, reason },
    });
    return { rows };
  });
}

/** Discarded rows wait again. @throws AppError `run_not_found`; `conflict` if none of them was discarded */
export async function restoreQuarantine({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string } & RestoreQuarantineInput;
}): Promise<QuarantineChanged> {
  requirePermission(ctx, "quarantine.edit");
  const { runId, rowIds } = input;
  await requireRun(ctx, runId);
  return ctx.db.$transaction(async (tx) => {
    const { count: rows } = await tx.quarantineRow.updateMany({
      where: { tenantId: ctx.tenant, runId, id: { in: rowIds }, resolution: "discarded" },
      data: { resolution: null, resolvedBy: null, resolvedAt: null },
    });
    if (rows === 0) throw new AppError("conflict", "None of these rows was discarded");
    await emitAudit(tx, ctx, {
      action: "quarantine.restored",
      entityType: "quarantine",
      entityId: runId,
      after: { rows },
    });
    return { rows };
  });
}
