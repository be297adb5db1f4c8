import { editDistance } from "./edit-distance.ts";
import type { Found } from "./load-hits.ts";
import type { Word } from "./query-words.ts";

/** From this importance on it is worth a word. */
const IMPORTANT = 0.7;

/**
 * Why a memory is a hit, in plain words, the strongest reason first.
 * @param then the moment that "ago" is counted from
 */
export function explainHit(hit: Found, text: string, words: readonly Word[], then: Date): string[] {
  const why = wordsHeld(hit, text, words);
  if (hit.near !== undefined) why.push("close in meaning");
  if (hit.besides !== undefined) why.push(`next to another hit in its session (LSN ${hit.besides})`);
  if (words.length === 0 && hit.near === undefined && hit.besides === undefined)
    why.push("among the newest; no words to search for");
  if (hit.importance >= IMPORTANT) why.push(`marked as important (${Number(hit.importance.toFixed(2))})`);
  why.push(`said ${agoOf(then.getTime() - hit.validFrom.getTime())}`);
  return why;
}

function wordsHeld({ held }: Found, text: string, words: readonly Word[]): string[] {
  const holds = held.flatMap((at) => words[at] ?? []);
  const exact = holds.filter(({ close }) => close.length === 0).map(({ written }) => `'${clean(written)}'`);
  const near = holds.filter(({ close }) => close.length > 0);
  const why: string[] = [];
  if (exact.length > 0 && exact.length === words.length && words.length > 1)
    why.push(words.length === 2 ? "holds both words" : `holds all ${words.length} words`);
  else if (exact.length > 0)
    why.push(
      words.length > 1
        ? `holds ${exact.length} of ${words.length} words: ${exact.join(", ")}`
        : `holds ${exact[0]}`,
    );
  for (const { written } of near)
    why.push(`close to '${nearestWord(written, text)}' (you wrote '${clean(written)}')`);
  return why;
}

const clean = (word: string) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");

/** The word of the text that was probably meant. */
function nearestWord(written: string, text: string): string {
  const wanted = clean(written).toLowerCase();
  let best = { word: "", distance: Number.POSITIVE_INFINITY };
  for (const [word] of text.slice(0, 20_000).matchAll(/\p{L}+/gu)) {
    if (Math.abs(word.length - wanted.length) > 3) continue;
    const distance = editDistance(wanted, word.toLowerCase());
    if (distance < best.distance) best = { word: word.toLowerCase(), distance };
  }
  return best.word;
}

const UNITS = [
  ["year", 365.25 * 24 * 3600],
  ["month", 30.44 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
] as const;

function agoOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0) return "in the future";
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
}
