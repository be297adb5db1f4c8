import { type Db, Prisma } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { type OwnEvent, writeOwnEvents } from "#lib/ingest/index.ts";
import { log } from "#lib/log.ts";
import { type LoggedTurn, turnEvents } from "./turn-events.ts";

/** Messages whose events are written together. */
const STEP = 100;
/** Answers that come close together are written together. */
const GATHER_MS = 200;

const SLOT = Symbol.for("penstock.setup-log");
type Writing = { timer?: NodeJS.Timeout; running?: Promise<unknown> };
const store = globalThis as { [SLOT]?: WeakMap<Db, Writing> };

/** Writes what was answered to the log, shortly. Nobody waits for it; what fails is tried again by the sweep. */
export function logTurnsSoon(db: Db): void {
  const writing = writingOf(db);
  writing.timer ??= setTimeout(() => {
    writing.timer = undefined;
    const after = (writing.running ?? Promise.resolve()).then(() => logTurns(db));
    writing.running = after.catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, "conversations were not written to the log; they will be");
    });
  }, GATHER_MS);
  writing.timer.unref();
}

/**
 * Writes the events of every answered message that has none yet to the log of its tenant. A message's row is its outbox:
 * it is marked after its events are written, and events that are there already count once, so a crash between the
 * two changes nothing. An event that was erased stays erased.
 * @param sessionId only of this conversation.
 * @throws AppError `unavailable`, `overloaded`
 */
export async function logTurns(db: Db, sessionId?: string): Promise<void> {
  const only = sessionId ? Prisma.sql`and "sessionId" = ${sessionId}` : Prisma.empty;
  for (;;) {
    const turns = await db.$queryRaw<LoggedTurn[]>`
      select "sessionId", "seq", "tenantId", "said", "reply", "createdAt", "answeredAt" from "SetupMessage"
      where "loggedAt" is null and "answeredAt" is not null ${only} order by "answeredAt" limit ${STEP}`;
    for (const tenant of new Set(turns.map(({ tenantId }) => tenantId))) {
      const own = turns.filter(({ tenantId }) => tenantId === tenant);
      await write(tenant, own.flatMap(turnEvents));
      await db.$executeRaw`
        update "SetupMessage" m set "loggedAt" = now()
        from unnest(${own.map((turn) => turn.sessionId)}::text[], ${own.map(({ seq }) => seq)}::int[]) as done (id, seq)
        where m."sessionId" = done.id and m."seq" = done.seq and m."tenantId" = ${tenant}`;
    }
    if (turns.length < STEP) return;
  }
}

/** All at once; where one is refused, the others still count, and the refused one is looked at alone. */
async function write(tenant: string, events: readonly OwnEvent[]): Promise<void> {
  try {
    await writeOwnEvents({ tenant }, events);
  } catch (error) {
    if (!isSettled(error)) throw error;
    for (const event of events) await writeOne(tenant, event);
  }
}

async function writeOne(tenant: string, event: OwnEvent): Promise<void> {
  try {
    await writeOwnEvents({ tenant }, [event]);
  } catch (error) {
    if (!isSettled(error)) throw error;
    if (isAppError(error) && error.code !== "event_erased")
      log.error({ event: event.event_id, reason: messageOf(error) }, "an event of a set-up was refused");
  }
}

/** A refusal that would be the same another time; what is only not possible now is tried again. */
function isSettled(error: unknown): boolean {
  return isAppError(error) && error.status < 500 && error.status !== 429;
}

function writingOf(db: Db): Writing {
  store[SLOT] ??= new WeakMap();
  const known = store[SLOT].get(db) ?? {};
  store[SLOT].set(db, known);
  return known;
}
