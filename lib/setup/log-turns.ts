import { type Db, Prisma } from "#lib/db.ts";
import { type Outbox, writeOutbox, writeOutboxSoon } from "#lib/ingest/index.ts";
import { type LoggedTurn, turnEvents } from "./turn-events.ts";

/** Writes what was answered to the log, shortly. Nobody waits for it; what fails is tried again by the sweep. */
export function logTurnsSoon(db: Db): void {
  writeOutboxSoon(db, turnsOf(db));
}

/**
 * Writes the events of every answered message that has none yet to the log of its tenant. An event that was erased
 * stays erased.
 * @param sessionId only of this conversation.
 * @throws AppError `unavailable`, `overloaded`
 */
export function logTurns(db: Db, sessionId?: string): Promise<void> {
  return writeOutbox(turnsOf(db, sessionId));
}

/** The answered messages. A message is answered once and changes no more. */
function turnsOf(db: Db, sessionId?: string): Outbox<LoggedTurn> {
  const only = sessionId ? Prisma.sql`and "sessionId" = ${sessionId}` : Prisma.empty;
  return {
    name: "conversations",
    take: (limit) => db.$queryRaw<LoggedTurn[]>`
      select "sessionId", "seq", "tenantId", "said", "reply", "createdAt", "answeredAt" from "SetupMessage"
      where "loggedAt" is null and "answeredAt" is not null ${only} order by "answeredAt" limit ${limit}`,
    eventsOf: turnEvents,
    mark: (tenant, turns) => db.$executeRaw`
      update "SetupMessage" m set "loggedAt" = now()
      from unnest(${turns.map((turn) => turn.sessionId)}::text[], ${turns.map(({ seq }) => seq)}::int[]) as done (id, seq)
      where m."sessionId" = done.id and m."seq" = done.seq and m."tenantId" = ${tenant}`,
  };
}
