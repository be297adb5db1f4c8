import { knownRoles } from "#lib/access/index.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { type Claims, intersectRoles, requireUser } from "./claims.ts";
import type { Identity } from "./identity.ts";

/**
 * Who a signed-in person is in their active tenant: the one claimed by header, else the one they chose last, else
 * their first. Membership is read now, so a removed member is out with their next request.
 * @param chosen the tenant they chose last, a wish.
 * @throws AppError `unauthenticated` if the user is gone, `tenant_mismatch`, `permission_denied`.
 */
export async function sessionIdentity(
  db: Db,
  userId: string,
  claims: Claims,
  chosen?: string,
): Promise<Identity> {
  const user = await db.user.findUnique({
    where: { id: userId },
    select: { id: true, name: true, email: true, memberships: { orderBy: { createdAt: "asc" } } },
  });
  if (!user) throw new AppError("unauthenticated", "This account no longer exists. Sign in again.");
  requireUser(claims, user.id);
  const { memberships } = user;
  const wanted = claims.tenant ?? chosen;
  const membership = memberships.find((row) => row.tenantId === wanted);
  if (claims.tenant && !membership)
    throw new AppError("tenant_mismatch", "You are not a member of the tenant in X-Tenant-Id.");
  const active = membership ?? memberships[0];
  if (!active)
    throw new AppError("permission_denied", "You are not a member of any tenant. Ask an administrator.");
  return {
    tenant: active.tenantId,
    actor: { id: user.id, name: user.name ?? user.email, kind: "user" },
    roles: intersectRoles(knownRoles(active.roles), claims.roles),
    via: "session",
  };
}
