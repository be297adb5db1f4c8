/** Where queued runs are told of, to workers of other processes. */
export const RUNS_CHANNEL = "penstock_runs";

const SLOT = Symbol.for("penstock.runs.wake");
// On globalThis: the server and Next's bundle hold separate copies of this module.
const store = globalThis as { [SLOT]?: Set<() => void> };

/** Tells the workers in this process that there may be something to do. Call it after the commit. */
export function wakeWorkers(): void {
  for (const wake of store[SLOT] ?? []) wake();
}

/** Registers a worker of this process with {@link wakeWorkers}. @returns how to unregister. */
export function onWake(wake: () => void): () => void {
  store[SLOT] ??= new Set();
  const wakers = store[SLOT];
  wakers.add(wake);
  return () => void wakers.delete(wake);
}
