import { FILLERS, HEADINGS, SHORT, SYNONYMS } from "./lexicon.ts";
import { columnMeant, type Names, wordsOf } from "./names.ts";
import { outsideQuotes } from "./spelling.ts";

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const bounded = (words: readonly string[]) =>
  new RegExp(
    `(?<![\\w./@'-])(?:${[...words]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join("|")})(?![\\w./@-]|'\\w)`,
    "gi",
  );
const MEANT = new Map(
  Object.entries(SYNONYMS).flatMap(([word, ways]) => ways.map((way) => [way, word] as const)),
);
const WAYS = bounded([...MEANT.keys()]);
const SHORTS = bounded(Object.keys(SHORT));

/**
 * A clause in the words that the edits understand: contractions in full, synonyms by their one word, names without what
 * stands around them ("the phone number column" → "phone"), and nothing that changes no meaning.
 */
export function plainWords(clause: string, names: Names): string {
  const known = wordsOf(names);
  const replaced = outsideQuotes(clause, (part) =>
    part
      .replace(SHORTS, (word) => (known.has(word.toLowerCase()) ? word : (SHORT[word.toLowerCase()] ?? word)))
      .replace(WAYS, (way) => (known.has(way.toLowerCase()) ? way : (MEANT.get(way.toLowerCase()) ?? way)))
      .replace(/\b(\d+)\+(?= )/g, "at least $1"),
  );
  return aroundNames(withoutFillers(replaced), names).replace(/\s+/g, " ").trim();
}

/** Without the words at its ends that change nothing, and the heading in front. */
function withoutFillers(clause: string): string {
  let text = clause.trim();
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(HEADINGS, "").replace(FILLERS.before, "").replace(FILLERS.after, "").trim();
  }
  return text;
}

const NOUN = "(?:columns?|numbers?|address(?:es)?|values?|data)";

/** "the phone number" is phone, "the column notes" is notes, where the name is that of a column and of nothing else. */
function aroundNames(clause: string, names: Names): string {
  const isColumn = (word: string) =>
    columnMeant(names, word) !== undefined &&
    !names.nodes.includes(word) &&
    !columnMeant(names, `${word} number`);
  return outsideQuotes(clause, (part) =>
    part
      .replace(/\b(?:the )?columns? ([A-Za-z_]\w*)/gi, (all, word) => (isColumn(word) ? word : all))
      .replace(new RegExp(`\\b(?:the )?([A-Za-z_]\\w*) ${NOUN}(?![\\w.])`, "gi"), (all, word) =>
        isColumn(word) ? word : all,
      ),
  );
}
