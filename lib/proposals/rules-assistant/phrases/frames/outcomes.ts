import { said } from "../../say.ts";
import type { Phrase } from "../phrase.ts";

const ACT = "(?<act>abort|fail|stop|warn|quarantine|reject|drop)";
const OF = "( (the|this|that|such|those)? ?(rows?|records?|run|load|pipeline|it|them))?";
const KINDS: Readonly<Record<string, string>> = {
  "not null": "not null",
  "not-null": "not null",
  null: "not null",
  required: "not null",
  unique: "unique",
  uniqueness: "unique",
  email: "a valid email",
  url: "a valid url",
  uuid: "a valid uuid",
  date: "a valid date",
};
const kinds = Object.keys(KINDS).join("|");
const ifRows = (act = "", when = "") =>
  /^drop/i.test(act) ? `remove rows where ${when}` : `${act} if ${when}`;

/** What becomes of a row or a run, said before or behind what it depends on. */
export const OUTCOMES: readonly Phrase[] = [
  [
    said(`(if|when|whenever|where) (a |an |any |the )?{any:when},? (then )?${ACT}${OF}`),
    ({ when, act }) => ifRows(act, when),
  ],
  [said(`${ACT} on (a |an |any |the )?{any:when}`), ({ when, act }) => ifRows(act, when)],
  [said(`(rows|records) {any:when} (->|=>) ${ACT}`), ({ when, act }) => `${act} rows ${when}`],
  [
    said(
      `${ACT}${OF} (if|when|where) (the )?{col} (is not|isn't|is none of|is not in|is not one of) {any:list}`,
    ),
    ({ act, col, list = "" }) =>
      /,| or /.test(list) ? `${col} must be one of ${list}, ${act} otherwise` : undefined,
  ],
  [
    said(`${ACT}${OF} (if|when) (the )?{col} older than {any:age}`),
    ({ act, col, age }) => `${act} if ${col} is older than ${age}`,
  ],
  [
    said(
      "(there (must|should|may) be )?no (nulls?|null values|empty values|missing values|blanks|empty|missing) (in|for|as) {cols}",
    ),
    ({ cols }) => `${cols} must not be null`,
  ],
  [
    said(
      `(?<rule>.+ (must|should|has to|have to|needs to|need to) .+?)(,| or we| or)+ (just |only |please )?${ACT}( only)?${OF}`,
    ),
    ({ rule, act }) => `${rule}, ${act} otherwise`,
  ],
  [
    said(`{cols} (?<not>not (older than|negative|null|empty) ?.*)`),
    ({ cols, not }) =>
      `${cols} must ${/older/i.test(not ?? "") ? `${not}`.replace("not older", "not be older") : `be ${not}`}`,
  ],
  [
    said(
      `(add|create|set up|put)?( an?| the)? ?(?<kind>${kinds}) (check|rule|constraint|validation)s? (to|on|for|of)( the)? {cols}(,? ${ACT})?`,
    ),
    ({ kind = "", cols, act }) =>
      `${cols} must be ${KINDS[kind.toLowerCase()]}${act ? `, ${act} otherwise` : ""}`,
  ],
  [
    said("(make|set) {cols} (to )?(?<kind>not null|required|unique)"),
    ({ cols, kind }) => `${cols} must be ${kind}`,
  ],
  [said("(row )?(check|rule): {any:rule}"), ({ rule }) => rule],
  // The whole input
  [
    said(`(an? )?empty (file|input|table|source|data) (should|must) ${ACT}${OF}`),
    ({ act }) => `${act} if the file is empty`,
  ],
  [
    said(`${ACT}${OF} on (an )?empty (files?|input|table|source|data)`),
    ({ act }) => `${act} if the file is empty`,
  ],
  [
    said("(do not|don't|never) (accept|load|allow) empty (files?|input|data|tables?)"),
    () => "abort if the file is empty",
  ],
  [
    said(`(?<when>(fewer|less|more) than {n} rows) (->|=>|:|should|must) ${ACT}${OF}`),
    ({ when, act }) => `${act} if ${when}`,
  ],
  [
    said("(we need |expect |need )?{n} rows (minimum|at minimum|at least|min)"),
    ({ n }) => `expect at least ${n} rows`,
  ],
  [said("(the )?count of rows {must} be {any:bounds}"), ({ bounds }) => `expect ${bounds} rows`],
  [
    said(
      `(expect )?(?<side>at least|at most|no more than) {n} (distinct|different|unique) (values (of|in|for) )?{col}( values)?((,| or| otherwise| else)+ ${ACT})?`,
    ),
    ({ side = "", n, col, act = "abort" }) =>
      `${act} if there are ${/least/i.test(side) ? "fewer" : "more"} than ${n} distinct ${col}`,
  ],
  [
    said(
      `{col} {must} have (?<side>at least|at most|no more than) {n} (distinct|different|unique) values((,| or| otherwise| else)+ ${ACT})?`,
    ),
    ({ side = "", n, col, act = "abort" }) =>
      `${act} if there are ${/least/i.test(side) ? "fewer" : "more"} than ${n} distinct ${col}`,
  ],
];
