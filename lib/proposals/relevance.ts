/** Words of three letters and more that say nothing about what a sentence is about. */
const EMPTY = new Set(
  "the and for with that this from into not but are was were has have its all any add use used using please make makes should would could can you your pipeline node column table rows row data change changes must want needs need when then only what does".split(
    " ",
  ),
);
/** Scripts that put no spaces between words: pairs of characters stand for words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** More shared words than this do not make a decision more to the point. */
const WORDS = 6;

/** What a text is about: its words, lower case, without those that say nothing, a plural as its singular. */
export function topicsOf(text: string): Set<string> {
  const topics = new Set<string>();
  for (const word of text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}_-]+/gu) ?? []) {
    if (UNSPACED.test(word)) {
      const letters = [...word];
      for (let at = 0; at + 1 < letters.length; at++) topics.add(`${letters[at]}${letters[at + 1]}`);
      continue;
    }
    for (const part of [word, ...word.split(/[_-]/)]) {
      if (part.length < 3 || EMPTY.has(part)) continue;
      topics.add(part.length > 3 && part.endsWith("s") ? part.slice(0, -1) : part);
    }
  }
  return topics;
}

/** What is compared: the words of a text, and the nodes of the pipeline that it names or touches. */
export type Subject = { topics: ReadonlySet<string>; nodes: ReadonlySet<string> };

/** How much two subjects share: a node counts as much as two words. 0: nothing. */
export function shared(one: Subject, other: Subject): number {
  const words = one.topics.intersection(other.topics).size;
  return 2 * one.nodes.intersection(other.nodes).size + Math.min(words, WORDS);
}

/** The nodes that a text names as words. */
export function nodesNamed(text: string, ids: readonly string[]): string[] {
  const words = new Set(text.toLowerCase().match(/[a-z0-9_-]+/g) ?? []);
  return ids.filter((id) => words.has(id));
}
