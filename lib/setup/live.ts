import type { StageReport } from "#lib/connectors/schema.ts";
import type { KeptReply } from "./session-row.ts";

/** What happens to a message of a conversation in this process. */
export type News = { seq: number } & ({ stage: StageReport } | { answered: KeptReply } | { failed: unknown });

type Listener = (news: News) => void;

const SLOT = Symbol.for("penstock.setup-live");
// On globalThis: the server and Next's bundle hold separate copies of this module.
const store = globalThis as { [SLOT]?: Map<string, Set<Listener>> };

/** Tells whoever waits in this process. Other processes look at the row. */
export function tellNews(sessionId: string, news: News): void {
  for (const listener of [...(store[SLOT]?.get(sessionId) ?? [])]) listener(news);
}

/** Hears of everything that happens to a conversation in this process. @returns how to stop. */
export function followNews(sessionId: string, listener: Listener): () => void {
  store[SLOT] ??= new Map();
  const listeners = store[SLOT];
  const own = listeners.get(sessionId) ?? new Set();
  listeners.set(sessionId, own.add(listener));
  return () => {
    own.delete(listener);
    if (own.size === 0 && listeners.get(sessionId) === own) listeners.delete(sessionId);
  };
}
