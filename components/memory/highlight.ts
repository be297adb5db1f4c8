/** A piece of text; `hit` if it is a word of the query. */
export type Piece = { text: string; hit: boolean };

/** Characters of a long text that a hit shows. */
const EXCERPT = 320;
/** Characters shown before the first word that matches. */
const LEAD = 60;

/**
 * A text in pieces, words of the query marked. A word counts when it has the stem of one of the query's, so that
 * "retries" is marked for "retry"; the server's own stems may differ in rare words.
 */
export function markWords(text: string, query: string): Piece[] {
  const stems = new Set(words(query).map(stemOf));
  if (stems.size === 0) return [{ text, hit: false }];
  const pieces: Piece[] = [];
  for (const part of text.split(/([\p{L}\p{N}]+)/u)) {
    if (!part) continue;
    const hit = stems.has(stemOf(part.toLowerCase()));
    const last = pieces.at(-1);
    if (last && last.hit === hit) last.text += part;
    else pieces.push({ text: part, hit });
  }
  return pieces;
}

/** The part of a long text around the first word of the query; short texts come back whole. */
export function excerptOf(text: string, query: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  if (flat.length <= EXCERPT) return flat;
  let before = 0;
  for (const piece of markWords(flat, query)) {
    if (piece.hit) break;
    before += piece.text.length;
  }
  const first = before >= flat.length || before <= LEAD ? 0 : flat.indexOf(" ", before - LEAD) + 1;
  const part = flat.slice(first, first + EXCERPT);
  return `${first > 0 ? "… " : ""}${part}${first + EXCERPT < flat.length ? " …" : ""}`;
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function stemOf(word: string): string {
  if (word.length < 4) return word;
  return word.replace(/(?:ies|ied|y)$/, "i").replace(/(?:ing|ed|es|s|e)$/, "");
}
