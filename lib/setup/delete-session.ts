import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { shredDraft } from "#lib/sources/index.ts";
import { logTurns } from "./log-turns.ts";
import { sessionNotFound } from "./session-row.ts";

/**
 * Ends one's own conversation: what was entered is shredded, what was said is forgotten here. What it has made stays,
 * and so does what the log was told. A message that is being answered is no longer answered.
 * @throws AppError `permission_denied`, `session_not_found`
 */
export async function deleteSession({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "sources.write");
  const own = { id, tenantId: ctx.tenant, userId: ctx.actor.id };
  // Whoever is at it loses its lease first, so that it keeps nothing more.
  const taken = await ctx.db.setupSession.updateMany({
    where: own,
    data: { leaseToken: "deleted", leaseUntil: new Date(Date.now() + 60_000) },
  });
  if (taken.count === 0) throw sessionNotFound();
  await logTurns(ctx.db, id);
  await shredDraft({ ctx, draftId: id });
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.setupSession.deleteMany({ where: own });
    if (count === 0) throw sessionNotFound();
    await emitAudit(tx, ctx, {
      action: "setup_session.deleted",
      entityType: "setup_session",
      entityId: id,
    });
  });
}
