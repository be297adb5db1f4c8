import { CannotDo, type Recogniser } from "../draft.ts";
import { heard, said } from "../say.ts";
import { columnName, columnNames, listed } from "../words.ts";
import { addOps } from "./transform.ts";

const WHICH = "(?<which>first|last|latest|newest|oldest|most recent)";
const ONE = "[ (one|row|record|version|entry)]?";
const ROWS = "[ (rows|records|orders|entries|lines|ones|data|it|everything)]?";
const KEYS = "[the ][columns? |fields? |key ]{cols}[ columns?]";
/** Which rows are one and the same. */
const SAME = [
  `(de-?dup|de-?dupe|deduplicate)[ the]?${ROWS}[,]? (on|by|per|with|using|based on|for|over|with the same|in)? ?[the same ]?${KEYS}`,
  `(remove|drop|delete|eliminate|filter out|get rid of)[ the| any| all]? duplicates?${ROWS} (on|by|per|with|using|based on|for|over|with the same|in) ${KEYS}`,
  `[keep |take |load ]?[only |just ]?one (row|record|order|entry|version) (per|for each|for every) ${KEYS}`,
  `(each|every|any|an?) ${KEYS} (may|can|must|should)[ only]?[ show up| appear| occur| come| exist| be there]?[ only| exactly]? once[ only]?`,
];
/** The column that tells which of them stays. */
const BY =
  "[ (by|ordered by|according to|based on|using|of|in)[ the]?[ latest| newest| oldest]?]? {col:order}";
const STAYS = `[,]? (and |so )*(keep|keeping|take|taking|use|with|where)? ?[only ]?[the ]?${WHICH}${ONE}[${BY}]?[ (wins|counts|stays|survives|is kept|remains)]?`;
const PATTERNS = [
  ...SAME.map((same) => said(same)),
  ...SAME.map((same) => said(`${same}[ please]?${STAYS}`)),
  said(`(keep|take|load)[ only]? the ${WHICH}${ONE} (per|for each|for every|of each|by) ${KEYS}[${BY}]?`),
  said(`only the ${WHICH}${ONE} (per|for each|for every|of each) ${KEYS}[${BY}]?`),
];

/** "deduplicate on id keeping the latest by updated_at", "one row per id, newest updated_at wins". */
export const deduplicate: Recogniser = (clause) => {
  const { cols = "", which, order } = heard(PATTERNS, clause) ?? {};
  const names = columnNames(cols);
  const orderName = order === undefined ? undefined : columnName(order);
  if (!names || (order && !orderName)) return undefined;
  const keep = which && /last|latest|newest|recent/i.test(which) ? "last" : "first";
  return (draft) => {
    if (which && !/^(first|last)$/i.test(which) && !orderName) {
      throw new CannotDo(
        `The ${which} by which column? Say, for instance, "keeping the ${which} by updated_at".`,
      );
    }
    let found: string[] = [];
    addOps(draft, "deduplicate", (column) => {
      found = names.map(column);
      return [{ op: "deduplicate", keys: found, keep, ...(orderName ? { orderBy: column(orderName) } : {}) }];
    });
    return `Keeps the ${keep} row of those with the same ${listed(found)}${orderName ? `, ordered by ${orderName}` : ", in order of arrival"}.`;
  };
};
