import { connectorSpecs } from "#lib/connectors/schema.ts";

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();

const byAlias = new Map<string, string>(
  Object.values(connectorSpecs).flatMap(({ name, title, aliases }) =>
    [name, title, ...aliases].map((alias) => [plain(alias), name] as const),
  ),
);

/** What people write around the name of a connector. */
const AROUND =
  /^(?:(?:please|hi|hello|hey|hallo|ok|okay|well|so|no|nope|actually|sorry|i mean|rather|instead|not that|use|using|take|try|choose|select|switch to|change to|change it to|make it|go with|let's (?:use|do|go with|take)|let us use|connect(?: me)?(?: to| with)?|set ?up|add|load|import|ingest|sync|pull|read|bring in|get|fetch|copy|hook up|configure|create|it(?:'s| is| should be)|that(?:'s| is)|this is|there is|we have|we use|we(?:'re| are) (?:on|using)|i have|i use|i(?:'ve| have) got|i(?:'m| am) using|i(?:'d| would) like(?: to)?|i (?:want|need)(?: to)?|can (?:you|we|i)|could you|(?:my|the) source is|data|rows|tables|files|from|out of|in|to|with|an?|the|my|our|some|another|new|existing|local|remote|bitte|ich (?:möchte|will|habe|nutze)|aus|von|eine?|quiero|conectar|una?|je (?:veux|voudrais)|connecter|de|depuis|type|(?:csvs?|parquet|jsonl?)(?: files?)?(?= (?:from|in|out of) ))\b[,:!.]*\s*)+|^[\s,:;.!-]+|[\s,]+(?:please|pls|thanks|thank you|instead|then|now|database|databases|db|server|source|connector|connection|instance|account|storage|data|tables?|warehouse|bucket|v?\d+(?:\.\d+)*|bitte|por favor|s'il (?:te|vous) pla[iî]t)[\s.!?,]*$|[\s.!?,;]+$/gi;

/** The connector that a text names, and nothing else; its aliases, one slip of the keyboard away too. */
export function connectorNamed(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const direct = byAlias.get(plain(text));
  if (direct) return direct;
  let bare = text.trim();
  for (let turn = 0; turn < 8; turn++) {
    const next = bare.replace(AROUND, "").trim();
    const found = byAlias.get(plain(next));
    if (found) return found;
    if (next === bare || next === "") break;
    bare = next;
  }
  return nearAlias(plain(bare));
}

/** The connector whose alias is one slip away: only of longer names, where a slip makes no other word. */
function nearAlias(word: string): string | undefined {
  if (word.length < 5 || word.length > 30) return undefined;
  const near = new Set<string>();
  for (const [alias, name] of byAlias) if (alias.length >= 5 && oneSlip(word, alias)) near.add(name);
  return near.size === 1 ? [...near][0] : undefined;
}

/** True if one letter is added, left out, changed, or two neighbours are swapped. */
export function oneSlip(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let end = 0;
  while (end < Math.min(left.length, right.length) - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const [a, b] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  return (
    (a.length <= 1 && b.length <= 1) || (a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0])
  );
}

/** The first connector that a longer text names as a word of its own, and where the name ends. */
export function connectorWithin(text: string): { connector: string; rest: string } | undefined {
  const names = [...byAlias.keys()].sort((left, right) => right.length - left.length);
  const pattern = new RegExp(
    `(?<![\\w./@:=-])(${names.map((name) => name.replaceAll(" ", "[ _-]")).join("|")})(?![\\w.@=-]|:\\S)`,
    "i",
  );
  const found = pattern.exec(text);
  const connector = found && byAlias.get(plain(found[1] ?? ""));
  if (!found || !connector) return undefined;
  return { connector, rest: `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}` };
}
