import { hmac } from "#lib/crypto.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { StoredEvent } from "./schema.ts";

/** An event that is ready for the log, which has yet to give it its number. */
export type UnnumberedEvent = Omit<StoredEvent, "lsn" | "erased">;

/** What stands in place of the hash on the tombstone of an erased event. */
export const ERASED_HASH = "erased";

/**
 * What tells one event from another under the same id: HMAC-SHA-256 of its RFC 8785 form, without the time at which it
 * came in. Two events that say the same are equal whatever the order of their keys and the zone of their times.
 */
export function eventHash(event: UnnumberedEvent): string {
  const { ingest_time: _comingIn, ...said } = event;
  return hmac("event", canonicalJson(said));
}
