const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * Puts the names of columns that a message writes as several words into quotes: `drop Release Date` means the column
 * "Release Date", `mask the phone number` the column phone_number.
 */
export function quoteColumns(message: string, columns: readonly string[]): string {
  const names = columns
    .filter((name) => /[^A-Za-z0-9]/.test(name.trim()) && !name.includes('"') && plain(name).length > 2)
    .sort((left, right) => right.length - left.length);
  return names.reduce((text, name) => quoteOne(text, name), message);
}

function quoteOne(message: string, name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const spaced = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[ _-]");
  const exact = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?<![\\w."'\`/-])(?:${exact}|${spaced})(?![\\w"'\`/-])`, "gi");
  return outsideQuotes(message, (part) =>
    part.replace(pattern, (found) => (/^[A-Za-z_]\w*$/.test(found) ? found : `"${name}"`)),
  );
}

/** Changes what stands outside quotes. */
export function outsideQuotes(message: string, change: (part: string) => string): string {
  return message
    .split(/("[^"]*"|`[^`]*`|(?<!\w)'[^']*')/)
    .map((part, at) => (at % 2 === 1 ? part : change(part)))
    .join("");
}

const VOCABULARY = (
  "please filter remove rename delete exclude column columns field fields schedule hourly daily weekly monthly nightly every weekday " +
  "weekdays monday tuesday wednesday thursday friday saturday sunday convert change deduplicate duplicates truncate " +
  "append upsert merge quarantine otherwise ingest ingestion import table target destination pipeline validate " +
  "lowercase uppercase anonymize redact partially decimal integer timestamp string number between positive negative " +
  "unique required missing fewer records incremental overwrite replace minutes hours timezone morning evening"
).split(" ");

/** Slips in one message beyond which none is corrected. */
const MOST_SLIPS = 5;

/**
 * Readings of a message with words corrected that are one slip of the keyboard away from a word that the assistant
 * knows, the fewest corrections first. Names, paths, quoted texts and words of the document are left as they are.
 */
export function correctWords(
  message: string,
  known: ReadonlySet<string>,
): { text: string; corrected: [string, string][] }[] {
  const slips = new Map<string, string>();
  outsideQuotes(message, (part) => {
    for (const [word] of part.matchAll(WORD)) {
      const lower = word.toLowerCase();
      const near =
        VOCABULARY.includes(lower) || known.has(lower) ? undefined : nearestWord(lower, VOCABULARY, 1);
      if (near) slips.set(word, near);
    }
    return part;
  });
  const all = [...slips];
  if (all.length > MOST_SLIPS) return [];
  const subsets = Array.from({ length: 2 ** all.length }, (_, bits) =>
    all.filter((_one, at) => bits & (1 << at)),
  );
  return subsets
    .slice(1)
    .sort((left, right) => left.length - right.length)
    .map((corrected) => ({
      corrected,
      text: outsideQuotes(message, (part) =>
        part.replace(WORD, (word) => corrected.find(([written]) => written === word)?.[1] ?? word),
      ),
    }));
}

const WORD = /(?<![\w./-])[A-Za-z]{4,}(?![\w./-])/g;

/** The one word within a few slips of another; undefined where there is none or more than one as near. */
export function nearestWord(
  word: string,
  words: readonly string[],
  most = word.length > 4 ? 2 : 1,
): string | undefined {
  let best: string[] = [];
  let least = most + 1;
  for (const other of words) {
    const slips = distance(word.toLowerCase(), other.toLowerCase(), most);
    if (slips < least) [best, least] = [[other], slips];
    else if (slips === least && slips <= most) best.push(other);
  }
  return best.length === 1 ? best[0] : undefined;
}

/** Damerau's distance: letters changed, added, left out, or two swapped. */
function distance(left: string, right: string, most: number): number {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row++) {
    const line = [row];
    for (let at = 1; at <= right.length; at++) {
      const same = left[row - 1] === right[at - 1];
      let cost = Math.min((line[at - 1] ?? 0) + 1, (last[at] ?? 0) + 1, (last[at - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && at > 1 && left[row - 1] === right[at - 2] && left[row - 2] === right[at - 1])
        cost = Math.min(cost, (before[at - 2] ?? 0) + 1);
      line.push(cost);
    }
    [before, last] = [last, line];
  }
  return last[right.length] ?? most + 1;
}
