import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";

/** A stored key, as its table has it. */
export type KeyRow = NonNullable<Awaited<ReturnType<Db["apiKey"]["findUnique"]>>>;

type Entry = { row: Promise<KeyRow | null>; trustedUntil: number };

/** Keys remembered at once; beyond it the one looked up longest ago goes. */
const KEYS_MAX = 10_000;
const SLOT = Symbol.for("penstock.keys");
// The server and Next's bundle hold separate copies of this module; a key revoked through one is gone for both.
const store = globalThis as { [SLOT]?: Map<string, Entry> };

/**
 * The key of a hash, looked up at most once in `limits.keyTrustMs`; requests that come while it is looked up wait for
 * the same answer. A hash without a key is asked for again each time. Whether the key is revoked or expired is for the
 * caller to see: what it finds in a row may be as old as that time.
 */
export async function findKey(db: Db, hash: string): Promise<KeyRow | null> {
  store[SLOT] ??= new Map();
  const keys = store[SLOT];
  const known = keys.get(hash);
  if (known && known.trustedUntil > performance.now()) return known.row;
  const entry: Entry = {
    row: db.apiKey.findUnique({ where: { hash } }),
    trustedUntil: performance.now() + limits.keyTrustMs,
  };
  keys.delete(hash);
  keys.set(hash, entry);
  const oldest = keys.size > KEYS_MAX ? keys.keys().next().value : undefined;
  if (oldest !== undefined) keys.delete(oldest);
  const forget = () => keys.get(hash) === entry && keys.delete(hash);
  try {
    const row = await entry.row;
    if (!row) forget();
    return row;
  } catch (error) {
    forget();
    throw error;
  }
}

/** Looks the key up anew at its next use: call it once a change of the key is committed. */
export function forgetKey(hash: string): void {
  store[SLOT]?.delete(hash);
}
