import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { takeSlot } from "#lib/rate-limit/index.ts";
import { checkPassword, hashPassword } from "./password.ts";
import { ChangePasswordInput } from "./schema.ts";

/**
 * Sets the caller's own password. Whoever has one gives it; tries are limited like those of signing in.
 * @throws AppError `permission_denied`, `bad_request` if the current one is wrong, `rate_limited`.
 */
export async function changePassword({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof ChangePasswordInput>;
}): Promise<void> {
  requirePermission(ctx, "self.read");
  const { currentPassword, newPassword } = ChangePasswordInput.parse(input);
  const where = { id: ctx.actor.id };
  const user = await ctx.db.user.findUnique({ where });
  if (!user) throw new AppError("permission_denied", "Only a person has a password.");
  if (user.passwordHash) {
    const slot = await takeSlot(ctx.db, {
      key: `password:${user.id}`,
      limit: limits.signInFailures,
      windowMs: limits.signInWindowMs,
    });
    if (!slot.ok)
      throw new AppError("rate_limited", undefined, {
        headers: { "retry-after": String(slot.retryAfterSeconds) },
      });
    if (!(await checkPassword(user.passwordHash, currentPassword ?? "")))
      throw new AppError("bad_request", "The current password is not right.", {
        issues: [{ code: "wrong_password", path: "/currentPassword", message: "This is not your password" }],
      });
  }
  const passwordHash = await hashPassword(newPassword);
  await ctx.db.$transaction(async (tx) => {
    await tx.user.update({ where, data: { passwordHash } });
    await tx.signInToken.deleteMany({ where: { userId: user.id, usedAt: null } });
    await emitAudit(tx, ctx, {
      action: "user.password_changed",
      entityType: "user",
      entityId: user.id,
      entityName: user.email,
    });
  });
}
