import type { DatasetLevel } from "#lib/ir/schema.ts";
import { CannotDo, columnOf, type Draft, nodeBefore, type Recogniser, targetOf } from "../draft.ts";
import {
  COLUMN,
  COLUMNS,
  columnName,
  columnNames,
  listed,
  NUMBER,
  numberOf,
  THE_COLUMN,
  whole,
} from "../words.ts";

const DO =
  "(?:(?:add (?:a |an )?(?:validate node|validation|check|dataset check|row count check)(?: node)? (?:that |to |which )?)?(?<act>abort|fail|stop|cancel|warn|alert)s?(?: (?:the |this )?(?:run|load|pipeline|me|it))?(?: (?:when|if|on|whenever|in case))? ?)";
const COUNT = `(?<n>${NUMBER}|no|zero)`;
const ARRIVE =
  "(?: (?:arrive|come in|come|are (?:read|loaded|there|found|received|present)|in the (?:file|data|input)))?";
const ROWS = "(?:rows?|records?|lines?)";
const FEWER = whole(
  `${DO}(?:there are |we (?:get|have|receive|see) |it has |the file has )?(?:fewer than|less than|under|below|<) ${COUNT} ${ROWS}${ARRIVE}`,
);
const NONE = whole(
  `${DO}(?:there are |we (?:get|have|receive) |it (?:is|has) |the (?:file|input|source) is )?(?:no ${ROWS}${ARRIVE}|empty)`,
);
const MORE = whole(
  `${DO}(?:there are |we (?:get|have|receive|see) |it has |the file has )?(?:more than|over|above|>) ${COUNT} ${ROWS}${ARRIVE}`,
);
const UNLESS = whole(
  `(?<act>abort|fail|stop|warn|alert)(?: (?:the )?(?:run|load))? unless (?:there are )?(?:at least|>=) ${COUNT} ${ROWS}${ARRIVE}`,
);
const EXPECT = whole(
  `(?:expect|require|there (?:must|should) be|we need|make sure (?:that )?there are|ensure (?:that )?there are|check (?:that )?there are)(?: (?:(?<least>at least|a minimum of)|(?<most>at most|no more than)|between)) ${COUNT}(?: and (?<m>${NUMBER}))? ${ROWS}${ARRIVE}`,
);
const UNIT = "(?<unit>minutes?|mins?|hours?|hrs?|days?|weeks?)";
const STALE = whole(
  `${DO}(?:the )?(?:newest |latest |most recent |last )?${THE_COLUMN}(?<column>${COLUMN})(?: value)? is older than (?<age>${NUMBER}|an|a|one) ${UNIT}`,
);
const FRESH = whole(
  `(?:the )?(?:newest |latest |most recent )?${THE_COLUMN}(?<column>${COLUMN})(?: value)? (?:must|should|may|can)(?: not|not) be older than (?<age>${NUMBER}|an|a|one) ${UNIT}(?:,? (?:otherwise |else |or )?(?<act>abort|warn|fail))?`,
);
const DUPLICATES = whole(
  `(?:${DO}(?:there are |any )?duplicates?(?: (?:keys?|rows|values))?(?: (?:in|on|of|for|by))? ${THE_COLUMN}(?<a>${COLUMNS})(?: (?:exist|values?|arrive|appear|is duplicated))?|${DO.replaceAll("?<act>", "?<act2>")}${THE_COLUMN}(?<c>${COLUMNS}) (?:is|are) (?:not unique|duplicated))`,
);
const UNIQUE = whole(
  `(?:(?:make sure|ensure|check|verify)(?: that)? )?${THE_COLUMN}(?<b>${COLUMNS}) (?:must be|should be|has to be|have to be|is|are|needs to be) unique(?:,? (?:otherwise |else |or )?(?:just |only )?(?<act>abort|warn|fail|stop)(?: (?:the )?(?:run|load|me))?(?: otherwise| if not)?)?`,
);
const DISTINCT = whole(
  `(?:${DO}(?:there are )?(?<sign>fewer|less|more) than ${COUNT} (?:distinct|different|unique) (?:values (?:of|in) )?${THE_COLUMN}(?<column>${COLUMN})(?: values)?)`,
);

const BOUND = whole(
  `(?:raise|lower|change|set|increase|decrease|reduce|move) the (?<m>minimum|maximum|lower limit|upper limit)(?: (?:row count|number of rows|rows))?(?: check)? to (?<n>${NUMBER})(?: rows)?`,
);
const SOFTER = whole(
  "(?:(?:only|just) )?(?<act>warn|abort|stop|fail)(?: me)? (?:about|on|for|over) the (?:row ?count|number of rows)(?: check)?(?: instead)?",
);

/** "raise the minimum to 500 rows", "only warn about the row count": of the check that stands there. */
const changeCount: Recogniser = (clause) => {
  const { m, n } = BOUND.exec(clause)?.groups ?? {};
  const act = SOFTER.exec(clause)?.groups?.act;
  if (!act && (m === undefined || !Number.isInteger(amount(n)))) return undefined;
  return (draft) => {
    const target = targetOf(draft);
    const standing = draft.ir.nodes.find(({ id }) => id === target.input);
    const level = standing?.kind === "validate" ? standing.datasetLevel?.rowCount : undefined;
    if (!level) throw new CannotDo(`There is no row count check right before ${target.id}.`);
    if (act) level.onFail = onFailOf(act);
    else if (/^(?:max|upper)/i.test(m ?? "")) level.max = amount(n);
    else level.min = amount(n);
    const { min, max, onFail = "abort" } = level;
    const bounds = [
      min === undefined ? "" : `fewer than ${min}`,
      max === undefined ? "" : `more than ${max}`,
    ];
    return `The check ${effect(onFail)} when ${bounds.filter(Boolean).join(" or ")} rows arrive.`;
  };
};

type OnFail = "abort" | "warn";
const onFailOf = (word: string | undefined): OnFail =>
  word && /^(?:warn|alert)/i.test(word) ? "warn" : "abort";
const effect = (onFail: OnFail) => (onFail === "warn" ? "warns" : "aborts");

/** "abort when fewer than 100 rows arrive", "order_id must be unique", "warn if updated_at is older than 2 hours". */
export const datasetCheck: Recogniser = (clause) =>
  changeCount(clause) ?? rowCount(clause) ?? freshness(clause) ?? cardinality(clause) ?? duplicateKey(clause);

const rowCount: Recogniser = (clause) => {
  const fewer = (FEWER.exec(clause) ?? UNLESS.exec(clause))?.groups;
  if (fewer) return countCheck(fewer.act, { min: amount(fewer.n) });
  const none = NONE.exec(clause)?.groups;
  if (none) return countCheck(none.act, { min: 1 });
  const more = MORE.exec(clause)?.groups;
  if (more) return countCheck(more.act, { max: amount(more.n) });
  const expected = EXPECT.exec(clause)?.groups;
  if (!expected) return undefined;
  const [n, m] = [amount(expected.n), amount(expected.m)];
  if (expected.least) return expected.m ? undefined : countCheck(undefined, { min: n });
  if (expected.most) return expected.m ? undefined : countCheck(undefined, { max: n });
  return expected.m ? countCheck(undefined, { min: n, max: m }) : undefined;
};

const amount = (text: string | undefined) => (/^(no|zero)$/i.test(text ?? "") ? 0 : numberOf(text ?? ""));

export function countCheck(act: string | undefined, bounds: { min?: number; max?: number }) {
  if (![bounds.min, bounds.max].every((n) => n === undefined || (Number.isInteger(n) && n >= 0)))
    return undefined;
  return (draft: Draft): string => {
    const onFail = onFailOf(act);
    set(draft, (level) => {
      level.rowCount = { ...level.rowCount, ...bounds, onFail };
    });
    const words = [
      ...(bounds.min === undefined ? [] : [`fewer than ${bounds.min}`]),
      ...(bounds.max === undefined ? [] : [`more than ${bounds.max}`]),
    ];
    return `A check ${effect(onFail)} when ${words.join(" or ")} rows arrive.`;
  };
}

const MINUTES: Record<string, number> = { m: 1, h: 60, d: 1440, w: 10_080 };

const freshness: Recogniser = (clause) => {
  const { column = "", age = "", unit = "", act } = (STALE.exec(clause) ?? FRESH.exec(clause))?.groups ?? {};
  const name = columnName(column);
  if (!column || !name) return undefined;
  const maxAgeMinutes =
    (/^(an?|one)$/i.test(age) ? 1 : numberOf(age)) * (MINUTES[unit.charAt(0).toLowerCase()] ?? 1);
  return (draft) => {
    const onFail = onFailOf(act);
    const field = set(draft, (level, resolve) => {
      const found = resolve(name);
      level.freshness = { field: found, maxAgeMinutes, onFail };
      return found;
    });
    return `A check ${effect(onFail)} when the newest ${field} is older than ${maxAgeMinutes} minutes.`;
  };
};

const cardinality: Recogniser = (clause) => {
  const { column = "", sign = "", n, act } = DISTINCT.exec(clause)?.groups ?? {};
  const name = columnName(column);
  if (!column || !name || !Number.isInteger(amount(n))) return undefined;
  const bound = /more/i.test(sign) ? { max: amount(n) } : { min: amount(n) };
  return (draft) => {
    const onFail = onFailOf(act);
    const field = set(draft, (level, resolve) => {
      const found = resolve(name);
      level.cardinality = { field: found, ...bound, onFail };
      return found;
    });
    return `A check ${effect(onFail)} when ${field} has ${sign.toLowerCase()} than ${amount(n)} distinct values.`;
  };
};

const duplicateKey: Recogniser = (clause) => {
  const { a, b, c, act, act2 } = (DUPLICATES.exec(clause) ?? UNIQUE.exec(clause))?.groups ?? {};
  const names = columnNames(a ?? b ?? c ?? "");
  if (!names) return undefined;
  return (draft) => {
    const onFail = onFailOf(act ?? act2);
    const fields = set(draft, (level, resolve) => {
      const found = names.map(resolve);
      if (level.duplicateKey && level.duplicateKey.fields.join() !== found.join()) {
        throw new CannotDo(
          `There is a check for duplicates of ${listed(level.duplicateKey.fields)} already; a node has one.`,
        );
      }
      level.duplicateKey = { fields: found, onFail };
      return found;
    });
    return `A check ${effect(onFail)} when two rows have the same ${listed(fields)}.`;
  };
};

/** Changes the dataset checks of the validate node before the target, putting one there if there is none. */
function set<T>(draft: Draft, change: (level: DatasetLevel, resolve: (word: string) => string) => T): T {
  const target = targetOf(draft);
  const input = target.input;
  const level: DatasetLevel = {};
  // Columns first: a name that is wrong must leave no empty node behind.
  change(level, (word) => columnOf(draft, input, word));
  const node = nodeBefore(draft, target, "validate", "validate");
  node.datasetLevel ??= {};
  return change(node.datasetLevel, (word) => columnOf(draft, input, word));
}
