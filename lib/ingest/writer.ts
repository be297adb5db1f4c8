import type { Ctx } from "#lib/context.ts";
import { AppError, type Issue } from "#lib/errors.ts";
import { OWN_AGENTS } from "./schema.ts";

/** Who may write what; the parts of a {@link Ctx} that decide it. */
export type Writer = Pick<Ctx, "tenant" | "agentId" | "actor">;

/** @throws AppError `tenant_mismatch` if the event is for another tenant. */
export function requireTenant(writer: Writer, tenant: string): void {
  if (tenant === writer.tenant) return;
  throw new AppError("tenant_mismatch", "The event names another tenant than the credential's.", {
    issues: [
      {
        code: "tenant_mismatch",
        path: "/tenant_id",
        message: "Not the credential's tenant",
        hint: `Named: ${tenant}`,
      },
    ],
  });
}

/**
 * Our own agents are written for by the product alone, and a key that is bound to an agent writes for no other.
 * @throws AppError `reserved_agent` or `permission_denied`.
 */
export function requireAgent(writer: Writer, agentId: string, path: string): void {
  if (writer.actor.kind !== "system" && (OWN_AGENTS as readonly string[]).includes(agentId))
    throw new AppError("reserved_agent", "Only Penstock itself writes under that agent_id.", {
      issues: [{ code: "reserved_agent", path, message: "Only Penstock itself writes under this id" }],
    });
  if (writer.agentId !== undefined && agentId !== writer.agentId)
    throw new AppError("permission_denied", "This key writes for one agent alone, and not for that one.", {
      issues: [{ code: "other_agent", path, message: `This key is bound to ${writer.agentId}` }],
    });
}

/** The refusal that names every field that is wrong. */
export function invalidEvent(issues: Issue[]): AppError {
  const told = issues.map(({ path, message }) => `${path || "the event"}: ${message}`).slice(0, 3);
  const more = issues.length > told.length ? ` (and ${issues.length - told.length} more, see issues)` : "";
  return new AppError("bad_request", told.join("; ") + more, { issues });
}
