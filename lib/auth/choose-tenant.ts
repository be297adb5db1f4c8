import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { ChooseTenantInput } from "./schema.ts";
import { secureCookies, TENANT_COOKIE } from "./session-cookie.ts";

/**
 * Remembers which of their tenants a person works in.
 * @returns the cookie to set; every later request still checks membership.
 * @throws AppError `tenant_mismatch` if they are not a member of it.
 */
export async function chooseTenant({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof ChooseTenantInput>;
}): Promise<{ cookie: string }> {
  requirePermission(ctx, "self.read");
  const { tenantId } = ChooseTenantInput.parse(input);
  const member = await ctx.db.membership.count({ where: { userId: ctx.actor.id, tenantId } });
  if (member === 0) throw new AppError("tenant_mismatch", "You are not a member of that tenant.");
  const secure = secureCookies() ? "; Secure" : "";
  return {
    cookie: `${TENANT_COOKIE}=${encodeURIComponent(tenantId)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${limits.sessionSeconds}${secure}`,
  };
}
