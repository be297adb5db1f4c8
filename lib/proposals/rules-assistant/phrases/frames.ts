import { parseIrType } from "#lib/ir/index.ts";
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
  /^(?:it|mode|load|target|this|that|them)$/i.test(id)
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
    ({ table, done: how = "", rest = "" }) => `for ${table}: ${LOADED[how.toLowerCase()]} ${rest}`.trim(),
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
    said("(no|not) {mode:m1}[ mode]?[ any more| anymore]?,?[ but| just| only| a| plain| simple]* {mode}"),
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
    said(
      "(?<dedup>deduplicate .+?|remove duplicates .+?|each .+ once),? (and )?(the )?(?<which>latest|newest|oldest|first|last) {col} (wins|counts|stays|survives|is kept|remains)",
    ),
    ({ dedup, which, col }) => `${dedup} keeping the ${which} by ${col}`,
  ],
  [
    said(
      "(each|every|one|a|any) {cols} (may|can|must|should)( show up| appear| occur| come| exist| be there)?( only)? once( only)?",
    ),
    ({ cols }) => `deduplicate on ${cols}`,
  ],
  [
    said(
      "(each|every|any) {cols} (may|can|must|should)( show up| appear| occur| come)?( only)? once( only)?,?( and)?( the)? (?<which>latest|newest|oldest) {col} (wins|counts|stays|survives|is kept|remains)",
    ),
    ({ cols, which, col }) => `deduplicate on ${cols} keeping the ${which} by ${col}`,
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
  [said("no duplicates?( on| of| in| for| by)? {cols}( please)?"), ({ cols }) => `${cols} must be unique`],
  [
    said(
      "{any:rule},? (anything|everything|all) else( ->| =>| goes| is| should go| should be)?( to| into)?( the)? (?<act>quarantine|drop|warn|abort|reject)(d|ped|ed)?",
    ),
    ({ rule, act }) =>
      `${/\b(?:must|should|has to|have to)\b/.test(rule ?? "") ? rule : (rule ?? "").replace(/^(\S+) /, "$1 must be ")}, ${act} otherwise`,
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

const SIGNS: readonly [RegExp, string][] = [
  [/ (?:times|multiplied by|x) /gi, " * "],
  [/ plus /gi, " + "],
  [/ minus /gi, " - "],
  [/ (?:divided by|over) /gi, " / "],
];
/** "quantity times price" with the signs that expressions are written with. */
const arithmetic = (text: string) => SIGNS.reduce((said, [word, sign]) => said.replace(word, sign), text);
