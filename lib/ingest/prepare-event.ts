import type { Issue } from "#lib/errors.ts";
import { eventHash, type UnnumberedEvent } from "./event-hash.ts";
import { readObjectPayload } from "./object-event.ts";
import { readEvent } from "./read-event.ts";
import { OBJECT_UPSERTED } from "./schema.ts";
import { invalidEvent, requireAgent, requireTenant, type Writer } from "./writer.ts";

/** An event that has passed every check and waits for its number. */
export type PreparedEvent = {
  event: UnnumberedEvent;
  hash: string;
  /** How much it holds, roughly: what the queue is bounded by. */
  bytes: number;
  warnings: Issue[];
  /** The one agent that its writer's key speaks for. */
  boundTo?: string;
};

/**
 * Checks one event of a caller who may write events.
 * @param value JSON that `parseJson` let through. @param bytes its size as it came. @param now RFC 3339, UTC.
 * @throws AppError `bad_request` naming each field; `tenant_mismatch`, `permission_denied`, `reserved_agent`.
 */
export function prepareEvent(writer: Writer, value: unknown, bytes: number, now: string): PreparedEvent {
  const { event, issues, warnings } = readEvent(value, {
    tenant: writer.tenant,
    agentId: writer.agentId,
    now,
  });
  if (issues.length > 0) throw invalidEvent(issues);
  requireTenant(writer, event.tenant_id);
  requireAgent(writer, event.agent_id, "/agent_id");
  if (event.event_type === OBJECT_UPSERTED) event.payload = readObjectPayload(writer, event);
  return { event, hash: hashOf(event), bytes, warnings, boundTo: writer.agentId };
}

function hashOf(event: UnnumberedEvent): string {
  try {
    return eventHash(event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidEvent([
      { code: "out_of_range", path: "/payload", message: "Numbers up to 1.8e308 can be kept" },
    ]);
  }
}
