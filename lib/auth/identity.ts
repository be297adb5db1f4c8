import type { Actor, Role } from "#lib/context.ts";

/** Who is asking, before anything else is known: the outcome of looking at a credential. */
export type Identity = {
  tenant: string;
  actor: Actor;
  roles: Role[];
  /** How the caller proved it. */
  via: "session" | "key";
  agentId?: string;
};
