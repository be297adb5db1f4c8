import type { LoadMode } from "#lib/ir/schema.ts";
import { requireLoad } from "../capable.ts";
import { CannotDo, columnOf, type Draft, type Recogniser, targetOf } from "../draft.ts";
import { COLUMNS, columnNames, listed, THE_COLUMN, whole } from "../words.ts";
import { readNew, readWhole, tableSourceOf } from "./incremental.ts";

const LEAD =
  "(?:(?:use|switch to|set|change|make|do|with|in|using|by|as)? ?(?:the |an |a |its )?(?:load mode|mode|target|it|loading)?(?: of \\w+)?(?: from \\w+)? ?(?:to|to be|be|is|an|a|as|=|:)? ?)?";
const ROWS = "(?: (?:the |new |all |incoming )?(?:rows|data|records|it))?";
const KEY = `(?:on|by|using|with|keyed (?:on|by)|with key|with the key|on key|on the key|matching on) ${THE_COLUMN}(?<key>${COLUMNS})(?: as (?:the )?key)?`;
const UPSERT = whole(
  `${LEAD}(?:upsert|upserts|upserting|merge|merging)(?: mode)?${ROWS}(?: (?:into it|instead of append(?:ing)?))?,? ?(?:${KEY})?(?: instead)?`,
);
const KEYS = whole(
  `(?:use ${THE_COLUMN}(?<a>${COLUMNS}) as (?:the )?(?:upsert |primary )?key|(?:the )?(?:upsert |primary )?key(?: should be| is|:| to)? ${THE_COLUMN}(?<b>${COLUMNS})|set (?:the )?(?:upsert )?key to ${THE_COLUMN}(?<c>${COLUMNS}))`,
);
const MORE_KEY = whole(`add ${THE_COLUMN}(?<key>${COLUMNS}) to (?:the |its )?(?:upsert |primary )?key`);
const APPEND = whole(
  `${LEAD}append(?:ing|s)?(?: mode| only)?${ROWS}(?: to the table)?(?: each (?:time|run))?(?: instead)?`,
);
const TRUNCATE = whole(
  `(?:${LEAD}(?:truncate|truncating)(?: mode)?(?: and (?:re)?load)?(?: the table)?|(?:(?:do|make|use|switch to|change to) )?(?:it )?(?:a )?full (?:refresh|reload)|(?:replace|overwrite|empty|truncate|reload) (?:the )?(?:whole |entire |target )?(?:table|contents|rows|everything|it)(?: and reload)?)(?: (?:each|every) (?:time|run|load)| on (?:each|every) (?:run|load)| before (?:each |every )?(?:loading|load|run))?(?: instead)?`,
);
const WATERMARK = whole(
  `(?:${LEAD}(?:incremental|incrementally|incremental[ _]watermark)(?: load(?:ing)?| mode)?|load incrementally|(?:only )?(?:load|take|read) (?:only )?(?:the )?(?:new(?:er)? (?:rows|records|data|ones|orders|entries|items|events)|(?:rows|records|data) newer)(?: (?:than|since) (?:the )?last (?:time|run|load))?) (?:on|by|using|with|based on|according to)(?: watermark)? ${THE_COLUMN}(?<column>${COLUMNS})(?: as (?:the )?watermark)?`,
);
const NEW_ROWS = whole(
  `(?:${LEAD}(?:incremental|incrementally)(?: load(?:ing)?| mode)?|load (?:it )?incrementally|(?:only )?(?:load|take|read) (?:only )?(?:the )?(?:new(?:er)? (?:rows|records|data|ones|orders|entries|items|events)|(?:rows|records|data) newer)(?: (?:than|since) (?:the )?last (?:time|run|load))?)`,
);
const WHOLE = "(?: (?:each|every) (?:time|run|load)| on (?:each|every) (?:run|load))?(?: instead)?";
const OVER = `(?:(?:switch|move|change|set|convert) (?:the |this |its )?(?:target|table|load|loading|load mode|it) (?:over )?(?:to|into) |${LEAD})`;
const BLUE_GREEN = whole(
  `${OVER}blue[ _-]?green(?: mode| load| loading| loads| swaps?| deployments?)?(?: for (?:it|the table|this table))?${WHOLE}|` +
    `(?:load|fill|build|write)(?: it| them| everything| the rows)? (?:into|in|as) (?:a |the )?(?:new|fresh|second|shadow|staging) table(?: beside (?:it|the old one|the table))? and (?:then )?(?:swap|exchange)(?: (?:it|them|the tables|both|the two))?(?: in| over)?${WHOLE}|`,
);
const CHANGES = "(?:changes|the changes|all changes|every change|inserts, updates and deletes)";
const BY_LOG = "(?:cdc|change data capture|(?:logical )?replication|(?:its|the) change log|the binlog)";
const MIRROR = whole(
  `${OVER}(?:cdc(?:[ _-]?mirror)?|change data capture)(?: mode| load| loading)?${WHOLE}|` +
    `(?:mirror|replicate|follow|stream|capture|apply|copy|sync)(?: (?:it|the table|this table|the source|${CHANGES}))?(?: (?:of|from|in) (?:it|the table|the source|the database))? (?:with|by|using|through|via|from) ${BY_LOG}${WHOLE}`,
);

/** "upsert on id", "append", "replace the table each time", "incremental on updated_at". */
export const loadMode: Recogniser = (clause) => {
  const upsert = UPSERT.exec(clause);
  if (upsert) {
    const given = upsert.groups?.key;
    const keys = given ? columnNames(given) : [];
    return keys && ((draft) => setUpsert(draft, keys));
  }
  const named = KEYS.exec(clause)?.groups;
  const keys = columnNames(named?.a ?? named?.b ?? named?.c ?? "");
  if (keys) return (draft) => setKey(draft, keys);
  if (APPEND.test(clause)) return (draft) => setMode(draft, "append", "appends its rows");
  if (TRUNCATE.test(clause)) {
    return (draft) =>
      setMode(draft, "truncate", "empties the table and loads it anew, in one transaction, at each run");
  }
  const more = columnNames(MORE_KEY.exec(clause)?.groups?.key ?? "");
  if (more) {
    return (draft) => setKey(draft, [...new Set([...(targetOf(draft).upsertKey ?? []), ...more])]);
  }
  const column = columnNames(WATERMARK.exec(clause)?.groups?.column ?? "");
  if (column?.length === 1) return (draft) => setWatermark(draft, column[0] ?? "");
  if (NEW_ROWS.test(clause)) {
    return () => {
      throw new CannotDo('New by which column? Say, for instance, "load only new rows by updated_at".');
    };
  }
  if (BLUE_GREEN.test(clause)) {
    const does = "fills a new table beside the old one and puts it in its place, in one transaction";
    return (draft) => setMode(draft, "blue_green", does);
  }
  return MIRROR.test(clause) ? setMirror : undefined;
};

function setMode(draft: Draft, mode: LoadMode, does: string): string {
  const target = targetOf(draft);
  requireLoad(draft, target, mode);
  target.loadMode = mode;
  delete target.upsertKey;
  delete target.watermarkColumn;
  const source = tableSourceOf(draft, target);
  if ((mode === "truncate" || mode === "blue_green") && source) readWhole(source, target);
  if (mode !== "truncate") delete target.allowEmpty;
  return `${target.id} ${does}.`;
}

/** A mirror takes what is new from the log, not by a column. */
function setMirror(draft: Draft): string {
  const target = targetOf(draft);
  requireLoad(draft, target, "cdc_mirror");
  const source = tableSourceOf(draft, target);
  if (source) readWhole(source, target);
  target.loadMode = "cdc_mirror";
  delete target.watermarkColumn;
  delete target.allowEmpty;
  return `${target.id} takes inserts, updates and deletes from the change log of ${source?.id ?? "its source"}.`;
}

function setUpsert(draft: Draft, words: string[]): string {
  const target = targetOf(draft);
  requireLoad(draft, target, "upsert");
  const keys = words.length > 0 ? words.map((word) => columnOf(draft, target.input, word)) : target.upsertKey;
  if (!keys?.length) throw new CannotDo('An upsert needs a key: say, for instance, "upsert on id".');
  target.loadMode = "upsert";
  target.upsertKey = keys;
  delete target.watermarkColumn;
  delete target.allowEmpty;
  return `${target.id} inserts new rows and updates those with the same ${listed(keys)}.`;
}

function setKey(draft: Draft, words: string[]): string {
  const target = targetOf(draft);
  // The key of a table that the same message adds says how it is loaded.
  if (target.loadMode !== "upsert" && draft.before.has(target.id)) {
    throw new CannotDo(
      `${target.id} loads by ${target.loadMode}, which has no key. Say "upsert on ${words.join(", ")}".`,
    );
  }
  return setUpsert(draft, words);
}

function setWatermark(draft: Draft, word: string): string {
  const target = targetOf(draft);
  const source = tableSourceOf(draft, target);
  if (source) return readNew(source, target, columnOf(draft, target.input, word));
  requireLoad(draft, target, "incremental_watermark");
  target.loadMode = "incremental_watermark";
  target.watermarkColumn = columnOf(draft, target.input, word);
  delete target.upsertKey;
  return `${target.id} loads only rows whose ${target.watermarkColumn} is greater than the greatest so far.`;
}
