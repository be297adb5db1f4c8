import { z } from "zod";

/** Everything that may be allowed or refused. Named `noun.verb`. */
export const PERMISSIONS = [
  "pipelines.read",
  "pipelines.write",
  "pipelines.run",
  "runs.read",
  "runs.cancel",
  "sources.read",
  "sources.write",
  "warehouse.read",
  "quarantine.read",
  "quarantine.edit",
  "proposals.create",
  "proposals.decide",
  "settings.read",
  "settings.write",
  "members.manage",
  "keys.manage",
  "audit.read",
  "events.write",
  "memory.read",
  "memory.erase",
  "self.read",
] as const;

/** One thing a caller may be allowed to do. */
export type Permission = (typeof PERMISSIONS)[number];

/** A role as it travels in bodies and headers. */
export const RoleSchema = z.enum(["ROLE_ADMIN", "ROLE_DATA_ENGINEER", "ROLE_VIEWER", "ROLE_AGENT"]);
