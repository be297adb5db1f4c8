import { zoneOf } from "#lib/ir/index.ts";
import { said } from "../../say.ts";
import { ofTable, type Phrase } from "../phrase.ts";

/** How rows are loaded, where and when. */
export const LOAD_FRAMES: readonly Phrase[] = [
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
    ({ id, mode, rest = "" }) => ofTable(id, `${mode} ${rest}`.trim()),
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
    ({ id, table }) => ofTable(id, `change the table to ${table}`),
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
];
