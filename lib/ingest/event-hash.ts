import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { keyFor } from "#lib/crypto.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { StoredEvent } from "./schema.ts";

/** An event that is ready for the log, which has yet to give it its number. */
export type UnnumberedEvent = Omit<StoredEvent, "lsn" | "erased">;

/** What stands in place of the hash on the tombstone of an erased event. */
export const ERASED_HASH = "erased";

let key: KeyObject | undefined;

/**
 * What tells one event from another under the same id: HMAC-SHA-256 of its RFC 8785 form, without the time at which it
 * came in. Two events that say the same are equal whatever the order of their keys and the zone of their times.
 */
export function eventHash(event: UnnumberedEvent): string {
  const { ingest_time: _comingIn, ...said } = event;
  // A key object is made once: from bytes it would be made anew for each event, at several times the hash's own cost.
  key ??= createSecretKey(keyFor("event"));
  return createHmac("sha256", key).update(canonicalJson(said)).digest("hex");
}
