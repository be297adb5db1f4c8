import { randomBytes } from "node:crypto";
import type { Db } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";

/** A lease's first letter says how it was taken: from nobody, or from somebody whose time had run out. */
export const WHEN_FREE = "n";
export const AFTER_CRASH = "x";

/** The right to answer a conversation's messages. */
export type Held = {
  db: Db;
  sessionId: string;
  token: string;
  /** Aborted once the lease is lost: somebody else answers now, or the conversation was deleted. */
  signal: AbortSignal;
};

/** Somebody else holds the lease now: whatever was being done here no longer counts. */
export class LeaseLost extends Error {
  constructor() {
    super("somebody else answers this conversation now");
    this.name = "LeaseLost";
  }
}

export const newToken = () => randomBytes(12).toString("hex");

/**
 * Takes over the lease of somebody who was not heard of in time.
 * @returns its token; undefined if somebody is alive, or there is nothing to answer.
 */
export async function takeOver(db: Db, sessionId: string): Promise<string | undefined> {
  const token = AFTER_CRASH + newToken();
  const taken = await db.$executeRaw`
    update "SetupSession" set "leaseToken" = ${token},
      "leaseUntil" = now() + ${limits.setupLeaseMs} * interval '1 millisecond'
    where "id" = ${sessionId} and "leaseToken" is not null and "leaseUntil" < now()`;
  return taken === 1 ? token : undefined;
}

/** Holds on to a lease while `work` goes on: renews it in time, and aborts the work's signal if it is lost. */
export async function whileHeld<T>(
  lease: Omit<Held, "signal">,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const timer = setInterval(() => void renew(), limits.setupLeaseMs / 3);
  timer.unref();
  const renew = async () => {
    try {
      if ((await extend(lease)) === 0) lost.abort(new LeaseLost());
    } catch (error) {
      log.warn({ reason: messageOf(error) }, "a conversation's lease was not renewed");
    }
  };
  try {
    return await work({ ...lease, signal: lost.signal });
  } finally {
    clearInterval(timer);
  }
}

function extend({ db, sessionId, token }: Omit<Held, "signal">): Promise<number> {
  return db.$executeRaw`
    update "SetupSession" set "leaseUntil" = now() + ${limits.setupLeaseMs} * interval '1 millisecond'
    where "id" = ${sessionId} and "leaseToken" = ${token}`;
}

/** Gives the lease back if no message has come since `nextSeq` was seen. @returns whether it did. */
export async function giveBack({ db, sessionId, token }: Held, nextSeq: number): Promise<boolean> {
  const released = await db.$executeRaw`
    update "SetupSession" set "leaseToken" = null, "leaseUntil" = null
    where "id" = ${sessionId} and "leaseToken" = ${token} and "nextSeq" = ${nextSeq}`;
  return released === 1;
}

/** Lets whoever comes next take the lease at once, as if it had run out. */
export async function handOn({ db, sessionId, token }: Held): Promise<void> {
  await db.$executeRaw`
    update "SetupSession" set "leaseUntil" = now() - interval '1 millisecond'
    where "id" = ${sessionId} and "leaseToken" = ${token}`;
}
