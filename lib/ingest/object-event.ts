import { AppError, type Issue } from "#lib/errors.ts";
import { OBJECT_TYPES, type ObjectType } from "#lib/memory/schema.ts";
import type { UnnumberedEvent } from "./event-hash.ts";
import { OBJECT_INPUTS, OWNER_FIELDS } from "./object-input.ts";
import { invalidEvent, requireAgent, type Writer } from "./writer.ts";

/**
 * Checks the payload of an `object_upserted` event, `{object_type, object}`, and gives the form that the log keeps.
 * @throws AppError `bad_request` naming each field; `reserved_agent` or `permission_denied` for another's object.
 */
export function readObjectPayload(writer: Writer, { payload }: UnnumberedEvent): UnnumberedEvent["payload"] {
  const type = OBJECT_TYPES.find((one) => one === payload.object_type);
  if (!type)
    throw invalidEvent([wrong("/payload/object_type", `Expected one of ${OBJECT_TYPES.join(", ")}`)]);
  const parsed = OBJECT_INPUTS[type].safeParse(withOwner(writer, type, payload.object));
  if (!parsed.success)
    throw invalidEvent(
      parsed.error.issues.map(({ path, message }) => wrong(`/payload/object${pointer(path)}`, message)),
    );
  const object: Record<string, unknown> = { ...parsed.data };
  const owner = OWNER_FIELDS[type];
  if (owner && (writer.agentId !== undefined || object[owner]))
    requireAgent(writer, String(object[owner] ?? ""), `/payload/object/${owner}`);
  if (type === "agent" && writer.agentId !== undefined && object.workspace_id)
    throw new AppError(
      "permission_denied",
      "A key that is bound to an agent cannot put it into a workspace.",
      {
        issues: [wrong("/payload/object/workspace_id", "Write it with a key that is not bound")],
      },
    );
  return { object_type: type, object };
}

/** A key that is bound to an agent need not say whose the object is. */
function withOwner(writer: Writer, type: ObjectType, object: unknown): unknown {
  const owner = OWNER_FIELDS[type];
  if (!owner || writer.agentId === undefined || typeof object !== "object" || object === null) return object;
  return (object as Record<string, unknown>)[owner] ? object : { ...object, [owner]: writer.agentId };
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function wrong(path: string, message: string): Issue {
  return { code: "invalid_object", path, message };
}
