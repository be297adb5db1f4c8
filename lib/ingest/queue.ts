import { setImmediate } from "node:timers/promises";
import { type Database, openDatabase } from "#lib/db.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { flush, type Outcome } from "./flush.ts";
import type { PreparedEvent } from "./prepare-event.ts";

type Group = {
  events: readonly PreparedEvent[];
  bytes: number;
  done: (outcomes: Outcome[]) => void;
  failed: (error: unknown) => void;
};
type Queue = {
  database: Database;
  groups: Group[];
  events: number;
  bytes: number;
  running: boolean;
  flushing?: Promise<void>;
};

const SLOT = Symbol.for("penstock.ingest-queues");
const store = globalThis as { [SLOT]?: WeakMap<Database, Queue> };

/**
 * Puts events into the next flush. There is no timer: what comes while one flush is under way is the next.
 * @returns what became of each, in order, after the commit.
 * @throws AppError `overloaded` at once when too much waits; `unavailable` when the database cannot be reached.
 */
export async function enqueue(events: readonly PreparedEvent[]): Promise<Outcome[]> {
  const queue = queueOf(await openDatabase());
  const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
  // Whoever comes to an empty queue is taken, however much it brings: it has been bounded before.
  const tooMuch =
    queue.events + events.length > limits.queuedEvents || queue.bytes + bytes > limits.queuedBytes;
  if (tooMuch && queue.groups.length > 0) throw overloaded();
  return new Promise((done, failed) => {
    queue.groups.push({ events, bytes, done, failed });
    queue.events += events.length;
    queue.bytes += bytes;
    if (!queue.running) void drain(queue);
  });
}

/** Waits, where there is a queue, until one flush has ended: there is room again then. */
export async function untilRoom(): Promise<void> {
  const queue = queueOf(await openDatabase());
  await queue.flushing;
}

function overloaded(): AppError {
  return new AppError(
    "overloaded",
    "More events are waiting than can be taken. Send them again in a second.",
    {
      headers: { "retry-after": "1" },
    },
  );
}

/** One for each database and process: the server and Next's bundle hold separate copies of this module. */
function queueOf(database: Database): Queue {
  store[SLOT] ??= new WeakMap();
  const known = store[SLOT].get(database);
  if (known) return known;
  const queue: Queue = { database, groups: [], events: 0, bytes: 0, running: false };
  store[SLOT].set(database, queue);
  return queue;
}

async function drain(queue: Queue): Promise<void> {
  queue.running = true;
  while (queue.groups.length > 0) {
    queue.flushing = flushGroups(queue, take(queue));
    await queue.flushing;
    // Whoever was just answered and comes back at once still makes it into the next flush.
    await setImmediate();
  }
  queue.running = false;
}

/** The next groups that go together: whole ones, as many as one flush holds, at least one. */
function take(queue: Queue): Group[] {
  let events = 0;
  let bytes = 0;
  let count = 0;
  for (const group of queue.groups) {
    if (
      count > 0 &&
      (events + group.events.length > limits.flushEvents || bytes + group.bytes > limits.flushBytes)
    )
      break;
    events += group.events.length;
    bytes += group.bytes;
    count += 1;
  }
  queue.events -= events;
  queue.bytes -= bytes;
  return queue.groups.splice(0, count);
}

async function flushGroups(queue: Queue, groups: readonly Group[]): Promise<void> {
  try {
    const events =
      groups.length === 1 && groups[0] ? groups[0].events : groups.flatMap((group) => group.events);
    const outcomes = await flush(queue.database, events);
    let at = 0;
    for (const group of groups) {
      group.done(outcomes.slice(at, at + group.events.length));
      at += group.events.length;
    }
  } catch (error) {
    const told = isAppError(error) ? error : unavailable(error);
    for (const group of groups) group.failed(told);
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", "The event was not acknowledged. Send it again: it will count once.", {
    headers: { "retry-after": "1" },
    cause,
  });
}
