import type { Selection } from "./state.ts";

/**
 * The streams that a selection means.
 * @param names all there are, in their order; what is found is given in this order
 * @param shown those that were shown, which "the first three" counts; default: all
 * @returns `unknown`: what was asked for and matched nothing, as it was written
 */
export function resolveSelection(
  selection: Selection,
  names: readonly string[],
  shown: readonly string[] = names,
): { names: string[]; unknown: string[] } {
  switch (selection.by) {
    case "all":
      return { names: [...names], unknown: [] };
    case "first": {
      const there = new Set(names);
      return { names: shown.filter((name) => there.has(name)).slice(0, selection.count), unknown: [] };
    }
    case "names":
      return matching(selection.names, names, namedBy);
    case "except": {
      const { names: out, unknown } = matching(selection.names, names, namedOrHolding);
      const left = new Set(out);
      return { names: names.filter((name) => !left.has(name)), unknown };
    }
    case "words":
      return matching(selection.words, names, holding);
  }
}

type Matcher = (wanted: string, names: readonly string[]) => string[];

function matching(wanted: readonly string[], names: readonly string[], match: Matcher) {
  const found = new Set<string>();
  const unknown: string[] = [];
  for (const one of wanted) {
    const matched = match(one, names);
    if (matched.length === 0) unknown.push(one);
    for (const name of matched) found.add(name);
  }
  return { names: names.filter((name) => found.has(name)), unknown };
}

const lower = (text: string): string => text.trim().toLowerCase();
/** The part behind the schema or the folder. */
const short = (name: string): string => name.split(/[./](?=[^./]+$)/).at(-1) ?? name;

/** By the whole name, then in any case, then without its schema, then a pattern. The first that finds some counts. */
function namedBy(wanted: string, names: readonly string[]): string[] {
  const exact = names.filter((name) => name === wanted.trim());
  if (exact.length > 0) return exact;
  const same = names.filter((name) => lower(name) === lower(wanted));
  if (same.length > 0) return same;
  const bare = names.filter(
    (name) => lower(short(name)) === lower(wanted) || lower(stem(name)) === lower(wanted),
  );
  if (bare.length > 0) return bare;
  if (!/[*?]/.test(wanted)) return [];
  return names.filter((name) => glob(lower(wanted), lower(name)) || glob(lower(wanted), lower(short(name))));
}

/** Of files: the name without its endings and what stands for any text, "orders" of "orders/*.csv". */
const stem = (name: string): string =>
  /[/*]|\.(csv|tsv|jsonl?|parquet)/i.test(name) ? bareFile(name) : name;
const bareFile = (name: string): string =>
  name
    .replace(/\.(?:csv|tsv|json|jsonl|ndjson|parquet)(?:\.(?:gz|zst))?$/i, "")
    .split("/")
    .filter((part) => part.replace(/[*?]/g, "") !== "")
    .at(-1) ?? name;

const holding: Matcher = (word, names) => {
  const wanted = lower(word);
  const single = wanted.length > 3 && wanted.endsWith("s") ? wanted.slice(0, -1) : wanted;
  return wanted === "" ? [] : names.filter((name) => lower(name).includes(single));
};

const namedOrHolding: Matcher = (wanted, names) => {
  const found = namedBy(wanted, names);
  return found.length > 0 ? found : holding(wanted, names);
};

/** `*` is any text, `?` one letter. In time that grows with both lengths, whatever the pattern. */
function glob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let inPattern = 0;
  while (at < text.length) {
    if (inPattern < pattern.length && pattern[inPattern] === "*") {
      star = inPattern++;
      resume = at;
    } else if (
      inPattern < pattern.length &&
      (pattern[inPattern] === "?" || pattern[inPattern] === text[at])
    ) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
