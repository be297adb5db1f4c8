import { conditionOf, looksLikeCondition } from "../condition.ts";
import { CannotDo, columnOf, columnsInto, type Recogniser, targetOf } from "../draft.ts";
import { COLUMNS, columnExpression, columnNames, listed, THE_COLUMN, whole } from "../words.ts";
import { addOps, isColumn, opsBefore } from "./transform.ts";

const CHANGE = whole(
  "(?:change|set|switch|replace) the filter (?:to|by|with|into|so that)(?: (?:rows )?where)? (?<a>.+)",
);

/** "change the filter to quantity >= 10": where there is one filter, in its place. */
const changeFilter: Recogniser = (clause) => {
  const text = CHANGE.exec(clause)?.groups?.a;
  if (!text || !looksLikeCondition(text)) return undefined;
  return (draft) => {
    const filters = opsBefore(draft).filter((op) => op.op === "filter");
    const [op] = filters;
    if (!op || filters.length > 1)
      throw new CannotDo(
        `There ${op ? `are ${filters.length} filters` : "is no filter"} before ${targetOf(draft).id}.`,
      );
    const known = columnsInto(draft, targetOf(draft).input);
    const has = (word: string) => known?.some(({ name }) => name === word) ?? false;
    const expr = conditionOf(text, { resolve: (word) => columnOf(draft, targetOf(draft).input, word), has });
    if (!expr) throw new CannotDo(`"${text}" can be read in more than one way. Put texts in quotes.`);
    const before = op.expr;
    op.expr = expr;
    return `Keeps only rows where ${expr}, instead of ${before}.`;
  };
};

const ROWS = "(?:the |all |any |those )?(?:rows?|records?|lines?|orders|entries|ones)";
const WHERE = "(?:where|when|in which|for which|whose|with|having|that have|if)";
const KEEP = whole(
  `(?:(?:only )?(?:keep|load|take|include|retain|want) (?:only )?(?:${ROWS} )${WHERE} (?:the )?(?<a>.+)|only ${ROWS} ${WHERE} (?<b>.+)|(?:add a filter|filter)(?: (?:it|them|the data))?(?: (?:to|by|on|for|so that|down to))?(?: ${ROWS})?(?: ${WHERE})? (?<c>.+)|only (?:keep|load|take|include) (?:it |them )?(?:where|if|when) (?<d>.+)|(?:i |we )?only (?:need|want|care about) (?:${ROWS} )${WHERE} (?<e>.+))`,
);
const OUT = whole(
  `(?:remove|drop|exclude|discard|skip|ignore|delete|filter out|leave out|throw away) (?:${ROWS} )${WHERE} (?:the |an? )?(?<a>.+)`,
);

const LACKING = whole(
  `(?<verb>remove|drop|exclude|discard|skip|ignore|delete|filter out|leave out|throw away) (?:${ROWS} )(?:with|having|that have|without|with no|where) (?:an? |the |no )?(?:(?:null|missing|empty|blank|no) )?${THE_COLUMN}(?<list>${COLUMNS})(?: values?)?`,
);

/** "drop rows with missing email", "remove rows without a country". */
const lacking: Recogniser = (clause) => {
  const names = columnNames(LACKING.exec(clause)?.groups?.list ?? "");
  if (!names || !/\b(?:null|missing|empty|blank|without|no)\b/i.test(clause)) return undefined;
  return (draft) => {
    let fields: string[] = [];
    addOps(draft, "filter", (column) => {
      fields = names.map(column);
      return fields.map((field) => ({ op: "filter", expr: `${columnExpression(field)} is not null` }));
    });
    return `Leaves out rows without ${listed(fields)}.`;
  };
};

/** "keep only rows where amount > 0", "remove rows where status is cancelled". */
export const filter: Recogniser = (clause) => {
  const without = lacking(clause) ?? changeFilter(clause);
  if (without) return without;
  const out = OUT.exec(clause)?.groups?.a;
  const keep = KEEP.exec(clause)?.groups;
  const text = out ?? keep?.a ?? keep?.b ?? keep?.c ?? keep?.d ?? keep?.e;
  if (!text || (!out && /^out\b/i.test(text)) || !looksLikeCondition(text)) return undefined;
  return (draft) => {
    let sentence = "";
    addOps(draft, "filter", (resolve) => {
      const condition = conditionOf(text, { resolve, has: (word) => isColumn(draft, word) === true });
      if (!condition) throw new CannotDo(`"${text}" can be read in more than one way. Put texts in quotes.`);
      const expr = out ? negated(condition) : condition;
      sentence = out
        ? `Leaves out rows where ${condition}.`
        : `Keeps only rows where ${condition}; the others are counted as filtered.`;
      return [{ op: "filter", expr }];
    });
    return sentence;
  };
};

/** Rows for which the condition is unknown stay: it was said which ones go. */
function negated(condition: string): string {
  const isNull = /^("[^"]+"|\w+) is (not )?null$/i.exec(condition);
  if (isNull) return `${isNull[1]} is ${isNull[2] ? "" : "not "}null`;
  return `coalesce(not (${condition}), true)`;
}
