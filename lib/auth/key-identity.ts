import { knownRoles } from "#lib/access/index.ts";
import { sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { type Claims, intersectRoles, requireTenant, requireUser } from "./claims.ts";
import type { Identity } from "./identity.ts";

const TOUCH_MS = 60_000;
type Key = NonNullable<Awaited<ReturnType<Db["apiKey"]["findUnique"]>>>;

/**
 * Who a key speaks for. An ordinary key speaks for itself; a gateway key may name a tenant and a user among those it
 * lists, with roles = header ∩ key ∩ that user's membership if the user is known here.
 * @throws AppError `unauthenticated` for a key that is unknown, revoked or expired; `tenant_mismatch`.
 */
export async function keyIdentity(db: Db, secret: string, claims: Claims): Promise<Identity> {
  const key = await db.apiKey.findUnique({ where: { hash: sha256(secret) } });
  if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= new Date()))
    throw new AppError("unauthenticated", "The API key is unknown, revoked or expired.");
  const identity = key.kind === "gateway" ? await gatewayIdentity(db, key, claims) : ownIdentity(key, claims);
  await touch(db, key);
  return identity;
}

function ownIdentity(key: Key, claims: Claims): Identity {
  requireTenant(claims, key.tenantId);
  requireUser(claims, key.id);
  return {
    tenant: key.tenantId,
    actor: { id: key.id, name: key.name, kind: "key" },
    roles: intersectRoles(knownRoles(key.roles), claims.roles),
    via: "key",
    agentId: key.agentId ?? undefined,
  };
}

async function gatewayIdentity(db: Db, key: Key, claims: Claims): Promise<Identity> {
  const tenant = claims.tenant ?? (key.tenants.length === 1 ? key.tenants[0] : undefined);
  if (!tenant)
    throw new AppError("bad_request", "This gateway key serves several tenants: send X-Tenant-Id.");
  if (!key.tenants.includes(tenant))
    throw new AppError("tenant_mismatch", "X-Tenant-Id names a tenant that this gateway key is not for.");
  const keyRoles = knownRoles(key.roles);
  if (!claims.userId) {
    const roles = intersectRoles(keyRoles, claims.roles);
    return { tenant, actor: { id: key.id, name: key.name, kind: "key" }, roles, via: "key" };
  }
  const user = await db.user.findUnique({
    where: { id: claims.userId },
    select: { name: true, email: true, memberships: { where: { tenantId: tenant } } },
  });
  // Someone unknown here has only what the gateway says of them: no word about roles means none.
  const known = user ? knownRoles(user.memberships[0]?.roles ?? []) : (claims.roles ?? []);
  return {
    tenant,
    actor: { id: claims.userId, name: user?.name ?? user?.email, kind: "user" },
    roles: intersectRoles(keyRoles, known, claims.roles),
    via: "key",
  };
}

/** Notes when a key was last used, at most once a minute. */
async function touch(db: Db, key: Key): Promise<void> {
  const now = new Date();
  if (key.lastUsedAt && now.getTime() - key.lastUsedAt.getTime() < TOUCH_MS) return;
  await db.apiKey.updateMany({ where: { id: key.id }, data: { lastUsedAt: now } });
}
