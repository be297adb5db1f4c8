import { said } from "../../say.ts";
import { type Phrase, typeNamed } from "../phrase.ts";

const ROWS = "(rows|records|lines|entries|orders|ones|items|everything|anything|those|all)";
/** ", otherwise drop" as the rules take it. */
const orElse = (rest = "") => rest.replace(/^,? (?:else|otherwise|or) (.+)$/i, ", $1 otherwise");
const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "not" };

/** What must hold, and what is said without a verb. */
export const CHECK_FRAMES: readonly Phrase[] = [
  [
    said("(make sure|ensure|check)( that)? (there are|we have) no duplicates?( of| on| in| for)? {cols}"),
    ({ cols }) => `${cols} must be unique`,
  ],
  [
    said("(make sure|ensure|check)( that)? (there are|we have) no duplicate {cols}"),
    ({ cols }) => `${cols} must be unique`,
  ],
  [
    said(
      "{any:rule},? (anything|everything|all) else( ->| =>| goes| is| should go| should be)?( to| into)?( the)? (?<act>quarantine|drop|warn|abort|reject)(d|ped|ed)?",
    ),
    ({ rule = "", act }) =>
      `${/\b(?:must|should|has to|have to)\b/.test(rule) ? rule : rule.replace(/^(\S+) /, "$1 must be ")}, ${act} otherwise`,
  ],
  [
    said(
      "{any:rule},? (and )?(?<act>quarantine|drop|warn about|reject|discard)( the)?( bad| other| wrong| invalid)? (ones|rows|others|rest|values)",
    ),
    ({ rule = "", act = "" }) => `${rule}, ${act.replace(" about", "")} otherwise`,
  ],
  [
    said(
      "{col} {must} (look like|be like|contain|hold) an? (?<kind>(valid )?(email|url|uuid|date)(?: address)?)(?<rest>,.+)?",
    ),
    ({ col, kind, rest = "" }) =>
      `${col} must be a ${/valid/.test(kind ?? "") ? "" : "valid "}${kind}${rest}`,
  ],
  [
    said(
      "[the ]data (must|should|may|can) not be older than {any:age}(,| ;)? (by|look at|looking at|see|measured by|check|on|in) {col}",
    ),
    ({ age = "", col }) => `${col} must not be older than ${age}`,
  ],
  [
    said(
      "{col} {must} be (fresh|recent|up to date|current)[,:;]? (max|maximum|at most|not older than|no older than|within)( of)? (?<age>\\w+ \\w+?)( old)?",
    ),
    ({ col, age }) => `${col} must not be older than ${age}`,
  ],
  [
    said(
      "(add|create|set up) an? (check|rule|validation) (to|for|on|in)( the)?( table| column)? (?<about>\\w+):? {any:rule}",
    ),
    ({ about, rule }) => [`for ${about}: ${rule}`],
  ],
  [said("remove the {col} (rule|check|validation)s?"), ({ col }) => `remove the check on ${col}`],
  [
    said("remove the {col} (?<what>mask|filter|hash|cast)"),
    ({ col, what }) => `remove the ${what} on ${col}`,
  ],
  [
    said(
      "{cols}[ is| are| should be| needs to be]? (?<what>not null|never null|not empty|never empty|required|mandatory|unique)(?<rest>,? (?:else|otherwise|or) .+)?",
    ),
    ({ cols, what = "", rest = "" }) =>
      `${cols} must be ${what.replace("never", "not")}${/unique/i.test(what) ? rest : orElse(rest)}`,
  ],
  [
    said(
      "{col} (?<what>(>=|<=|>|<|at least|at most|above|below|between) .+?)(?<rest>,? (?:else|otherwise|or) .+)",
    ),
    ({ col, what, rest }) => `${col} must be ${what}${orElse(rest)}`,
  ],
  [
    said("{col} (?<what>at (most|least) \\d+ (chars|characters|letters))"),
    ({ col, what }) => `${col} must have ${what}`,
  ],
  [
    said("[the ]length of {col} {must} be[ exactly]? (?<n>\\d+)"),
    ({ col, n }) => `${col} must have ${n} characters`,
  ],
  [
    said("[the ]length of {col} {must} be (?<what>at (most|least) \\d+)"),
    ({ col, what }) => `${col} must have ${what} characters`,
  ],
  [
    said("{col} (only|can only be|is always) (?<list>.+ or .+)"),
    ({ col, list }) => `${col} must be one of ${list}`,
  ],
  [
    said("(the )?(allowed|valid|permitted|possible) values (for|of) {col}( are)?:? (?<list>.+)"),
    ({ col, list }) => `${col} must be one of ${list}`,
  ],
  [said("(validate|verify) [the ]{cols}"), ({ cols }) => `${cols} must be valid`],
  [
    said(
      "rows (?<which>(?:without|with|where|whose) .+?) (should )?(go|are put|be put|are sent|be sent|are moved)( in| to| into)+( the)? quarantine",
    ),
    ({ which }) => `quarantine rows ${which}`,
  ],
  [
    said(
      "rows (?<which>(?:without|with|where|whose) .+?) (should be|are to be|must be|can be) (?<how>dropped|removed|quarantined|rejected|left out|skipped)",
    ),
    ({ which, how = "" }) => `${/^(?:quar|rej)/i.test(how) ? "quarantine" : "remove"} rows ${which}`,
  ],
  [
    said("quarantine rows (with|where) {col} (?<sign><|>|<=|>=|=) ?(?<n>-?\\d[\\d.,]*)"),
    ({ col, sign = "", n }) => `${col} must be ${OPPOSITE[sign]} ${n}`,
  ],
  [
    said("remove rows with (a )?(?<what>negative|null|missing|empty|zero) {col}"),
    ({ col, what }) => `remove rows where ${col} is ${/zero/i.test(what ?? "") ? "0" : what}`,
  ],
  [
    said("remove (the |any |all )?(?<what>negative|zero) {col}"),
    ({ col, what }) => `remove rows where ${col} is ${/zero/i.test(what ?? "") ? "0" : what}`,
  ],
  [
    said(
      `(?<v>remove|keep only|only|keep|only keep) ${ROWS} (?<side>newer|later|older|earlier) than (?<date>\\d{4}-\\d\\d-\\d\\d),? (by|in|on|of|using)( the)? {col}`,
    ),
    ({ v = "", side = "", date, col }) =>
      `${/remove/i.test(v) ? "remove" : "keep only"} rows where ${col} ${/new|lat/i.test(side) ? ">" : "<"} '${date}'`,
  ],
  [
    said("[a ]?freshness( check)? (on|of|for) {col}(:| of| max| at most|,)+ (?<age>\\w+ \\w+)"),
    ({ col, age }) => `${col} must not be older than ${age}`,
  ],
  [
    said(
      "[the ]{cols} (isn't|aren't|is not|are not|is no longer|are no longer) (needed|wanted|used|necessary|required)( any ?more)?",
    ),
    ({ cols }) => `drop the columns ${cols}`,
  ],
  [
    said(
      "(we|i) (won't|will not|do not|don't|no longer) (need|use|want)( the)? {cols}( any ?more| any longer)?",
    ),
    ({ cols }) => (/,| and /.test(cols ?? "") ? `drop the columns ${cols}` : `stop loading ${cols}`),
  ],
  [said("{cols} (->|=>) {any:to}"), ({ cols, to }) => typeNamed(to) && `cast ${cols} to ${to}`],
  [
    said(
      "(strip|trim)( leading and trailing| surrounding| leading| trailing| the| all)? (white ?space|blanks|spaces) (from|in|off|around|of) {cols}",
    ),
    ({ cols }) => `trim ${cols}`,
  ],
  [
    said("(set|put|turn|change|make) {cols}( all)?( to| into| in)? (?<fn>lowercase|uppercase)"),
    ({ cols, fn }) => `${fn} ${cols}`,
  ],
  [
    said(
      "(empty|missing|null|blank) {col} (should|must|shall|has to|can|may)? ?(become|becomes|be|be set to|be replaced (by|with)|turn into|->) {value}",
    ),
    ({ col, value }) => `fill missing ${col} with ${value}`,
  ],
];
