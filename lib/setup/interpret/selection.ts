import { whole } from "#lib/ir/index.ts";
import { resolveSelection } from "../resolve-selection.ts";
import type { Selection, Setup } from "../state.ts";
import { oneSlip } from "./connector-names.ts";
import { unquoted } from "./pairs.ts";

/** Which streams a message chooses, and how; or what to say where it nearly does. */
export type Choice = { selection: Selection; how: "only" | "add" | "remove" } | { hint: string };

const NOUN = "(?:tables?|streams?|files?|views?|ones?|collections?|entities|sets?|tabellen?|tablas?)";
const NUMBERS = [
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
  "thirteen",
  "fourteen",
  "fifteen",
  "sixteen",
  "seventeen",
  "eighteen",
  "nineteen",
  "twenty",
];
const GERMAN = ["eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"];
const ORDINALS = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
  "tenth",
];
const COUNT = `\\d{1,5}|${[...NUMBERS, ...GERMAN, "couple(?: of)?", "few"].join("|")}`;

function countOf(text: string): number {
  const plain = text.toLowerCase();
  if (/^\d+$/.test(plain)) return Number(plain);
  if (/^couple/.test(plain)) return 2;
  if (plain === "few") return 3;
  return Math.max(NUMBERS.indexOf(plain), GERMAN.indexOf(plain)) + 1;
}

const WANT =
  /^(?:(?:i|we)(?:'d| would)? (?:want|need|like|love|take|choose|pick|prefer)(?: to (?:have|load|sync|import|take|get))?|(?:i|we)'ll (?:take|have|use|need)|take|select|choose|pick|use|sync|load|import|ingest|get|copy|give me|let'?s (?:take|use|do|go with)|go (?:with|for)|just|only|simply|nur|nimm|ich (?:möchte|will|nehme)|quiero|solo|sólo|je (?:veux|voudrais|prends)|seulement|bring(?: in)?)\s+/i;
const ADD =
  /^(?:add|also(?: add| take| include)?|plus|include|and also|additionally|füge|auch|agrega|añade|ajoute)\s+|\s+(?:too|as well|hinzu)$/i;
const REMOVE =
  /^(?:remove|drop|leave out|without|not|exclude|deselect|unselect|skip|ignore|take (?:out|away)|minus|delete|entferne|ohne|quita|sin|enlève|retire|no)\s+/i;
const ALL = whole(
  `(?:(?:them )?all|everything|all of (?:them|it|those|these)|every ${NOUN}|each ${NOUN}|all(?: the| of the)?(?: \\d+)? ${NOUN}|all \\d+|the (?:whole )?lot|the whole (?:database|thing|schema|bucket)|\\*|\\*\\.\\*|alles?|alle ${NOUN}|todos|todas(?: las tablas)?|todo|tout|tous|toutes(?: les tables)?)`,
);
const EXCEPT = new RegExp(
  `^(?:(?:all|everything|all of them|every ${NOUN}|all(?: the)? ${NOUN}|alles?|alle ${NOUN}|todos|todas|todo|tout|tous|toutes)\\s*,?\\s*)(?:except(?: for)?|but not|but|without|excluding|apart from|other than|besides|minus|außer|ohne|excepto|menos|sauf)\\s+(.+)$`,
  "i",
);

/** Reads which streams are wanted. `verb`: only with "add", "remove" or "only", where other things may be meant too. */
export function readSelection(setup: Setup, text: string, { verb = false } = {}): Choice | undefined {
  const names = setup.found?.names ?? [];
  const exact = names.filter((name) => name.toLowerCase() === text.toLowerCase());
  if (!verb && exact.length === 1) return { selection: { by: "names", names: exact }, how: "only" };
  let how: "only" | "add" | "remove" = "only";
  let rest = text;
  if (REMOVE.test(rest)) [how, rest] = ["remove", rest.replace(REMOVE, "")];
  else if (ADD.test(rest)) [how, rest] = ["add", rest.replace(ADD, "").replace(ADD, "")];
  else if (
    verb &&
    !/^(?:only|just|take|select|choose|pick|nur|solo)\s/i.test(rest) &&
    !EXCEPT.test(rest) &&
    !ALL.test(rest)
  )
    return undefined;
  for (let turn = 0; turn < 3; turn++) rest = rest.replace(WANT, "");
  const known = how === "remove" ? setup.picked.map(({ name }) => name) : names;
  const found = selectionOf(
    rest.trim(),
    known,
    how === "remove" || (setup.found?.total ?? 0) <= names.length,
  );
  return found && ("hint" in found ? found : { selection: found, how });
}

function selectionOf(
  text: string,
  names: readonly string[],
  complete: boolean,
): Selection | { hint: string } | undefined {
  if (ALL.test(text) || (names.length === 2 && whole("both(?: of them)?|beide|ambas|les deux").test(text)))
    return { by: "all" };
  const except = EXCEPT.exec(text)?.[1];
  if (except) return withNames(except, names, complete, "except");
  return (
    byPlace(text, names, complete) ??
    byWords(text, names, complete) ??
    withNames(text, names, complete, "names")
  );
}

/** "the first three", "the last two", "the second", "1, 3 and 5", "2-4". */
function byPlace(
  text: string,
  names: readonly string[],
  complete: boolean,
): Selection | { hint: string } | undefined {
  const first = whole(
    `(?:the |die |las |los |les )?(?:first|top|ersten|primeras?|premi[eè]res?) ?(${COUNT})?(?: ${NOUN}| of them)?`,
  ).exec(text);
  if (first) return { by: "first", count: Math.max(1, first[1] ? countOf(first[1]) : 1) };
  const last = whole(`(?:the )?last ?(${COUNT})?(?: ${NOUN}| of them)?`).exec(text);
  if (last && complete) return picked(names.slice(-(last[1] ? countOf(last[1]) : 1)));
  const numbers = text
    .replace(new RegExp(`^(?:the |numbers? |nos?\\.? |${NOUN} )+`, "i"), "")
    .replace(new RegExp(` ${NOUN}$`, "i"), "")
    .split(/\s*(?:,|;|&|\+|\band\b|\bund\b|\by\b|\bet\b)\s*(?:the |and )?|\s+(?=#?\d+$|#?\d+\s)/i)
    .filter(Boolean);
  const places = numbers.map(placesOf);
  if (places.length === 0 || places.some((one) => one === undefined)) return undefined;
  const wanted = [...new Set(places.flat() as number[])];
  const beyond = wanted.find((place) => place < 1 || place > names.length);
  if (beyond !== undefined || wanted.length > 1000)
    return { hint: `I listed ${names.length}; give numbers from 1 to ${names.length}.` };
  return picked(wanted.map((place) => names[place - 1] ?? ""));
}

const picked = (names: readonly string[]): Selection | undefined =>
  names.length > 0 ? { by: "names", names: [...names] } : undefined;

function placesOf(text: string): number[] | undefined {
  const range = /^#?(\d{1,4})\s*(?:-|–|to|through|bis)\s*#?(\d{1,4})$/i.exec(text);
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    return to >= from && to - from < 1000
      ? Array.from({ length: to - from + 1 }, (_, at) => from + at)
      : undefined;
  }
  const one = /^#?(\d{1,4})(?:st|nd|rd|th|\.)?$/i.exec(text)?.[1];
  const word = ORDINALS.indexOf(text.toLowerCase()) + 1;
  return one ? [Number(one)] : word > 0 ? [word] : undefined;
}

/** "only the orders tables", "tables with log in the name", "everything starting with stg_", "all in the sales schema". */
function byWords(text: string, names: readonly string[], complete: boolean): Selection | undefined {
  if (text.length > 300) return undefined;
  const what = `(?:all|everything|anything|those|the|any|every|each)?(?: of)?(?: the)? ?(?:${NOUN} )?(?:that |which |whose names? )?(?:are |is )?`;
  const WORD = "[\"'`]?([\\w$.-]+)[\"'`]?";
  const starts = whole(`${what}(?:start(?:s|ing)?|begin(?:s|ning)?) with ${WORD}`).exec(text);
  if (starts) return { by: "names", names: [`${starts[1]}*`] };
  const ends = whole(`${what}(?:end(?:s|ing)?) (?:with|in|on) ${WORD}`).exec(text);
  if (ends) return { by: "names", names: [`*${ends[1]}`] };
  const within = whole(
    `${what}(?:in|of|from) (?:the )?(?:schema |folder )${WORD}|${what}(?:in|of|from) (?:the )?${WORD} (?:schema|folder)|(?:the )?${WORD} schema`,
  ).exec(text);
  const schema = within?.slice(1).find(Boolean);
  if (schema) return { by: "names", names: [`${schema}.*`] };
  const holds = whole(
    `${what}(?:with|contain(?:s|ing)?|matching|match|have|having|includ(?:es|ing)|about|mentioning|named like|like|called) ${WORD}(?: in (?:the|their|its) names?)?`,
  ).exec(text);
  if (holds?.[1] && !/^\d+$/.test(holds[1])) return { by: "words", words: [holds[1]] };
  const list =
    /^(?:all )?(?:the )?(.+?)(?:-related)? (?:tables?|streams?|files?|views?|ones?|collections?|entities|sets?|tabellen?|tablas?)$/i.exec(
      text,
    )?.[1];
  if (!list || /\b(?:no|not|other|some|these|those|new|old|big|small|which|what|my|your|many)\b/i.test(list))
    return undefined;
  const words = split(list);
  if (!words.every((word) => /^[\w$-]+$/.test(word))) return undefined;
  const exact = resolveSelection({ by: "names", names: words }, names);
  const noun = /\bone$|\btable$|\bfile$/i.test(text) && exact.unknown.length === 0;
  if (noun || (words.length > 1 && exact.unknown.length === 0)) return { by: "names", names: words };
  const none = complete && resolveSelection({ by: "words", words }, names).names.length === 0;
  return none ? undefined : { by: "words", words };
}

const split = (text: string): string[] =>
  (text.match(/"[^"]*"|'[^']*'|`[^`]*`|[^,;&\n"'`]+/g) ?? [])
    .flatMap((part) =>
      /^["'`]/.test(part)
        ? [unquoted(part)]
        : part.split(/\s+(?:and|und|y|et|plus|or)\s+|^(?:and|und|y|et|plus)\s+|\s+(?:and|und|y|et|plus)$/i),
    )
    .map((part) => part.trim().replace(/^(?:the|table|tables|stream|file|die|las?|los|les?)\s+(?=\S)/i, ""))
    .filter(Boolean);

function withNames(
  text: string,
  names: readonly string[],
  complete: boolean,
  by: "names" | "except",
): Selection | { hint: string } | undefined {
  const whole = resolveSelection({ by: "names", names: [text] }, names);
  const wanted =
    whole.unknown.length === 0
      ? [text]
      : split(by === "except" ? text.replace(new RegExp(`\\s+${NOUN}$`, "i"), "") : text);
  if (wanted.length === 0 || wanted.length > 500) return undefined;
  const { unknown } = resolveSelection({ by, names: wanted }, names);
  const plain = wanted.every(
    (name) => /^[\p{L}\p{N}_$.*?/@-]{1,200}$/u.test(name) || !unknown.includes(name),
  );
  if (!plain) return undefined;
  const selection: Selection = { by, names: wanted };
  // A pattern, or a name where not all are known here, is looked up outside.
  if (unknown.length < wanted.length || wanted.some((name) => /[*]/.test(name))) return selection;
  if (
    !complete &&
    unknown.every((name) => /[_.\d]/.test(name) || wanted.length > 1 || /^\p{L}{3,}$/u.test(name))
  )
    return selection;
  const near = names.find((name) =>
    oneSlip(name.split(".").at(-1)?.toLowerCase() ?? "", wanted[0]?.toLowerCase() ?? ""),
  );
  return near === undefined ? undefined : { hint: `Nothing has exactly that name. Did you mean ${near}?` };
}
