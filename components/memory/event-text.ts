import type { StoredEvent } from "#lib/ingest/schema.ts";

/** Characters of an event that a row shows at most. */
const SHOWN = 300;

/** An event on one line: its text, or the JSON of what it carries. */
export function textOfEvent({ payload }: StoredEvent): string {
  const { text } = payload;
  const line = typeof text === "string" && text.trim() ? text : JSON.stringify(payload);
  return line.slice(0, SHOWN).replace(/\s+/g, " ");
}

/** The id of the memory that an event became; undefined for one that writes an object, or a tombstone. */
export function memoryOfEvent({ event_id, event_type, erased }: StoredEvent): string | undefined {
  return erased || event_type === "object_upserted" ? undefined : `mem_${event_id}`;
}
