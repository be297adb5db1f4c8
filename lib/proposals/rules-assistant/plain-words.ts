import { COUNTS, FILLERS, HEADINGS, SHORT, SYNONYMS } from "./lexicon.ts";
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

const COUNTED = new RegExp(
  `\\b(?:${Object.keys(COUNTS).join("|")})(?= (?:rows?|records?|times|decimals?|digits?|characters?|chars|letters|hours|minutes|days|attempts|retries)\\b)`,
  "gi",
);
/** Rows by whatever name, where it is said which. */
const ROWS =
  /\b(quarantine|reject|remove|keep|drop|only|filter out|skip|discard|abort if|warn if) (?:all |any |the |those )?(?:everything|anything|stuff|ones|orders|records|entries|lines|test data|test rows|data|rows) (where|with|whose|without|that have|having)\b/gi;

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
      .replace(COUNTED, (word) => String(COUNTS[word.toLowerCase()] ?? word))
      .replace(/\b(\d+)\+(?= )/g, "at least $1")
      .replace(/\b(\d+) ?(h|hrs|d)\b/gi, (_, n, unit) => `${n} ${/^h/i.test(unit) ? "hours" : "days"}`)
      .replace(ROWS, "$1 rows $2"),
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

const COLUMN_OF = /\b(?:the )?columns? ([A-Za-z_]\w*)/gi;
const CONTENT_OF =
  /\b(?:everything|all values|the values|all the values|the contents?) (?:in|of) (?:the )?([A-Za-z_]\w*)/gi;
const NOUN_OF =
  /\b(?:the )?([A-Za-z_]\w*)(?: (?:columns?|numbers?|no\.|address(?:es)?|values?|data))+(?![\w.])/gi;
const DESTINATION_OF =
  /(?<=\b(?:to|into|in|use|as) )(?:the )?(?:destination )?([A-Za-z][\w-]*)(?: (?:db|database|destination|warehouse))?(?![\w.])/gi;

/** "the phone number" is phone, "everything in notes" is notes, "analytics" a destination, where it is nothing else. */
function aroundNames(clause: string, names: Names): string {
  const isColumn = (word: string) =>
    columnMeant(names, word) !== undefined &&
    !names.nodes.includes(word) &&
    !columnMeant(names, `${word} number`);
  const isDestination = (word: string) =>
    names.destinations.includes(word.toLowerCase()) && !columnMeant(names, word);
  const bare =
    (pattern: RegExp, is: (word: string) => boolean, as: (word: string) => string) => (part: string) =>
      part.replace(pattern, (all, word) => (is(word) ? as(word) : all));
  const steps = [
    bare(COLUMN_OF, isColumn, (word) => word),
    bare(CONTENT_OF, isColumn, (word) => word),
    bare(NOUN_OF, isColumn, (word) => word),
    bare(DESTINATION_OF, isDestination, (word) => `the ${word} destination`),
  ];
  return outsideQuotes(clause, (part) => steps.reduce((text, step) => step(text), part));
}
