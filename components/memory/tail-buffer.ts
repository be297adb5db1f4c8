import type { StoredEvent } from "#lib/ingest/schema.ts";

/** What the tail shows, newest first, and what waits while it stands still. */
export type TailBuffer = { shown: StoredEvent[]; waiting: StoredEvent[] };

/** Events kept in the browser; older ones are in the log. */
export const KEPT = 2_000;

export const emptyTail: TailBuffer = { shown: [], waiting: [] };

/** The buffer with events that arrived, in LSN order. While `held` they wait; a tombstone takes its event's place at once. */
export function arrive(buffer: TailBuffer, events: readonly StoredEvent[], held: boolean): TailBuffer {
  const erased = new Map(events.flatMap((event) => (event.erased ? [[event.lsn, event] as const] : [])));
  const known = new Set([...buffer.shown, ...buffer.waiting].map(({ lsn }) => lsn));
  const fresh = events.filter(({ lsn }) => !known.has(lsn));
  const replaced = (list: StoredEvent[]) =>
    erased.size > 0 ? list.map((event) => erased.get(event.lsn) ?? event) : list;
  const waiting = [...replaced(buffer.waiting), ...fresh].slice(-KEPT);
  const shown = replaced(buffer.shown);
  return held ? { shown, waiting } : release({ shown, waiting });
}

/** Shows what waited. */
export function release({ shown, waiting }: TailBuffer): TailBuffer {
  return { shown: [...waiting.toReversed(), ...shown].slice(0, KEPT), waiting: [] };
}
