import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { shredDraft, shredExpiredDrafts } from "#lib/sources/index.ts";
import { logTurns } from "./log-turns.ts";

/** Conversations that are emptied in one go. */
const STEP = 200;
/** What is left of a conversation that has expired: enough to say so. */
const EXPIRED = "expired";

/**
 * Empties conversations that have expired: what was entered is shredded, what was said is deleted. The bare row stays for
 * some days, so that whoever comes back is told that it has expired; then it goes too.
 * @returns how many were emptied.
 */
export async function evictSessions(db: Db): Promise<number> {
  let emptied = 0;
  for (;;) {
    const now = new Date();
    const expired = await db.setupSession.findMany({
      where: {
        expiresAt: { lte: now },
        state: { not: EXPIRED },
        OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }],
      },
      select: { id: true, tenantId: true },
      take: STEP,
    });
    for (const { id, tenantId: tenant } of expired) {
      await logTurns(db, id);
      await shredDraft({ ctx: { tenant, db }, draftId: id });
      await db.setupMessage.deleteMany({ where: { sessionId: id, tenantId: tenant } });
      await db.setupSession.updateMany({
        where: { id, tenantId: tenant, expiresAt: { lte: now } },
        data: { state: EXPIRED, setup: {}, draftId: null, leaseToken: null, leaseUntil: null },
      });
    }
    emptied += expired.length;
    if (expired.length < STEP) break;
  }
  const forgotten = new Date(Date.now() - limits.setupExpiredMs);
  await db.setupSession.deleteMany({ where: { state: EXPIRED, expiresAt: { lt: forgotten } } });
  await shredExpiredDrafts(db);
  return emptied;
}
