export { knownRoles, permissions } from "./permissions.ts";
export { can, DENIED, requirePermission } from "./require-permission.ts";
export { PERMISSIONS, type Permission, RoleSchema } from "./schema.ts";
