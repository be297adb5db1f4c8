import type { Ctx } from "../context.ts";
import { AppError } from "../errors.ts";
import { permissions } from "./permissions.ts";
import type { Permission } from "./schema.ts";

/** The sentence that everyone sees who may not do a thing. */
export const DENIED = "You don't have permission. Contact your administrator.";

/** True if any of the caller's roles allows it. */
export function can(ctx: Pick<Ctx, "roles">, permission: Permission): boolean {
  return ctx.roles.some((role) => permissions[role]?.has(permission));
}

/**
 * The first line of every verb.
 * @throws AppError `permission_denied` if no role of the caller allows it.
 */
export function requirePermission(ctx: Pick<Ctx, "roles">, permission: Permission): void {
  if (!can(ctx, permission)) throw new AppError("permission_denied", DENIED);
}
