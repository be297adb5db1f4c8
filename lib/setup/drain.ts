import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { shredDraft } from "#lib/sources/index.ts";
import { answerMessage } from "./answer-message.ts";
import { giveBack, type Held, handOn, LeaseLost, takeOver, whileHeld } from "./lease.ts";
import { tellNews } from "./live.ts";
import { logTurnsSoon } from "./log-turns.ts";
import { openMessage, type Posted } from "./post-message.ts";
import { saveAnswer } from "./save-turn.ts";
import type { PendingMessage, SessionRow, UnderWay } from "./session-row.ts";
import type { Setup } from "./state.ts";

type Waiting = { seq: number; message: PendingMessage; row: SessionRow };

/** Conversations that this process answers in. Both copies of this module, the server's and Next's, know all of them. */
type Drain = { ending: boolean; ended: Promise<unknown> };
const SLOT = Symbol.for("penstock.setup-drains");
const shared = globalThis as { [SLOT]?: Set<Drain> };
const drains = (): Set<Drain> => {
  shared[SLOT] ??= new Set();
  return shared[SLOT];
};

/**
 * Before a process ends: the messages that it is answering now are answered, those that wait are left to whoever is
 * there. Without it nobody would answer them until the lease runs out.
 */
export async function stopAnswering(): Promise<void> {
  const under = [...drains()];
  for (const each of under) each.ending = true;
  const late = delay(limits.drainMs, undefined, { ref: false });
  await Promise.race([Promise.allSettled(under.map(({ ended }) => ended)), late]);
}

/**
 * Answers a conversation's messages in their order until none is left, then gives the lease back. The client that sent
 * one may have gone: its message is answered all the same.
 * @throws Error if the database cannot be reached; the lease runs out then, and somebody begins again.
 */
export async function drain(
  db: Db,
  sessionId: string,
  { token, row, message }: NonNullable<Posted["turn"]>,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const own: Drain = { ending: false, ended };
  drains().add(own);
  try {
    await whileHeld({ db, sessionId, token }, async (held) => {
      let next = message ? { seq: row.nextSeq - 1, message, row } : await nextWaiting(held);
      while (next && (await answer(held, next))) {
        if (own.ending) return handOn(held);
        next = await nextWaiting(held);
      }
    });
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    log.info({ session: sessionId }, "a conversation went to another worker, or was deleted");
    await forgetDeleted(db, sessionId, row.tenantId);
  } finally {
    drains().delete(own);
    end();
  }
}

/**
 * Goes on with a conversation whose worker was not heard of in time.
 * @returns whether there was anything to go on with, and nobody else did.
 */
export async function resume(db: Db, sessionId: string): Promise<boolean> {
  const token = await takeOver(db, sessionId);
  if (!token) return false;
  const row = await loadRow(db, sessionId);
  if (row) await drain(db, sessionId, { token, row });
  return true;
}

/** {@link resume} that nobody waits for. */
export function resumeSoon(db: Db, sessionId: string): void {
  resume(db, sessionId).catch((error: unknown) => {
    log.warn({ session: sessionId, reason: messageOf(error) }, "a conversation was not gone on with");
  });
}

/** @returns whether there are more messages to answer. */
async function answer(held: Held, { seq, message, row }: Waiting): Promise<boolean> {
  const turn = await answerMessage({ held, row, seq, message });
  const { reply, more } = await saveAnswer(held, seq, turn);
  tellNews(held.sessionId, { seq, answered: reply });
  logTurnsSoon(held.db);
  return more;
}

/** The first message without an answer. Without one the lease is given back, unless a message comes just then. */
async function nextWaiting(held: Held): Promise<Waiting | undefined> {
  for (;;) {
    const row = await loadRow(held.db, held.sessionId);
    if (!row) throw new LeaseLost();
    const waiting = await held.db.setupMessage.findFirst({
      where: { sessionId: held.sessionId, answeredAt: null },
      orderBy: { seq: "asc" },
    });
    if (waiting?.pending)
      return { seq: waiting.seq, message: openMessage({ ...waiting, pending: waiting.pending }), row };
    if (await giveBack(held, row.nextSeq)) return undefined;
    held.signal.throwIfAborted();
  }
}

async function loadRow(db: Db, id: string): Promise<SessionRow | undefined> {
  const row = await db.setupSession.findUnique({ where: { id } });
  if (!row) return undefined;
  return { ...row, setup: row.setup as unknown as Setup, effect: row.effect as unknown as UnderWay | null };
}

/** What was entered for a conversation that was deleted while a worker was at it must not outlive it. */
async function forgetDeleted(db: Db, sessionId: string, tenant: string): Promise<void> {
  if ((await db.setupSession.count({ where: { id: sessionId } })) > 0) return;
  await shredDraft({ ctx: { tenant, db }, draftId: sessionId });
}
