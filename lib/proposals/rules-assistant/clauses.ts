import type { Edit } from "./draft.ts";

/** Where a clause may end: punctuation, joining words, or right before a word that begins a new thought. */
const BOUNDARY =
  /\s*(?:[.;!?:](?=\s|$)|\n+|,)\s*(?:(?:and|then|also|plus)\b\s*)*|\s+(?:and\s+then|and\s+also|and\s+after\s+that|after\s+that|and|then|also|plus)\s+|\s+(?=(?:because|at\s+\d|every|each|hourly|daily|weekly|monthly|nightly|upsert\w*|incremental\w*|append\w*|truncat\w*|dedup\w*|with|in|using|(?:when|whenever|as\s+soon\s+as|once|every\s+time|each\s+time)\s+(?:(?:an?|the|any|each|another)\s+)?(?:new\s+)?files?)\b)/giy;

const LEADING =
  /^(?:please|pls|plz|kindly|also|actually|then|next|finally|first|now|just|and|so|ok(?:ay)?|great|cool|perfect|nice|yes|hi|hello|hey|thanks|thank you|thx|(?:can|could|would|will) (?:you|we)(?: please)?|(?:i|we)(?:'d| would)? (?:want|need|like)(?: you)? to|i'd like(?: you)? to|(?:i|we) also (?:want|need) to|i think|we should|you should|let'?s|go ahead and)[\s,]+/i;
const TRAILING =
  /[\s,]+(?:please|pls|thanks|thank you|thx|too|as well|for me|from now on|instead|again|asap|if possible|if you can)$/i;
const BUT_INSTEAD = /[\s,]+(?:please|pls|thanks|thank you|thx|too|as well|for me|again)$/i;
const POLITE =
  /^(?:please|pls|thanks|thank you|thanks a lot|thx|hi|hi there|hello|hello there|hey|hey there|good (?:morning|evening|afternoon)|ok|okay|great|cool|perfect|nice|cheers|many thanks|that(?:'s| is) (?:it|all))$/i;
/** A reason changes nothing, as long as it holds no condition. */
const REASON =
  /^(?:because|(?:since|as) (?=(?:we|i|it|they|nobody|people|this|that|these|those|the|there)\b)) ?(?:(?!\b(?:unless|except|but|if|only|when|until)\b).)+$|^(?:we|i|they|people|nobody|no one) (?:do not|don't|does not|doesn't|no longer|never|really don't) ?(?:need|want|use|needs|uses)s? (?:it|them|that|this|these|those)(?: (?:anymore|any more|any longer|at all|here))?$|^(?:it(?:'s| is)|they(?:'re| are)) (?:not needed|useless|not used|unused|empty)(?: (?:anymore|any more))?$/i;

type Atom = { start: number; end: number };

/** Puts a message into plain quotes and single spaces, without the marks at its end. */
export function tidy(message: string): string {
  return message
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\u2192/g, "->")
    .replace(/(^|\n)[ \t]*(?:[-*\u2022]|\d{1,2}[.)])[ \t]+/g, "$1")
    .replace(/[ \t\u00a0]+/g, " ")
    .trim()
    .replace(/[.!?\s]+$/, "");
}

/** Cuts a message at every place where a clause may end, never inside quotes or brackets. */
function atoms(text: string): Atom[] {
  const found: Atom[] = [];
  let start = 0;
  let quote: string | undefined;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? "";
    if (quote) {
      if (char === quote) quote = undefined;
    } else if (char === '"' || char === "`" || (char === "'" && !/\w/.test(text[at - 1] ?? " "))) {
      quote = text.indexOf(char, at + 1) > at ? char : undefined;
    } else if (char === "(") depth++;
    else if (char === ")") depth = Math.max(0, depth - 1);
    else if (depth === 0) {
      BOUNDARY.lastIndex = at;
      const match = BOUNDARY.exec(text);
      if (match && match[0].length > 0) {
        if (at > start) found.push({ start, end: at });
        at += match[0].length;
        start = at;
        continue;
      }
    }
    at++;
  }
  if (start < text.length) found.push({ start, end: text.length });
  return found;
}

function strip(clause: string, trailing = TRAILING): string {
  let text = clause.trim();
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(LEADING, "").replace(trailing, "").trim();
  }
  return text;
}

/** Understands a clause whole, or not at all. */
export type Hearing = (heard: {
  clause: string;
  /** The clause with the polite words around it. */
  written: string;
  /** The message up to the clause. */
  before: string;
}) => Edit | undefined;
export type Understanding = { ok: true; edits: Edit[] } | { ok: false; part: string };

/**
 * Covers the whole message with clauses that are each understood, the longest first. Either all of it is understood or
 * the part is given at which understanding ends.
 */
export function understand(message: string, hear: Hearing): Understanding {
  const text = tidy(message);
  const pieces = atoms(text);
  const dead = new Set<number>();
  let furthest = 0;
  const cover = (from: number): Edit[] | undefined => {
    if (from === pieces.length) return [];
    if (dead.has(from)) return undefined;
    furthest = Math.max(furthest, from);
    for (let to = pieces.length; to > from; to--) {
      if (to - from > MOST_IN_CLAUSE && to < pieces.length) continue;
      const written = text.slice(pieces[from]?.start, pieces[to - 1]?.end);
      const clause = strip(written);
      const before = text.slice(0, pieces[from]?.start);
      const isPolite = POLITE.test(clause) || REASON.test(clause) || clause === "";
      const edit = isPolite
        ? () => ""
        : (hear({ clause, written, before }) ??
          (/\binstead\b/i.test(written)
            ? hear({ clause: strip(written, BUT_INSTEAD), written, before })
            : undefined));
      const rest = edit && cover(to);
      if (edit && rest) return [edit, ...rest];
    }
    dead.add(from);
    return undefined;
  };
  const edits = pieces.length > 0 && pieces.length <= MAX_PIECES ? cover(0) : undefined;
  if (edits) return { ok: true, edits };
  // What comes after it, behind a comma or a joining word, and is understood is not what stands in the way.
  const from = furthest;
  const isJoined = (at: number) => text.slice(pieces[at - 1]?.end, pieces[at]?.start).trim() !== "";
  let to = pieces.length <= MAX_PIECES ? from + 1 : pieces.length;
  while (to < pieces.length && !(isJoined(to) && cover(to))) to++;
  return { ok: false, part: text.slice(pieces[from]?.start ?? 0, pieces[to - 1]?.end) };
}

const MAX_PIECES = 120;
/** Pieces of one clause among others; a message of one clause may be a longer list. */
const MOST_IN_CLAUSE = 24;
