import { knownRoles } from "#lib/access/index.ts";
import { sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { type Claims, intersectRoles, requireTenant, requireUser } from "./claims.ts";
import type { Identity } from "./identity.ts";
import { findKey, type KeyRow } from "./key-cache.ts";

const TOUCH_MS = 60_000;

/**
 * Who a key speaks for. An ordinary key speaks for itself; a gateway key may name a tenant and a user among those it
 * lists, with roles = header ∩ key ∩ that user's membership if the user is known here.
 * @throws AppError `unauthenticated` for a key that is unknown, revoked or expired; `tenant_mismatch`.
 */
export async function keyIdentity(db: Db, secret: string, claims: Claims): Promise<Identity> {
  const key = await findKey(db, sha256(secret));
  if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= new Date()))
    throw new AppError("unauthenticated", "The API key is unknown, revoked or expired.");
  const identity = key.kind === "gateway" ? await gatewayIdentity(db, key, claims) : ownIdentity(key, claims);
  touch(db, key);
  return identity;
}

function ownIdentity(key: KeyRow, claims: Claims): Identity {
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

async function gatewayIdentity(db: Db, key: KeyRow, claims: Claims): Promise<Identity> {
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

/** Notes when a key was last used, at most once a minute. Nobody waits for it: a request is not about this. */
function touch(db: Db, key: KeyRow): void {
  const now = new Date();
  if (key.lastUsedAt && now.getTime() - key.lastUsedAt.getTime() < TOUCH_MS) return;
  key.lastUsedAt = now;
  db.apiKey.updateMany({ where: { id: key.id }, data: { lastUsedAt: now } }).catch((error) => {
    log.debug({ reason: messageOf(error) }, "the last use of a key was not noted");
  });
}
