import { COLUMN as C, COLUMNS as CS, whole } from "../words.ts";
import { N, type Phrase, ROWS, TABLE } from "./phrase.ts";

const STOP =
  "(?<act>abort|stop|fail|cancel|warn|quarantine|drop|reject)(?: (?:the |this )?(?:run|load|pipeline|me|it|rows?))?";
const IF = "(?:if|when|whenever|where|with|in case)(?: (?:an?|any|the|some|one))?";
const did = (act: string) =>
  /^(?:abort|stop|fail|cancel)/i.test(act)
    ? "abort"
    : /^warn/i.test(act)
      ? "warn"
      : /^drop/i.test(act)
        ? "drop"
        : "quarantine";

/** What must hold. */
export const CHECKS: readonly Phrase[] = [
  [
    whole(`(?:every|each) ${ROWS} (?:needs|must have|has to have|should have) (?:an? )?(?<c>${C})`),
    ({ c }) => `${c} must not be null`,
  ],
  [
    whole("if (?<a>.+?), (?<act>stop|abort|fail|warn)(?: (?:the |this )?(?:run|load|me))?"),
    ({ a, act }) => `${act} if ${a}`,
  ],
  [whole("send (?:me )?(?:a )?warning (?<a>(?:if|when) .+)"), ({ a }) => `warn ${a}`],
  [whole(`only allow (?:the )?(?:values? )?(?<c>${C}) (?<v>.+)`), ({ c, v }) => `${c} must be one of ${v}`],
  // Checks
  [
    whole(`(?:reject|quarantine) ${ROWS} (?:without|with no) (?:an? |the )?(?<c>${C})`),
    ({ c }) => `${c} must not be null`,
  ],
  [whole(`(?<c>${C}) (?:may|can) only be (?<v>.+)`), ({ c, v }) => `${c} must be one of ${v}`],
  [
    whole(
      `(?<act>drop|quarantine|reject|remove|discard) ${ROWS} (?:whose|where(?: the)?) (?<c>${C}) (?:is not|isn't) (?<v>a valid .+|an? (?:email|url|uuid|date).*)`,
    ),
    ({ act = "", c, v }) =>
      `${c} must be ${v}, ${/drop|remove|discard/i.test(act) ? "drop" : "quarantine"} otherwise`,
  ],
  [
    whole(`${STOP} ${IF} (?<c>${C}) (?:is|are) (?<v>negative|missing|null|empty|invalid|not valid)`),
    ({ act = "", c, v = "" }) =>
      `${c} must be ${/neg/i.test(v) ? "non-negative" : /valid/i.test(v) ? "valid" : "not null"}, ${did(act)} otherwise`,
  ],
  [
    whole(`(?:quarantine|reject) (?:\\w+) with an? (?<v>negative|missing|invalid) (?<c>${C})`),
    ({ c, v = "" }) =>
      `${c} must be ${/neg/i.test(v) ? "non-negative" : /valid/i.test(v) ? "valid" : "not null"}`,
  ],
  [
    whole(
      `${STOP} ${IF} (?<c>${C}) (?:is |are )?(?<s>above|over|more than|greater than|>|below|under|less than|<) ?(?<n>${N})`,
    ),
    ({ act = "", c, s = "", n }) =>
      /drop/i.test(act)
        ? undefined
        : `${c} must be ${/above|over|more|greater|>/i.test(s) ? "at most" : "at least"} ${n}, ${did(act)} otherwise`,
  ],
  [
    whole(
      `(?<c>${C}) (?:must|may|should|can) ?not be (?<s>longer|shorter) than (?<n>\\d+) (?:characters|chars|letters)`,
    ),
    ({ c, s = "", n }) => `${c} must have at ${/long/i.test(s) ? "most" : "least"} ${n} characters`,
  ],
  [
    whole(
      `(?<c>${CS}) (?:must|should|has to|needs to) be unique and (?:not null|not empty|required|never null)`,
    ),
    ({ c }) => [`${c} must be unique`, `${c} must not be null`],
  ],
  [
    whole("(?<a>.*?\\b)(?<n>\\d+(?:\\.\\d+)?) (?<s>million|thousand)(?<b>\\b.*)"),
    ({ a, n, s = "", b }) => `${a}${Number(n) * (/^m/i.test(s) ? 1e6 : 1e3)}${b}`,
  ],
  [
    whole(
      `(?:the )?(?:row count|number of rows) (?:must|should|has to) be (?<a>between .+?|at least .+?|at most .+?)(?: rows)?`,
    ),
    ({ a }) => `expect ${a} rows`,
  ],
  [
    whole(`(?:a )?(?<m>minimum|maximum)(?: of)? (?<n>${N}) rows`),
    ({ m = "", n }) => `expect at ${/min/i.test(m) ? "least" : "most"} ${n} rows`,
  ],
  [
    whole(
      `(?:i|we) (?<a>expect (?:at least|at most|between) .+?) (?:rows|orders|records|entries)(?: (?:per|each|every|in each|in every) (?:run|load|day))?`,
    ),
    ({ a }) => `${a} rows`,
  ],
  [
    whole(
      `(?<t>${TABLE}(?:(?:, | and )${TABLE})*) (?:must|should|has to|have to) (?:have|hold|contain) (?<a>at least ${N}|at most ${N}) rows?`,
    ),
    ({ t, a }) => `for ${t}: expect ${a} rows`,
  ],
  [whole(`warn (?:me )?about duplicates? (?<c>${CS})`), ({ c }) => `warn if there are duplicates of ${c}`],
  [
    whole(
      `(?:the )?data (?:must|should|may) not be older than (?<a>.+?) (?:by|according to|going by) (?<c>${C})`,
    ),
    ({ a, c }) => `${c} must not be older than ${a}`,
  ],
  [whole("(?<a>.*\\bfewer|.*\\bless|.*\\bmore) then (?<b>.+)"), ({ a, b }) => `${a} than ${b}`],
];
