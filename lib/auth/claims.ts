import { knownRoles } from "#lib/access/index.ts";
import type { Role } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";

/** What the headers of a request say about its sender: claims, not proof. */
export type Claims = { tenant?: string; userId?: string; roles?: Role[] };

const ID = /^[\w.@:+|-]{1,200}$/;

/**
 * Reads `X-Tenant-Id`, `X-User-ID` and `X-User-Roles` (comma-separated).
 * @throws AppError `bad_request` if an id has characters that no id has.
 */
export function readClaims(headers: Headers): Claims {
  const roles = headers.get("x-user-roles");
  return {
    tenant: readId(headers, "X-Tenant-Id"),
    userId: readId(headers, "X-User-ID"),
    roles: roles === null ? undefined : knownRoles(roles.split(",").map((role) => role.trim())),
  };
}

function readId(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (!value) return undefined;
  if (!ID.test(value)) throw new AppError("bad_request", `The header ${name} is not a valid id.`);
  return value;
}

/** The roles that are in every list given; an absent list does not narrow. */
export function intersectRoles(...lists: (readonly Role[] | undefined)[]): Role[] {
  const given = lists.filter((list) => list !== undefined);
  return (given[0] ?? []).filter((role) => given.every((list) => list.includes(role)));
}

/** @throws AppError `tenant_mismatch` if a claim names another tenant than the credential's. */
export function requireTenant(claims: Claims, tenant: string): void {
  if (claims.tenant !== undefined && claims.tenant !== tenant)
    throw new AppError("tenant_mismatch", "X-Tenant-Id names a tenant that this credential is not for.");
}

/** @throws AppError `permission_denied` if a claim names another user than the credential's. */
export function requireUser(claims: Claims, userId: string): void {
  if (claims.userId !== undefined && claims.userId !== userId)
    throw new AppError("permission_denied", "X-User-ID names someone else than this credential's owner.");
}
