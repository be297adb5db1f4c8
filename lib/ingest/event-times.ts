import type { StoredEvent } from "./schema.ts";

/** Where an event stands in its own order of time: what its sender counts, else its place in the log. */
export function logicalTime(event: StoredEvent): number {
  return event.logical_ts || event.lsn;
}

/** From when on what an event says holds. */
export function validFrom(event: StoredEvent): string {
  return event.event_time ?? event.ingest_time;
}
