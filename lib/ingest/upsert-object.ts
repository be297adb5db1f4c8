import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { randomToken } from "#lib/crypto.ts";
import type { ObjectType } from "#lib/memory/schema.ts";
import { commitOne } from "./ingest-event.ts";
import { instantOf } from "./instant.ts";
import { ID_FIELDS, OWNER_FIELDS } from "./object-input.ts";
import { prepareEvent } from "./prepare-event.ts";
import { OBJECT_UPSERTED, type ObjectAck } from "./schema.ts";

/**
 * Writes an object as a caller gives it, by an event of the log: the row of the object is derived from it.
 * @param input the object; a later write replaces it whole.
 * @throws AppError `bad_request` naming each field; `reserved_agent`, `permission_denied`, `overloaded`.
 */
export async function upsertObject({
  ctx,
  type,
  input,
}: {
  ctx: Ctx;
  type: ObjectType;
  input: Record<string, unknown>;
}): Promise<ObjectAck> {
  requirePermission(ctx, "events.write");
  const bytes = JSON.stringify(input).length;
  const text = (field: string | undefined) => {
    const value = field === undefined ? undefined : input[field];
    return typeof value === "string" && value !== "" ? { value } : undefined;
  };
  const event = {
    event_id: randomToken("obj_"),
    event_type: OBJECT_UPSERTED,
    agent_id: text(OWNER_FIELDS[type])?.value,
    session_id: text("session_id")?.value,
    workspace_id: text("workspace_id")?.value,
    tenant_id: ctx.tenant,
    payload: { object_type: type, object: input },
    source: "api",
  };
  const prepared = prepareEvent(ctx, event, bytes, instantOf(new Date()));
  const { ack } = await commitOne({ ...prepared, warnings: [] });
  return { ...ack, object_type: type, object_id: String(input[ID_FIELDS[type]]) };
}
