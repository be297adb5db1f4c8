import { whole } from "#lib/ir/index.ts";
import { looksSecret } from "../redact-message.ts";
import { resolveSelection } from "../resolve-selection.ts";
import type { Setup, SetupEvent } from "../state.ts";
import { unquoted } from "./pairs.ts";

const INCREMENTAL =
  "(?:incremental(?:ly)?|only (?:what is |what's )?(?:new|changes|changed)(?: rows)?|append only|inkrementell)";
const FULL =
  "(?:full[ -]?refresh|full(?:y)?(?: load| sync| copy)?|complete(?:ly)?(?: load| reload)?|everything each time|(?:everything|all rows|the whole (?:table|thing)) (?:each|every) time|from scratch each time|reload(?:ed)?(?: everything)?|overwrite|replace|komplett|vollständig)";
const VERB = "(?:(?:make|set|sync|load|use|do|keep|read|take|put|change|switch|refresh|copy|run) )?";
const LIST = "(.+?)";
const COLUMN = "(\"[^\"]+\"|'[^']+'|`[^`]+`|[\\p{L}_][\\p{L}\\p{N}_$]*)";
const BY = "(?:by|on|using|with|via|along|through|nach|über)(?: (?:the )?(?:cursor|column|field))?";
const LINK = "(?:as |to |with |in |via |is |are |be |should be |a |an )*";
const MODE = "(?: ?(?:sync|mode|load|refresh))?";

const u = (pattern: string) => new RegExp(whole(pattern).source, "iu");
const FORMS: readonly [RegExp, (parts: (string | undefined)[]) => Wish][] = [
  [
    u(`${VERB}${INCREMENTAL}${MODE} (?:for|of|on) ${LIST} ${BY} ${COLUMN}`),
    ([list, column]) => ({ list, mode: "incremental", column }),
  ],
  [
    u(`${VERB}${LIST} ${LINK}${INCREMENTAL}${MODE},? ${BY} ${COLUMN}`),
    ([list, column]) => ({ list, mode: "incremental", column }),
  ],
  [u(`${VERB}${INCREMENTAL}${MODE},? ${BY} ${COLUMN}`), ([column]) => ({ mode: "incremental", column })],
  [u(`${VERB}${INCREMENTAL}${MODE} (?:for|of|on) ${LIST}`), ([list]) => ({ list, mode: "incremental" })],
  [u(`${VERB}${LINK}${INCREMENTAL}${MODE}`), () => ({ mode: "incremental" })],
  [u(`${VERB}${LIST} ${LINK}${INCREMENTAL}${MODE}`), ([list]) => ({ list, mode: "incremental" })],
  [
    u(
      `(?:use|take|set) ${COLUMN} (?:as|to be) (?:the )?(?:cursor|cursor (?:field|column))(?: (?:for|of) ${LIST})?`,
    ),
    ([column, list]) => ({ list, mode: "incremental", column }),
  ],
  [
    u(`(?:the )?cursor(?: field| column)?(?: (?:for|of) ${LIST})? (?:is|should be|to|=) ${COLUMN}`),
    ([list, column]) => ({ list, mode: "incremental", column }),
  ],
  [
    u(`(?:use|take|set|change)(?: the)? cursor(?: field| column)? ${COLUMN}(?: (?:for|of) ${LIST})?`),
    ([column, list]) => ({ list, mode: "incremental", column }),
  ],
  [
    u(`${VERB}${LINK}(?:the )?${FULL}${MODE}(?: (?:for|of|on) ${LIST})?`),
    ([list]) => ({ list, mode: "full_refresh" }),
  ],
  [u(`${VERB}${LIST} ${LINK}(?:the )?${FULL}${MODE}`), ([list]) => ({ list, mode: "full_refresh" })],
];

type Wish = { list?: string; mode: "incremental" | "full_refresh"; column?: string };
const EVERY = whole(
  "all(?: of them| tables| streams| of those)?|everything|them(?: all)?|it|each|every (?:table|stream)|those|these|both|the tables?|alle|todos|todas|tous|toutes",
);

/** Reads how streams are kept: "orders incremental by updated_at", "full refresh for all". */
export function readSync(setup: Setup, text: string): SetupEvent | undefined {
  if (text.length > 600) return undefined;
  for (const [form, read] of FORMS) {
    const found = form.exec(text);
    if (!found) continue;
    const { list, mode, column } = read(found.slice(1));
    const streams = list === undefined || EVERY.test(list) ? undefined : streamsOf(setup, list);
    if (list !== undefined && !EVERY.test(list) && !streams) continue;
    return {
      type: "set_sync",
      ...(streams && { streams }),
      syncMode: mode,
      ...(column && { cursorField: unquoted(column) }),
    };
  }
  return undefined;
}

/** The chosen streams that a list names; undefined if one of them is none. */
function streamsOf(setup: Setup, list: string): string[] | undefined {
  const names = setup.picked.map(({ name }) => name);
  const single = resolveSelection({ by: "names", names: [list] }, names);
  if (single.names.length > 0) return single.names;
  const wanted = list
    .replace(/^(?:the|tables?|streams?) /i, "")
    .split(/\s*(?:,|;|&|\band\b|\bund\b|\by\b|\bet\b)\s*(?:and )?(?:the )?/i)
    .map((part) => unquoted(part.trim().replace(/\s+(?:tables?|streams?)$/i, "")))
    .filter(Boolean);
  const found = resolveSelection({ by: "names", names: wanted }, names);
  return wanted.length > 0 && found.unknown.length === 0 ? found.names : undefined;
}

const TABLE = "([\\w$]+(?:\\.[\\w$]+)?)";
const INTO = [
  u(`(?:put|load|write|send|copy|map) ${LIST} (?:in)?to (?:the )?(?:table )?${TABLE}`),
  u(`${LIST} (?:goes|should go|must go|shall go|go) (?:in)?to (?:the )?(?:table )?${TABLE}`),
  u(`(?:call|name|rename) ${LIST} (?:to |as )?(?:the table )?${TABLE}`),
  u(`${LIST} ?(?:→|->|=>) ?${TABLE}`),
];
const SCHEMA = u(
  "(?:(?:use|load|write|put|put (?:it|them|everything|all)|load (?:it|them|everything|all)|write (?:it|them|everything|all)|change|set|make|everything|all|them)? ?)?(?:(?:in)?to |in )?(?:the )?(?:(?:target|destination|warehouse|output) schema(?: to| is| should be| =|:)?|(?:(?:in)?to|in) (?:the )?schema) [\"'`]?([\\w$]+)[\"'`]?",
);
const WAREHOUSE = u(
  "(?:(?:use|put (?:it|them|everything)|load (?:it|them|everything)|write (?:it|them|everything)|send (?:it|them)) )?(?:(?:in)?to )?(?:the )?(?:built-?in )?warehouse",
);
const DESTINATION = u(
  "(?:(?:use|put (?:it|them|everything)|load (?:it|them|everything)|write (?:it|them|everything)|send (?:it|them)|change|set) )?(?:(?:in)?to )?(?:the )?destination(?: to| is| should be| =|:)? [\"'`]?([\\w-]+)[\"'`]?",
);
const TITLE = u(
  "(?:call|name|title|rename) (?:it|this|the (?:connection|source|pipeline))(?: to| as)?:? [\"'`]?(.{1,100}?)[\"'`]?|(?:the |its )?(?:title|name)(?: of (?:it|the (?:connection|source|pipeline)))?(?: is| should be|:| to) [\"'`]?(.{1,100}?)[\"'`]?|(?:nenne|nenn) es [\"'`]?(.{1,100}?)[\"'`]?",
);

/** Reads where rows go and what the connection is called. */
export function readTarget(setup: Setup, text: string): SetupEvent | undefined {
  if (text.length > 300) return undefined;
  const title = TITLE.exec(text)?.slice(1).find(Boolean);
  if (title) return looksSecret(title) ? undefined : { type: "set_title", title };
  const schema = SCHEMA.exec(text)?.[1];
  if (schema) return { type: "set_destination", schema };
  if (WAREHOUSE.test(text)) return { type: "set_destination", destination: "" };
  const destination = DESTINATION.exec(text)?.[1];
  if (destination) return { type: "set_destination", destination };
  for (const form of INTO) {
    const [, list, table] = form.exec(text) ?? [];
    const streams = list ? streamsOf(setup, list) : undefined;
    if (streams?.length === 1 && table) return { type: "set_sync", streams, table };
  }
  return undefined;
}
