import { parseIrType, zoneOf } from "#lib/ir/index.ts";
import { DONE, LOADED } from "../lexicon.ts";
import { said } from "../say.ts";
import type { Phrase } from "./phrase.ts";

const done = Object.keys(DONE).join("|");
const loaded = Object.keys(LOADED).join("|");
const MUST = "({must}|can|may|is to|are to|to)";
const ROWS = "(rows|records|lines|entries|orders|ones|items|everything|anything|those|all)";
const verb = (word = "") => DONE[word.toLowerCase()] ?? word;
const gerund = (word: string) =>
  ({ mask: "masking", hash: "hashing", cast: "casting", drop: "dropping" })[word];
/** What is asked of one table, or of the target where it is only called so. */
const asLane = (id = "", asked: string) =>
  /^(?:it|mode|load|target|table|rows|data|this|that|them|they)$/i.test(id)
    ? asked
    : /^(?:schedule|from)$/i.test(id)
      ? undefined
      : `for ${id}: ${asked}`;
/** A type as the casts take it, or nothing where it is none. */
const type = (text = "") => (parseIrType(text).ok ? text : undefined);

/** The sentences in which people put what the edits understand as a command. */
export const FRAMES: readonly Phrase[] = [
  // Said of a column or a table: what should be done to it
  [
    said(
      `[the ]{cols}[ columns?]? ${MUST} be (?<done>${done})[ (?<rest>(by|on|to|into|with|at|as|completely|partially).+)]`,
    ),
    ({ cols, done: how, rest = "" }) => `${verb(how)} ${cols} ${rest}`.trim(),
  ],
  [
    said(`[the ][table ]{table}[ table]? ${MUST} be (?<done>${loaded})[ (?<rest>(by|on|with) .+)]`),
    ({ table, done: how = "", rest = "" }) => asLane(table, `${LOADED[how.toLowerCase()]} ${rest}`.trim()),
  ],
  [
    said(
      `[the ]{cols} (no longer (needs?|has|have) to be|(does not|doesn't|do not|don't) (need|have) to be|{must} no longer be|is no longer|are no longer) (?<done>${done})`,
    ),
    ({ cols, done: how }) => {
      const word = gerund(verb(how));
      return word && `stop ${word} ${cols}`;
    },
  ],
  [said("(unmask|un-mask|unhide) [the ]{cols}"), ({ cols }) => `stop masking ${cols}`],
  [
    said(
      "[the ]{cols} (is|are) (?:pii|personal|personal data|sensitive)[,]?[ and| so]?[ please]? {any:rest}",
    ),
    ({ cols, rest = "" }) => rest.replace(/\b(?:both|them|it|those)\b/i, cols ?? ""),
  ],
  [
    said(
      "(?<a>mask|hash|drop|redact|trim|lowercase|uppercase) (?:both |all )?(?:of )?(?:the )?(?:columns )?{cols} (?:both|columns)",
    ),
    ({ a, cols }) => `${a} ${cols}`,
  ],
  // How it is loaded
  [
    said(
      "[use |switch to |change to |do |make it ]?(an? )?upsert[ (instead of|not|over) {mode}]?[,| and]?[ with| where]?[ the| its]?[ primary| unique]? key[ column]?[ is| are| =|:| should be]? {cols}",
    ),
    ({ cols }) => `upsert on ${cols}`,
  ],
  [
    said(
      "[(do not|don't) {mode:m1}(ing)?[ any more| anymore]?,?( but| and)? |not {mode:m2},?( but)? ]{mode}[ the table]?[ {any:rest}]",
    ),
    ({ m1, m2, mode, rest = "" }) => ((m1 ?? m2) === undefined ? undefined : `${mode} ${rest}`.trim()),
  ],
  [
    said(
      "(no|not) {mode:m1}[ mode]?[ any more| anymore]?,?[ but| just| only| a| plain| simple]* {mode}[ only]?",
    ),
    ({ mode }) => mode,
  ],
  [
    said(
      "(use|switch to|change to|do|make it)[ a| an| plain| simple]* {mode} instead of {mode:former}[ on {any}]",
    ),
    ({ mode, any }) => (any ? undefined : mode),
  ],
  [
    said("(switch|change|move)[ it| the load mode| the mode]? from {mode:former} to {mode}[ {any:rest}]"),
    ({ mode, rest = "" }) => `${mode} ${rest}`.trim(),
  ],
  [
    said("(switch|change|set) [the |target |table ]*{id} to {mode}[ {any:rest}]"),
    ({ id, mode, rest = "" }) => asLane(id, `${mode} ${rest}`.trim()),
  ],
  [
    said("make [the |table ]?{id} {mode}[ only| mode]?"),
    ({ id, mode }) => (/^(?:it|this|that|them)$/i.test(id ?? "") ? mode : `for ${id}: ${mode}`),
  ],
  [
    said("(match|find) rows by {cols} and (update|replace|overwrite) (them|existing ones|what is there)"),
    ({ cols }) => `upsert on ${cols}`,
  ],
  [
    said("[only |just ]*[the |load ]*new (rows|records|data|entries|ones)[ only| please]?,? by {col}"),
    ({ col }) => `load only new rows by ${col}`,
  ],
  [
    said(
      "(write|load|save|put) (it |them |the data |everything )?(in|into|to) (?<table>\\w+\\.\\w+) instead of [the ][table ]?{table:former}",
    ),
    ({ table }) => `write to ${table} instead`,
  ],
  // Rows
  [
    said(
      `(i|we) (want|need|only want|only need) (only|just)? ?(the )?${ROWS} (?<rest>(where|with|whose|that|in) .+)`,
    ),
    ({ rest }) => `keep only rows ${rest}`,
  ],
  [
    said(
      `(only|just|keep|keep only|load only|only keep|only load) (the )?${ROWS} (with|having|that have|of)[ a| an| the]? {col} (of )?(?<rest>.+)`,
    ),
    ({ col, rest }) => `keep only rows where ${col} ${/^\d|^'|^"/.test(rest ?? "") ? `is ${rest}` : rest}`,
  ],
  [
    said(`(only|just|keep|keep only) (the )?${ROWS} (?<rest>where .+)`),
    ({ rest }) => `keep only rows ${rest}`,
  ],
  [
    said(
      `(remove|drop|filter out|delete) (all |any |the )?${ROWS} (where|with|having|that have|whose)[ a| an| the]? {col} (of )?(?<rest>.+)`,
    ),
    ({ col, rest }) => `remove rows where ${col} ${/^\d|^'|^"/.test(rest ?? "") ? `is ${rest}` : rest}`,
  ],
  [said("(remove|filter out) [the ]{col} {text}"), ({ col, text }) => `remove rows where ${col} is ${text}`],
  [
    said(
      "(?<v>remove|drop|filter out|only|keep|keep only) (the )?(\\w+ )?(rows|orders|records|entries|ones)( please)?,? (i\\.?e\\.?|that is|meaning|namely|in other words|so)[,]?( those| rows)?( where| with)? {any:when}",
    ),
    ({ v = "", when }) => `${/^(?:remove|drop|filter)/i.test(v) ? "remove" : "keep only"} rows where ${when}`,
  ],
  [
    said(`(keep|load|take|include)( only)? (the )?${ROWS} (with|having) {col} (?<a>.+ or .+)`),
    ({ col, a }) => `keep only rows where ${col} is ${a}`,
  ],
  [
    said(
      "(only keep|keep only|keep|only|just)( the)? {col} (?<rest>(>|<|=|!|is |in |not in |between |above |below ).+)",
    ),
    ({ col, rest }) => `keep only rows where ${col} ${rest}`,
  ],
  [
    said("(only keep|keep only|keep|only|load only|just)( rows)?( where| with)? (?<when>.+) instead"),
    ({ when }) => `change the filter to ${when}`,
  ],
  [
    said("(the |let the |make the )?filter (should be|must be|be|is now|to):? {any:when}"),
    ({ when }) => `change the filter to ${when}`,
  ],
  // Columns
  [
    said("rename( the)?( columns?)?( as follows)?:? {col:a} (->|=>|to|as) {col:b}"),
    ({ a, b }) => `rename ${a} to ${b}`,
  ],
  [
    said("rename( the)?( columns?)?( as follows)?:? {any:pairs}"),
    ({ pairs = "" }) =>
      pairs.includes("->") || pairs.includes("=>")
        ? `rename ${pairs.replace(/\s*[-=]>\s*/g, " to ")}`
        : undefined,
  ],
  [said("call [the ]{col:a} {col:b}( instead)?"), ({ a, b }) => `rename ${a} to ${b}`],
  [
    said("[the ]{cols} {must} be( a| an| of type)? {any:to}"),
    ({ cols, to }) => type(to) && `cast ${cols} to ${to}`,
  ],
  [said("[the ]{cols} (as|to)( a| an)? {any:to}"), ({ cols, to }) => type(to) && `cast ${cols} to ${to}`],
  [
    said(
      "[the ]{col} (comes|arrives|is read|is stored|is) as (text|a string|string|a text),?( but)?( we| i)?( need| want)( it)?( as| to be)?( a| an)? {any:to}",
    ),
    ({ col, to }) => type(to) && `cast ${col} to ${to}`,
  ],
  [
    said(
      "(?<cast>(cast|convert) .+?),? (if|when|where) (it|that|this|a value|one|they|values?) (does not|doesn't|do not|don't|cannot|can't|is not|fails to|fail to|fails)( be)?( parse| parsed| convert| converted| cast| work| fit| possible| valid)?,?( then)? (set (it|them) to|make (it|them)|use|put|take|becomes?|it becomes|send (it|them) to|to)? ?(?<how>null|quarantine)",
    ),
    ({ cast, how }) =>
      how === "null" ? `${cast}, null if it fails` : `${cast} and quarantine rows when it fails`,
  ],
  [
    said("{col:name} (=|:=) {any:value}( as an?( new)? column)"),
    ({ name, value }) => `add a column ${name} = ${value}`,
  ],
  [
    said("(a )?new column( called| named)? {col:name}(:| =| as| is| with)? {any:value}"),
    ({ name, value = "" }) => `add a column ${name} = ${arithmetic(value)}`,
  ],
  [
    said("(?<a>(add|compute|calculate|derive) .+ = )(?<b>.+)"),
    ({ a, b = "" }) => (arithmetic(b) === b ? undefined : `${a}${arithmetic(b)}`),
  ],
  [
    said("(copy|duplicate|make a copy of|clone) {col} (to|into|as|in) {col:to}"),
    ({ col, to }) => `add a column ${to} = (${col})`,
  ],
  [
    said("(?<how>md5|sha-?256)( hash)?( of| the| on)*( column)? {cols}"),
    ({ how, cols }) => `hash ${cols} with ${how}`,
  ],
  [
    said("fill( in| up)? (the )?{cols} (with|by) {value}"),
    ({ cols, value }) => `fill missing ${cols} with ${value}`,
  ],
  [
    said("{col} (null|nulls|missing|empty) (->|=>|becomes?|to|should be) {value}"),
    ({ col, value }) => `fill missing ${col} with ${value}`,
  ],
  [
    said("{cols} (to|with) {n} (decimals?|decimal places|digits)"),
    ({ cols, n }) => `round ${cols} to ${n} decimals`,
  ],
  // Checks
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
  // Without a verb
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
  [said("{cols} (->|=>) {any:to}"), ({ cols, to }) => type(to) && `cast ${cols} to ${to}`],
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
  // Where and when
  [said("(?<every>every|each|all) tables?: {any:rest}"), ({ rest }) => `for every table: ${rest}`],
  [
    said(
      "((run|do|start|make|move|have|schedule) (it|this|that)( run)?( to)?,? )?at {clock} (instead of|not)( at)? {clock:former}",
    ),
    ({ clock }) => `run it at ${clock}`,
  ],
  [
    said(
      "(the )?(target|target table|output table|destination table|output)(:| is| =| should be| to be)+ (?<table>\\w+\\.\\w+)",
    ),
    ({ table }) => `change the table to ${table}`,
  ],
  [
    said(
      "(change|set|rename|switch|move|point) (the )?(target|target table|output table|destination table|table|output|table name)( name)? (to|at|into) (?<table>\\w+\\.\\w+)",
    ),
    ({ table }) => `change the table to ${table}`,
  ],
  [
    said(
      "(store|put|save|write|load|dump) (it|them|the data|the rows|everything|the result) (in|into|to|as) (?<table>\\w+\\.\\w+)( instead| from now on)?",
    ),
    ({ table }) => `change the table to ${table}`,
  ],
  [
    said(
      "(overwrite|replace|refresh)( the)? (everything|it|what is there|what was there( before)?|the data|old data|the old data|previous data|all data|the contents?)|overwrite",
    ),
    () => "truncate",
  ],
  [said("(do not|don't|never) {former},?( but)?( just| only)? {mode}( instead)?"), ({ mode }) => mode],
  [said("{mode} instead of {former}( it| the table| everything)?"), ({ mode }) => mode],
  [said("(load mode:? )?upsert \\({cols}\\)"), ({ cols }) => `upsert on ${cols}`],
  [said("(the )?key( should be| is|:) {cols},? (upsert|merge)( mode)?"), ({ cols }) => `upsert on ${cols}`],
  [
    said(
      "update( the)? existing( rows| ones| orders)? (by|on|with) {cols}(,| and)* insert( the)? (others|rest|new ones|new rows|new)",
    ),
    ({ cols }) => `upsert on ${cols}`,
  ],
  [said("(run it |load it )?every (other|second) hour"), () => "run it every 2 hours"],
  [said("(run it )?(?<n>\\d{1,2}) o'clock (?<rest>.+)"), ({ n, rest }) => `run it at ${n} ${rest}`],
  [
    said("(run it )?(2 times|twice)( a| per| each)? (day|daily),? at {n} and( at)? {n:m}"),
    ({ n, m }) => `run it every day at ${n} and ${m}`,
  ],
  [
    said("(?<when>.+), (?<zone>[A-Z][\\w/]+(?: [A-Z]\\w+)?)"),
    ({ when, zone = "" }) => (zoneOf(zone) ? `${when} in ${zone}` : undefined),
  ],
  [said("(each|every|the) (run|load) {must} {any:rest}"), ({ rest }) => rest],
  [
    said("(the )?destination( should be| is| must be|:| =)? {id}"),
    ({ id }) => `write to the ${id} destination`,
  ],
  [
    said("(use|take|set) (the )?{id}( destination| database)? as( the)? destination"),
    ({ id }) => `write to the ${id} destination`,
  ],
  [
    said(
      "(use|switch to|do|make it|have|run)( an?| the)? upsert (load|mode|loads|runs?)? ?(keyed )?(on|by|with)?( the)?( key)? {cols}",
    ),
    ({ cols }) => `upsert on ${cols}`,
  ],
  [said("(have|let|make) (it|this|the load) {mode}( only)?"), ({ mode }) => mode],
  [
    said(
      "(the )?{id} (goes|writes|loads|should go|should write|should load|must go)( now)? (to|into)( the table)? (?<table>\\w+\\.\\w+)( now| instead| from now on)?",
    ),
    ({ id, table }) => asLane(id, `change the table to ${table}`),
  ],
  [
    said(
      "(the )?({id}|source file|input file|file path) (reads|should read|must read|is now|points to|should be|takes)( from)?( now)?( the file)? (?<path>\\.?/\\S+)",
    ),
    ({ path }) => `change the source file to ${path}`,
  ],
  [
    said("(use|take) (?<path>\\.?/\\S+) as( the| its)? (source|input)( file)?( instead)?"),
    ({ path }) => `change the source file to ${path}`,
  ],
  [
    said("point (the )?({id}|source file|input) (at|to) (?<path>\\.?/\\S+)"),
    ({ path }) => `change the source file to ${path}`,
  ],
  // What is no longer wanted
  [
    said(
      "(we |i )?(don't|do not|no longer) (need|want)( the)?( table)? {table}( any ?more| any longer| in (this|the) pipeline)?",
    ),
    ({ table }) => `stop loading ${table}`,
  ],
  [
    said(
      "no( more)? (?<what>filter|filtering|mask|masking|hash|hashing|check|checks)( on| of| for)? {cols}( any ?more| any longer)?",
    ),
    ({ what = "", cols }) => `remove the ${what.replace(/ing$/, "")} on ${cols}`,
  ],
  [
    said(
      "(no|without( a| any)?) schedule( any ?more| any longer| at all)?|(stop|no( more)?|end|turn off|switch off|disable)( the| all)? (automatic|scheduled|regular) runs?(?<a>)",
    ),
    () => "remove the schedule",
  ],
];

/** ", otherwise drop" as the rules take it. */
const orElse = (rest = "") => rest.replace(/^,? (?:else|otherwise|or) (.+)$/i, ", $1 otherwise");
const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "not" };

const SIGNS: readonly [RegExp, string][] = [
  [/ (?:times|multiplied by|x) /gi, " * "],
  [/ plus /gi, " + "],
  [/ minus /gi, " - "],
  [/ (?:divided by|over) /gi, " / "],
];
/** "quantity times price" with the signs that expressions are written with. */
const arithmetic = (text: string) => SIGNS.reduce((said, [word, sign]) => said.replace(word, sign), text);
