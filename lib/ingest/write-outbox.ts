import type { Db } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { type OwnEvent, writeOwnEvents } from "./write-own-events.ts";

/** Rows whose events are written together. */
const STEP = 100;
/** What is done close together is written together. */
const GATHER_MS = 1_000;

/**
 * A table whose rows are the outbox of their own events: a row is marked after its events are in the log. The same row
 * must always give the same events, so that writing them twice writes them once, and a crash between the two changes
 * nothing.
 */
export type Outbox<Row extends { tenantId: string }> = {
  /** Whose rows these are, for the operator's log. */
  name: string;
  /** Rows that are not marked, oldest first, of all tenants. */
  take: (limit: number) => Promise<Row[]>;
  eventsOf: (row: Row) => OwnEvent[];
  /** Marks rows of one tenant, those that have not changed since they were taken. */
  mark: (tenant: string, rows: readonly Row[]) => Promise<unknown>;
};

/**
 * Writes the events of every row that waits to the log of its tenant. An event that was erased stays erased.
 * @throws AppError `unavailable`, `overloaded`
 */
export async function writeOutbox<Row extends { tenantId: string }>(outbox: Outbox<Row>): Promise<void> {
  for (;;) {
    const rows = await outbox.take(STEP);
    for (const tenant of new Set(rows.map(({ tenantId }) => tenantId))) {
      const own = rows.filter(({ tenantId }) => tenantId === tenant);
      await writeAll(tenant, own.flatMap(outbox.eventsOf));
      await outbox.mark(tenant, own);
    }
    if (rows.length < STEP) return;
  }
}

const SLOT = Symbol.for("penstock.outboxes");
type Writing = { timer?: NodeJS.Timeout; running?: Promise<unknown> };
// On globalThis: the server and Next's bundle hold separate copies of this module.
const store = globalThis as { [SLOT]?: WeakMap<Db, Map<string, Writing>> };

/** Writes what waits, shortly. Nobody waits for it; what fails is tried again by the sweep. */
export function writeOutboxSoon<Row extends { tenantId: string }>(db: Db, outbox: Outbox<Row>): void {
  const writing = writingOf(db, outbox.name);
  writing.timer ??= setTimeout(() => {
    writing.timer = undefined;
    const after = (writing.running ?? Promise.resolve()).then(() => writeOutbox(outbox));
    writing.running = after.catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, `${outbox.name} were not written to the log; they will be`);
    });
  }, GATHER_MS);
  writing.timer.unref();
}

/** All at once; where one is refused, the others still count, and the refused one is looked at alone. */
async function writeAll(tenant: string, events: readonly OwnEvent[]): Promise<void> {
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
      log.error({ event: event.event_id, reason: messageOf(error) }, "an event of our own was refused");
  }
}

/** A refusal that would be the same another time; what is only not possible now is tried again. */
function isSettled(error: unknown): boolean {
  return isAppError(error) && error.status < 500 && error.status !== 429;
}

function writingOf(db: Db, name: string): Writing {
  store[SLOT] ??= new WeakMap();
  const known = store[SLOT].get(db) ?? new Map<string, Writing>();
  store[SLOT].set(db, known);
  const writing = known.get(name) ?? {};
  known.set(name, writing);
  return writing;
}
