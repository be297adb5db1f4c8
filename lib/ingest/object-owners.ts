import type pg from "pg";
import { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { lastWrittenSql } from "#lib/memory/index.ts";
import type { ObjectType } from "#lib/memory/schema.ts";
import { ID_FIELDS } from "./object-input.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import { OBJECT_UPSERTED } from "./schema.ts";

/** Says whether an event may be written, and remembers whose its object is from then on. */
export type OwnerCheck = (prepared: PreparedEvent) => AppError | undefined;

/**
 * A key that is bound to an agent replaces only what that agent wrote. Asks once, under the log's lock, who wrote last
 * what such keys are about to write; where there are none, nothing is asked.
 */
export async function loadOwners(
  client: pg.ClientBase,
  events: readonly PreparedEvent[],
): Promise<OwnerCheck> {
  const bound = events.filter((one) => one.boundTo !== undefined && one.event.event_type === OBJECT_UPSERTED);
  if (bound.length === 0) return () => undefined;
  const { text, values } = Prisma.sql`select w."tenantId", w."objectType", w."objectId", e."agentId"
    from (${lastWrittenSql(bound.map(keyOf))}) w join "Event" e on e."lsn" = w."lsn"`;
  const { rows } = await client.query<ReturnType<typeof keyOf> & { agentId: string }>({ text, values });
  const owners = new Map(rows.map(({ agentId, ...key }) => [textOf(key), agentId]));
  return (prepared) => {
    if (prepared.event.event_type !== OBJECT_UPSERTED) return undefined;
    const key = textOf(keyOf(prepared));
    const owner = owners.get(key);
    if (prepared.boundTo !== undefined && owner !== undefined && owner !== prepared.boundTo)
      return new AppError(
        "permission_denied",
        "Another agent wrote this object; this key writes for one alone.",
      );
    owners.set(key, prepared.event.agent_id);
    return undefined;
  };
}

function keyOf({ event }: PreparedEvent) {
  const { object_type, object } = event.payload as {
    object_type: ObjectType;
    object: Record<string, unknown>;
  };
  return {
    tenantId: event.tenant_id,
    objectType: object_type,
    objectId: String(object[ID_FIELDS[object_type]]),
  };
}

function textOf({ tenantId, objectType, objectId }: ReturnType<typeof keyOf>): string {
  return JSON.stringify([tenantId, objectType, objectId]);
}
