import type { Db } from "./db.ts";

/** The roles of the product, widest first. */
export const ROLES = ["ROLE_ADMIN", "ROLE_DATA_ENGINEER", "ROLE_VIEWER", "ROLE_AGENT"] as const;

/** What a caller is in a tenant. */
export type Role = (typeof ROLES)[number];

/** Who acts: a person, a program by its key, or the product itself (a schedule, a worker). */
export type Actor = { id: string; name?: string; kind: "user" | "key" | "system" };

/** Who is asking, built once at the door and passed down. Every query is bounded by `tenant`. */
export type Ctx = {
  tenant: string;
  actor: Actor;
  roles: readonly Role[];
  requestId: string;
  db: Db;
  /** The agent this credential speaks for, if it is bound to one. */
  agentId?: string;
  /** Aborted when the caller goes away. */
  signal?: AbortSignal;
};
