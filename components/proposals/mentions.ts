/** Something that a message points at: `key` goes to the server, `@name` stands in the text. */
export type Mention = { key: string; name: string };

/** What the menu offers. `detail` tells it from others of its name. */
export type Candidate = Mention & { kind: "node" | "column" | "table" | "run"; detail?: string };

/** The mention being typed: where its @ stands, and what follows it up to the caret. */
export type Typing = { start: number; query: string };

/** Longest name worth looking for; what is longer is prose. */
const QUERY_CHARS = 80;

/** The mention that the caret is in; an @ inside a word, as in an address of e-mail, begins none. */
export function mentionAt(text: string, caret: number): Typing | undefined {
  const found = /(?:^|[\s([{"'“‘`,;:])@([^\s@]*)$/.exec(text.slice(0, caret));
  const query = found?.[1];
  if (query === undefined || query.length > QUERY_CHARS) return undefined;
  return { start: caret - query.length - 1, query };
}

/** The text with the mention being typed made whole, and where the caret goes: after the blank behind it. */
export function insertMention(text: string, typing: Typing, name: string): { text: string; caret: number } {
  const after = text.slice(typing.start + 1 + typing.query.length);
  const head = `${text.slice(0, typing.start)}@${name}`;
  return { text: `${head}${/^\s/.test(after) ? "" : " "}${after}`, caret: head.length + 1 };
}

/** Those of the picked mentions that the text still holds, each once. */
export function mentionsIn(text: string, picked: readonly Mention[]): Mention[] {
  const seen = new Set<string>();
  return picked.filter(({ key, name }) => {
    if (seen.has(key) || !holds(text, name)) return false;
    seen.add(key);
    return true;
  });
}

/** True if `@name` stands in the text as a whole: what follows may not go on with the name. */
function holds(text: string, name: string): boolean {
  const whole = `@${name}`;
  for (let at = text.indexOf(whole); at >= 0; at = text.indexOf(whole, at + 1)) {
    if (!/^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}_])/u.test(text.slice(at + whole.length))) return true;
  }
  return false;
}

/** The candidates that fit what is typed, best first: names that begin with it, then parts of names, then the rest. */
export function matching(candidates: readonly Candidate[], query: string, most: number): Candidate[] {
  const wanted = query.toLowerCase();
  const rank = (one: Candidate) => {
    const name = one.name.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.split(/[._\s-]/).some((part) => part.startsWith(wanted))) return 1;
    if (name.includes(wanted)) return 2;
    return one.detail?.toLowerCase().includes(wanted) ? 3 : 4;
  };
  return candidates
    .map((one) => ({ one, rank: rank(one) }))
    .filter((entry) => entry.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((entry) => entry.one);
}

/** A text in pieces, those that are mentions told apart. */
export function pieces(text: string, mentions: readonly Mention[]): { text: string; mention: boolean }[] {
  const names = mentionsIn(text, mentions).map(({ name }) => `@${name}`);
  if (names.length === 0) return [{ text, mention: false }];
  const longestFirst = names.sort((a, b) => b.length - a.length).map(escaped);
  return text
    .split(new RegExp(`(${longestFirst.join("|")})`))
    .filter((piece) => piece !== "")
    .map((piece) => ({ text: piece, mention: names.includes(piece) }));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
