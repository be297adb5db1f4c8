import type { Effect, Setup, SetupEvent } from "../state.ts";

/** What one event does: the state after it, what has to be done outside, and what to say before asking on. */
export type Step = { setup: Setup; effects: Effect[]; note?: string; data?: Record<string, unknown> };

/** An event of one type. */
export type Of<Type extends SetupEvent["type"]> = Extract<SetupEvent, { type: Type }>;

/** Nothing changes; something is said. */
export const stay = (setup: Setup, note?: string): Step => ({ setup, effects: [], ...(note && { note }) });

/** A conversation in which nothing was said yet. */
export const initialSetup = (): Setup => ({ state: "welcome", config: {}, held: [], picked: [] });

/** Sentences one after another; nothing where there are none. */
export const sentences = (...parts: (string | undefined)[]): string | undefined =>
  parts.filter(Boolean).join(" ") || undefined;

/** Names in a sentence: "a", "a and b", "a, b and c"; of many the first and how many more. */
export function named(names: readonly string[], most = 8): string {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const last = names.length > most ? `${names.length - shown.length} more` : undefined;
  const parts = last ? [...shown, last] : [...shown];
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "1 table", "3 tables". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
