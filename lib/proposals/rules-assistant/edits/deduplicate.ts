import { CannotDo, type Recogniser } from "../draft.ts";
import { COLUMN, COLUMNS, columnName, columnNames, listed, THE_COLUMN, whole } from "../words.ts";
import { addOps } from "./transform.ts";

const ORDER = `(?: (?:by|ordered by|according to|based on|using) (?:the )?(?:latest |newest |oldest )?(?<order>${COLUMN}))?`;
const DEDUP = whole(
  `(?:(?:de-?dup(?:e|licate)?|deduplicate)(?: (?:the )?(?:rows|records|data|it))?|(?:remove|drop|delete|eliminate|filter out|get rid of) (?:the |any |all )?duplicates?(?: rows| records| orders| entries| lines| ones)?) (?:on|by|per|using|based on|for|over|with the same|in) ${THE_COLUMN}(?<keys>${COLUMNS})(?:,? (?:and )?(?:keep|keeping) (?:only )?(?:the )?(?<which>first|last|latest|newest|oldest|most recent)(?: (?:one|row|record|version))?${ORDER})?`,
);
const KEEP = whole(
  `(?:keep|take) only (?:the )?(?<which>first|last|latest|newest|oldest|most recent) (?:one|row|record|version) (?:per|for each|for every|of each|by) ${THE_COLUMN}(?<keys>${COLUMNS})${ORDER}`,
);

/** "deduplicate on id keeping the latest by updated_at", "remove duplicates by email". */
export const deduplicate: Recogniser = (clause) => {
  const { keys = "", which, order } = (DEDUP.exec(clause) ?? KEEP.exec(clause))?.groups ?? {};
  const names = columnNames(keys);
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
