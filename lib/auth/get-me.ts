import { knownRoles, requirePermission } from "#lib/access/index.ts";
import type { Ctx, Role } from "#lib/context.ts";

/** Who is asking, as `GET /api/v1/me` tells it. */
export type Me = {
  userId: string;
  tenantId: string;
  roles: readonly Role[];
  name: string | null;
  email: string | null;
  tenants: { id: string; roles: Role[] }[];
};

/**
 * Who is asking, with what roles here, and which other tenants they may choose.
 * @param byKey a key speaks for them: it learns nothing of tenants that it is not used for.
 */
export async function getMe({ ctx, byKey }: { ctx: Ctx; byKey: boolean }): Promise<Me> {
  requirePermission(ctx, "self.read");
  const me = { userId: ctx.actor.id, tenantId: ctx.tenant, roles: ctx.roles };
  const user =
    ctx.actor.kind === "user"
      ? await ctx.db.user.findUnique({
          where: { id: ctx.actor.id },
          select: {
            name: true,
            email: true,
            memberships: {
              where: byKey ? { tenantId: ctx.tenant } : {},
              orderBy: { createdAt: "asc" },
            },
          },
        })
      : undefined;
  if (!user)
    return {
      ...me,
      name: ctx.actor.name ?? null,
      email: null,
      tenants: [{ id: ctx.tenant, roles: [...ctx.roles] }],
    };
  const tenants = user.memberships.map((row) => ({ id: row.tenantId, roles: knownRoles(row.roles) }));
  return { ...me, name: user.name, email: user.email, tenants };
}
