import { listen } from "#lib/listen.ts";

/** Where a flush tells the other processes how far the log goes: `select pg_notify('penstock_events', '<lsn>')`. */
export const EVENTS_CHANNEL = "penstock_events";

const SLOT = Symbol.for("penstock.events-wake");

type Listener = { readers: number; stop: () => void };
type Wakes = { waiting: Set<() => void>; listening: Map<string, Listener> };
const store = globalThis as { [SLOT]?: Wakes };
const wakes = (): Wakes => {
  store[SLOT] ??= { waiting: new Set(), listening: new Map() };
  return store[SLOT];
};

/**
 * Wakes this process's readers of the log. A flush calls it after its commit; other processes hear of the commit by
 * its `pg_notify`. A wake-up that is lost costs a reader its next poll, never an event.
 */
export function announce(): void {
  for (const wake of [...wakes().waiting]) wake();
}

/** Resolves at the next wake-up, after a time, or when the signal is aborted. Never rejects. */
export function nextWake(ms: number, signal: AbortSignal): { woken: Promise<void>; cancel: () => void } {
  let done: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => {
    const timer = setTimeout(() => done(), ms);
    done = () => {
      clearTimeout(timer);
      wakes().waiting.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    wakes().waiting.add(done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
  return { woken, cancel: () => done() };
}

/**
 * Keeps one connection of this process listening for other processes' commits as long as somebody reads.
 * @param connectionString of the server; the embedded engine has no other process to hear of.
 * @returns to be called when the reader leaves; the last one ends the connection.
 */
export function listenToOthers(connectionString: string): () => void {
  const { listening } = wakes();
  const known = listening.get(connectionString) ?? {
    readers: 0,
    stop: listen(connectionString, EVENTS_CHANNEL, announce),
  };
  listening.set(connectionString, known);
  known.readers += 1;
  let left = false;
  return () => {
    if (left) return;
    left = true;
    known.readers -= 1;
    if (known.readers > 0) return;
    listening.delete(connectionString);
    known.stop();
  };
}
