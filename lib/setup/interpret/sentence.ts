import { type ConnectorSpec, fieldsOf } from "#lib/connectors/schema.ts";
import { isSecret } from "../machine/connector.ts";
import type { Written } from "./given.ts";
import { fieldCalled, spokenNames } from "./labels.ts";
import { unquoted } from "./pairs.ts";

/** Words of a sentence that carry no value. */
const LEAD =
  /(?:(?:please|and|also|then|now|ok|okay|so|but|oh|sorry|no|not|actually|i mean|i meant|it's|its|it is|the|my|our|a|an|this|with|as|using|use|change|set|update|correct|fix|make|try|take|should be|is|there is|we use|i use|bitte|und|mit|der|die|das|el|la|le|y|et|con|avec)(?=[\s,:;.])|[\s,;.:!-])+/iy;
const SEPARATOR =
  /(?:(?:\s+(?:name|field|value))?\s*(?:(?:=>|:=|=|:)\s*|\s(?:is now|is called|is named|is|should be|must be|has to be|to be|to|called|named|ist|lautet|es|est|auf|als|en|à|a)\s*:?\s+(?=\S)|\s+(?=\S)))/iy;

const HOST =
  "(?:\\[[0-9a-f:]+\\]|localhost|\\d{1,3}(?:\\.\\d{1,3}){3}|[a-z0-9_-]+(?:\\.[a-z0-9_-]+)+|[a-z0-9_-]+(?=:\\d))";
const PLACE = new RegExp(
  `(?:(?:on|at|from|to|in|under|via|auf|bei|sur|en)\\s+)?(${HOST})(?::(\\d{1,5}))?(?:/([\\w$-]+))?(?=[\\s,;]|\\.?$|\\.\\s)`,
  "iy",
);
/** What stands where a secret was meant to be told, and tells that none is. */
const NOT_SAID =
  /^(?:wrong|incorrect|right|correct|missing|not|unknown|required|needed|empty|the|same|secret|still|in|a|an|what|where|which|why|how|somewhere|later|expired|invalid|set|hidden|falsch|unbekannt)(?:[\s.,!?]|$)/i;

/** Longer ones are no sentence; a private key and its fields fit. */
const SENTENCE_CHARS = 8_000;

/**
 * Reads values out of a sentence: "host is db.example.com, port 5432, user reader and the password is …". Undefined if
 * any part of it means something else.
 */
export function readSentence(spec: ConnectorSpec, text: string): Written | undefined {
  if (text.length > SENTENCE_CHARS) return undefined;
  const label = new RegExp(`(${spokenNames(spec)})(?![\\p{L}\\p{N}_@./\\\\-])`, "iuy");
  const written: Written = {};
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found !== null;
  };
  for (let round = 0; at < text.length && round < 60; round++) {
    skip(LEAD);
    if (at >= text.length) break;
    // "db" is short for a database, but before a port it is the name of a host.
    const address = /^db:\d{2,5}(?=[\s,;/]|$)/i.test(text.slice(at)) && place(spec, text, at, written);
    const value = address || (labelled(spec, text, at, label) ?? place(spec, text, at, written));
    if (!value) return undefined;
    Object.assign(written, value.written);
    at = value.end;
  }
  return at >= text.length && Object.keys(written).length > 0 ? written : undefined;
}

type Taken = { written: Written; end: number } | undefined;

function labelled(spec: ConnectorSpec, text: string, at: number, label: RegExp): Taken {
  label.lastIndex = at;
  const name = label.exec(text)?.[1];
  const field = name && fieldCalled(spec, name);
  if (!name || !field) return undefined;
  SEPARATOR.lastIndex = at + name.length;
  const separator = SEPARATOR.exec(text)?.[0];
  if (separator === undefined) return undefined;
  const start = SEPARATOR.lastIndex;
  const quoted = /(["'`])((?:(?!\1)[\s\S])*)\1(?=[\s,;.!]|$)/y;
  quoted.lastIndex = start;
  const inner = quoted.exec(text);
  if (inner) return { written: { [field]: inner[2] ?? "" }, end: quoted.lastIndex };
  const end = isSecret(spec, field) ? endOfSecret(spec, text, start) : endOfWord(text, start);
  const value = text
    .slice(start, end)
    .replace(isSecret(spec, field) ? /(?:\s+(?:please|thanks))?\s*$/i : /[.,;:!?]+$/, "");
  const firm = /[=:]/.test(separator);
  if (value === "" || (!firm && isSecret(spec, field) && NOT_SAID.test(value))) return undefined;
  if (
    !firm &&
    /^(?:and|or|is|are|was|of|for|to|the|a|not|please|again|name|field|runs?|lives?|sits|at|on|in|from|has|needs|with|listens|where|instead|wrong)$/i.test(
      value,
    )
  )
    return undefined;
  return { written: { [field]: value }, end };
}

const endOfWord = (text: string, start: number): number => {
  const word = /\S+?(?=[,;]?(?:\s|$)|[,;](?=\p{L}+\s*[=:]))/uy;
  word.lastIndex = start;
  return word.exec(text) ? word.lastIndex : start;
};

/** A secret may hold spaces and commas: it reaches to where another field is named, or to the end of the line. */
function endOfSecret(spec: ConnectorSpec, text: string, start: number): number {
  const next = new RegExp(
    `[,;]?\\s+(?:(?:and|with|the|its|my|on|for|und|mit|y|et)\\s+)*(?:${spokenNames(spec)})(?:\\s*[=:]\\s*|\\s+(?:(?:is|to|called|named|ist|es|est)\\s+)?)\\S`,
    "iu",
  );
  const place = new RegExp(`[,;]?\\s+(?:(?:and|on|at|from|to|auf|en|sur)\\s+)+${HOST}`, "iu");
  const rest = text.slice(start);
  const stops = [rest.search(/\n/), rest.search(next), rest.search(place)].filter((stop) => stop > 0);
  return stops.length > 0 ? start + Math.min(...stops) : text.length;
}

/** "on db.example.com:5432/shop": a host without its name, and what may stand behind it. */
function place(spec: ConnectorSpec, text: string, at: number, before: Written): Taken {
  if (!Object.hasOwn(spec.config.shape, "host") || before.host !== undefined) return undefined;
  PLACE.lastIndex = at;
  const found = PLACE.exec(text);
  if (!found?.[1]) return undefined;
  const host = found[1].replace(/^\[|\]$/g, "");
  const database = Object.hasOwn(spec.config.shape, "database") ? found[3] : undefined;
  if (found[3] && !database) return undefined;
  return {
    written: { host, ...(found[2] && { port: found[2] }), ...(database && { database }) },
    end: PLACE.lastIndex,
  };
}

/**
 * Reads an answer that names no field: the one value that was asked for, or all of them in the order in which they were
 * asked for, with commas or line ends between them.
 */
export function readBare(spec: ConnectorSpec, asked: readonly string[], text: string): Written | undefined {
  const [only] = asked;
  if (asked.length === 1 && only !== undefined) {
    const field = fieldsOf(spec).find(({ name }) => name === only);
    const line = field?.multiline ? text : /[\r\n]/.test(text) ? undefined : text;
    if (
      line === undefined ||
      (!field?.secret && !field?.multiline && /\s/.test(unquoted(line)) && line === unquoted(line))
    )
      return undefined;
    // A sentence about a field is no secret, however many words a passphrase may have.
    const about = new RegExp(`(?<![\\p{L}\\p{N}])(?:${spokenNames(spec)})(?:\\?|\\s|$)`, "iu");
    if (
      field?.secret &&
      !field.multiline &&
      line === unquoted(line) &&
      /\s|\?$/.test(line) &&
      about.test(line)
    )
      return undefined;
    return { [only]: unquoted(line) };
  }
  const parts = [/\r?\n/, /\s*,\s*/, ...(asked.includes("port") ? [/\s+/] : [])]
    .map((between) =>
      text
        .split(between)
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .find((split) => split.length === asked.length && split.length > 1);
  if (!parts) return undefined;
  const fits = asked.every((name, at) => isSecret(spec, name) || !/\s/.test(parts[at] ?? " "));
  const port = asked.indexOf("port");
  const portFits = port < 0 || /^\d{1,5}$/.test(parts[port] ?? "");
  return fits && portFits
    ? Object.fromEntries(asked.map((name, at) => [name, unquoted(parts[at] ?? "")]))
    : undefined;
}
