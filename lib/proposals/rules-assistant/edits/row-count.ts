import type { Recogniser } from "../draft.ts";
import { heard, said } from "../say.ts";
import { numberOf } from "../words.ts";
import { countCheck } from "./dataset-check.ts";

const N = "{n}(?<unit> million| thousand)?";
const ROWS = "[(new |distinct )?(rows|records|lines|orders|entries|items)]?[ of data]?";
const ARRIVE =
  "[ (arrive|come in|come|come through|show up|are (read|loaded|there|found|received|expected|present)|in (the|it|total)[ (file|data|input|load|table)]?|(every|each) (time|run|load|day)|(per|at each) (run|load|day))]?";
/** Numbers of rows that are right. */
const RIGHT = [
  said(
    `(?<min>at least|minimum|min|no fewer than|no less than|not fewer than|not less than|>=|from)[ of]? ${N} ${ROWS}${ARRIVE}`,
  ),
  said(
    `(?<max>at most|maximum|max|up to|no more than|not more than|not over|<=)[ of]? ${N} ${ROWS}${ARRIVE}`,
  ),
  said(`(?<min>)${N} ${ROWS} or more${ARRIVE}|(?<min2>){n:n2} or more ${ROWS}${ARRIVE}`),
  said(`between {n} and {n:m} ${ROWS}${ARRIVE}`),
];
/** Numbers of rows that are wrong. */
const WRONG = [
  said(`(?<min>fewer than|less than|under|below|not even|<) ${N} ${ROWS}${ARRIVE}`),
  said(`(?<max>more than|over|above|exceeding|>) ${N} ${ROWS}${ARRIVE}`),
  said("(?<none>no|zero|0) (rows|records|data|lines|orders)( at all)?( arrive| come in| are there)?"),
  said(
    "(?<none>it|the (?:file|input|table|source|result|load)|there|everything) (is|are|has|have|holds)( empty| nothing in it| no rows| no data)( at all)?",
  ),
];
const EXPECTED =
  "[(we|i|it|there|this|the (file|table|source|input|load))[ always]? (should|must|need to|have to|has to|needs to|expect to|ought to|expect|want|need|are|is)[ always]?[ to]?[ (get|have|receive|see|be|load|find|expect|hold|contain|come in|arrive|deliver)]? |expect |require |make sure (there are|we (get|have)|it has) |ensure there are |[the ](row count|number of rows)( {must} be| is|:)? ]?";
const ACT = "(?<act>abort|fail|stop|warn|alert)[ (the (run|load|pipeline)|it|me|us)]?";
const MUST = [
  said(
    `${EXPECTED}{any:right}[,]? (otherwise|or else|or|else)[ (just|only|please)]? ${ACT}[ (about it|otherwise)]?`,
  ),
  said(`${ACT} unless (there are |we get |we have )?{any:right}`),
  said(`${EXPECTED}{any:right}`),
];
const MUST_NOT = [
  said(
    `${ACT} (if|when|whenever|in case|on|for|at)?[ (there (are|is)|we (get|have|receive|see)|it has)]? ?{any:wrong}`,
  ),
  said(
    `(if|when|whenever|in case)[ (there (are|is)|we (get|have|receive|see)|it has)]? {any:wrong}[,]?[ then]? ${ACT}`,
  ),
];

/** "get at most 500 rows" may be a wish for fewer of them: only a lower bound is a check. */
const GET = [
  said(`(get|have|receive|see) {any:right}[,]?[ (otherwise|or else|or|else)[ (just|only|please)]? ${ACT}]`),
];

/** "at least 1,000 rows are expected", "warn under 50 rows", "expect between 1k and 5k rows or fail". */
export const rowCount: Recogniser = (clause) => {
  if (!/\b(?:rows?|records?|lines?|orders|entries|items|data|empty)\b/i.test(clause)) return undefined;
  for (const [patterns, part, numbers] of [
    [MUST_NOT, "wrong", WRONG],
    [MUST, "right", RIGHT],
    [GET, "right", RIGHT],
  ] as const) {
    for (const pattern of patterns) {
      const groups = heard([pattern], clause);
      const bounds = groups && boundsIn(heard(numbers, groups[part] ?? ""));
      // A count of rows that nobody names is about something else.
      if (
        bounds &&
        /\b(?:rows?|records?|lines?|orders|entries|items|data|empty)\b/i.test(groups?.[part] ?? "")
      )
        return countCheck(groups?.act, bounds);
    }
  }
  return undefined;
};

function boundsIn(said: Record<string, string> | undefined): { min?: number; max?: number } | undefined {
  if (!said) return undefined;
  if (said.none) return { min: 1 };
  const times = /million/.test(said.unit ?? "") ? 1e6 : /thousand/.test(said.unit ?? "") ? 1e3 : 1;
  const n = numberOf(said.n ?? said.n2 ?? "") * times;
  if (said.m) return { min: n, max: numberOf(said.m) };
  if (said.max !== undefined) return { max: n };
  return said.min !== undefined || said.min2 !== undefined ? { min: n } : undefined;
}
