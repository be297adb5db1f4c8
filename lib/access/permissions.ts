import { ROLES, type Role } from "../context.ts";
import { PERMISSIONS, type Permission } from "./schema.ts";

const VIEWER: readonly Permission[] = [
  "pipelines.read",
  "runs.read",
  "sources.read",
  "warehouse.read",
  "quarantine.read",
  "settings.read",
  "memory.read",
  "self.read",
];

const DATA_ENGINEER: readonly Permission[] = [
  ...VIEWER,
  "pipelines.write",
  "pipelines.run",
  "runs.cancel",
  "sources.write",
  "quarantine.edit",
  "proposals.create",
  "proposals.decide",
];

/** What each role may do. Whoever has several roles may do what any of them may. */
export const permissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  ROLE_ADMIN: new Set(PERMISSIONS),
  ROLE_DATA_ENGINEER: new Set(DATA_ENGINEER),
  ROLE_VIEWER: new Set(VIEWER),
  ROLE_AGENT: new Set<Permission>(["events.write", "memory.read", "self.read"]),
};

/** The known roles among some strings, each once, widest first. Others are dropped. */
export function knownRoles(names: Iterable<string>): Role[] {
  const given = new Set(names);
  return ROLES.filter((role) => given.has(role));
}
