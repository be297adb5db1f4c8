import { COLUMN as C, COLUMNS as CS, whole } from "../words.ts";
import { N, type Phrase, ROWS, TABLE } from "./phrase.ts";

const OPERATORS: Readonly<Record<string, string>> = {
  times: "*",
  "multiplied by": "*",
  plus: "+",
  minus: "-",
  "divided by": "/",
};

/** What is done to rows and columns. */
export const ROWS_AND_COLUMNS: readonly Phrase[] = [
  [
    whole(`(?<v>drop|remove|delete) the (?<a>${C}) (?:column|field) and the (?<b>${C}) (?:column|field)`),
    ({ v, a, b }) => `${v} the columns ${a} and ${b}`,
  ],
  [
    whole(
      `(?<a>(?:add|compute|calculate|set|derive) .+? (?:as|=) ${C}) (?<o>times|multiplied by|plus|minus|divided by) (?<b>${C}|${N})`,
    ),
    ({ a, o = "", b }) => `${a} ${OPERATORS[o.toLowerCase()]} ${b}`,
  ],
  [
    whole(
      `(?<a>(?:hash|mask|cast|convert|replace|fill) .+?) in (?:the )?(?:table )?(?<t>${TABLE}) (?<b>(?:with|to|by|into) .+)`,
    ),
    ({ a, t, b }) => `for ${t}: ${a} ${b}`,
  ],
  // Rows and columns
  [whole("throw (?:out|away) (?<a>.+)"), ({ a }) => `remove ${a}`],
  [whole("filter: ?(?<a>.+)"), ({ a }) => `keep only rows where ${a}`],
  [
    whole(
      `(?:we |i )?only (?:want|need|keep|load|take) (?:the )?${ROWS} (?:from|in) (?:the )?(?<c>${C}) (?<v>.+)`,
    ),
    ({ c, v }) => `keep only rows where ${c} is ${v}`,
  ],
  [
    whole(`call (?:the )?(?:column (?<a>${C})|(?<b>${C}) column) (?<to>${C})`),
    ({ a, b, to }) => `rename the column ${a ?? b} to ${to}`,
  ],
  [
    whole(`(?:the )?(?:column )?(?<a>${C}) (?:should|must|shall) be (?:called|named) (?<to>${C})`),
    ({ a, to }) => `rename the column ${a} to ${to}`,
  ],
  [
    whole(`change the name of (?:the )?(?:column |field )?(?<a>${C}) to (?<to>${C})`),
    ({ a, to }) => `rename the column ${a} to ${to}`,
  ],
  [
    whole(
      `(?:we|i) (?:do not|don't|no longer) need (?:the )?(?:column (?<a>${C})|(?<b>${C}) column)(?: any ?more)?`,
    ),
    ({ a, b }) => `drop the column ${a ?? b}`,
  ],
  [
    whole(
      `(?:we|i) (?:no longer|do not|don't) need (?:the table )?(?<t>${TABLE})(?: any ?more)?,? (?:so )?(?:remove|drop|delete) it(?: from (?:this|the) (?:pipeline|load|sync))?`,
    ),
    ({ t }) => `stop loading ${t}`,
  ],
  [
    whole(
      `(?:the )?(?:column )?(?<a>${C}) is (?:a |stored as |read as )?(?:text|string|a string),? (?:so )?(?:make|cast|convert|turn) it (?:to |into |a |an )*(?<b>.+)`,
    ),
    ({ a, b }) => `cast ${a} to ${b}`,
  ],
  [
    whole(
      "(?<a>cast .+?|convert .+?) and quarantine (?:what|rows that|values that|those that) (?:does not|doesn't|do not|don't|cannot|can't) (?:be )?(?:convert|converted|cast|parse|parsed|fit|work)",
    ),
    ({ a }) => `${a} and quarantine rows when it fails`,
  ],
  [
    whole(
      "(?<a>(?:cast|convert|turn|make) .+?),? (?:and )?(?:bad|invalid|wrong|broken) values (?:become|are|as|should be|to|turn into) null",
    ),
    ({ a }) => `${a}, null if it fails`,
  ],
  [
    whole(
      `(?:the )?(?<a>${C}) (?:should|must|has to) be a (?:number|decimal) with (?<n>two|three|four|\\d) (?:decimals|decimal places|digits after the point)`,
    ),
    ({ a, n = "" }) => `cast ${a} to decimal(18,${{ two: 2, three: 3, four: 4 }[n.toLowerCase()] ?? n})`,
  ],
  [whole("(?:store|save|keep) (?<a>.+) as (?<b>.+)"), ({ a, b }) => `cast ${a} as ${b}`],
  [
    whole("(?:nobody|no one) (?:should|may|can|must) (?:be able to )?(?:see|read) (?:the )?(?<a>.+)"),
    ({ a }) => `mask ${a}`,
  ],
  [
    whole(`replace (?:the )?(?<a>${C}) (?:by|with) (?:its|the|an?) (?:(?<h>md5|sha-?256) )?hash`),
    ({ a, h }) => `hash ${a}${h ? ` with ${h}` : ""}`,
  ],
  [
    whole(
      `(?<v>hash|mask|redact|partially mask) (?<a>${C}) (?:instead of|rather than) (?<w>masking|hashing|redacting)(?: (?:it|\\w+))?`,
    ),
    ({ v, a, w = "" }) => [`stop ${/hash/i.test(w) ? "hashing" : "masking"} ${a}`, `${v} ${a}`],
  ],
  [
    whole(`show (?:the )?(?<a>${C}) (?:in full|unmasked|in the clear|in plain)(?: again)?`),
    ({ a }) => `stop masking ${a}`,
  ],
  [whole(`(?:mask|redact) (?<a>${C}) (?:completely|fully|entirely)`), ({ a }) => `fully mask ${a}`],
  [
    whole(
      `(?:keep )?(?:only )?one row (?:per|for each|for every) (?<k>${CS}),? (?:keep(?:ing)? )?the (?<w>last|first|latest|newest|oldest)(?: one)?(?<o> by .+)?`,
    ),
    ({ k, w, o = "" }) => `keep only the ${w} row per ${k}${o}`,
  ],
  [
    whole(`(?:take|keep) the (?<w>last|first|latest|newest|oldest|most recent) row (?<b>.+)`),
    ({ w, b }) => `keep only the ${w} row ${b}`,
  ],
  [
    whole(
      `(?:there are duplicates,? )?(?<k>${CS}) (?:should|must|may) (?:only )?appear (?:only )?once,? (?:so )?keep(?:ing)? (?:only )?the (?<w>last|first|latest|newest|oldest)(?: one| row)?(?<o> by .+)?`,
    ),
    ({ k, w, o = "" }) => `keep only the ${w} row per ${k}${o}`,
  ],
  [
    whole(
      `(?<a>add (?:an? |the )?(?:new )?(?:column|field) ${C}) (?:that|which) (?:is|holds|contains)(?: always)? (?<v>.+)`,
    ),
    ({ a, v }) => `${a} with value ${v}`,
  ],
  [whole(`(?<a>add) an? (?<c>${C}) (?:column|field) (?<v>with .+)`), ({ c, v }) => `add a column ${c} ${v}`],
  [
    whole(
      `use (?<v>"[^"]*"|'[^']*'|${N}) (?:where|when|if|for) (?:the )?(?<c>${C}) (?:is|are) (?:missing|null|empty|not set)`,
    ),
    ({ v, c }) => `fill missing ${c} with ${v}`,
  ],
  [
    whole(`lower-?case and trim (?<c>${CS})|trim and lower-?case (?<d>${CS})`),
    ({ c, d }) => [`trim ${c ?? d}`, `lowercase ${c ?? d}`],
  ],
];
