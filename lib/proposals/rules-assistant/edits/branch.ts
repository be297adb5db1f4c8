import { parseTableName } from "#lib/ir/index.ts";
import type { TargetNode } from "#lib/ir/schema.ts";
import { conditionOf, looksLikeCondition } from "../condition.ts";
import { CannotDo, columnOf, freeId, type Recogniser, targetOf } from "../draft.ts";
import { heard, said } from "../say.ts";
import { isColumn } from "./transform.ts";

const ROWS = "[all |the ]?(rows|records|orders|entries|ones|those|data)";
const REST =
  "[,]?[ and| while| but]?[ the]? (?<rest>rest|others?|remaining rows|remainder|everything else|anything else|all others|all other rows|other rows)( stays?| stay| remains?| should stay| goes on as before| as before| keeps going| is unchanged)[ (where (it is|they are)|here|in place|as (it is|they are))]?[ now| as before]?";
const REST_TO =
  "[,]?[ and| while| but]?[ the]? (rest|others|remaining rows|everything else|all others|other rows)( goes?| go)? (to|into)[ the]?[ table]? {table:rest}";
const BRANCH = [
  said(
    `(route|send|direct|divert|move|write) ${ROWS} (where|with|whose|in which|that have)[ the| a]? {any:when} (to|into)[ the]?[ table]? {table}${REST_TO}`,
  ),
  said(
    `(route|send|direct|divert|branch off|split off|move|write) ${ROWS} (where|with|whose|in which|that have)[ the| a]? {any:when} (to|into)[ the]?[ table]? {table}${REST}`,
  ),
  said(
    `(route|send|direct|divert|branch off|split off|move|write) ${ROWS} (where|with|whose|in which|that have)[ the| a]? {any:when} (to|into)[ the]?[ table]? (?<table>\\w+\\.\\w+)`,
  ),
  said(
    `${ROWS} (where|with|whose)[ the| a]? {any:when} (should )?(go|are written|be written|be routed) (to|into)[ the]?[ table]? {table}${REST}`,
  ),
];

/** "route rows where country = 'DE' to sales.orders_de, the rest stays": a branch, and a target like the one there is. */
export const branch: Recogniser = (clause) => {
  const groups = heard(BRANCH, clause);
  const { when = "", table = "" } = groups ?? {};
  if (!groups || !parseTableName(table) || !looksLikeCondition(when)) return undefined;
  return (draft) => {
    const target = targetOf(draft);
    if (!groups.rest)
      throw new CannotDo(
        `And the other rows? Say, for instance, "…, the rest stays" to load them into ${target.schema} as before.`,
      );
    if (groups.rest.includes(".") && groups.rest !== target.schema)
      throw new CannotDo(
        `The others would go to ${target.schema} as before: change that table first, then branch.`,
      );
    const has = (word: string) => isColumn(draft, word) === true;
    const expr = conditionOf(when, { resolve: (word) => columnOf(draft, target.input, word), has });
    if (!expr) throw new CannotDo(`"${when}" can be read in more than one way. Put texts in quotes.`);
    const name = table.split(".").at(-1) ?? table;
    const id = freeId(draft, "by_case");
    const output = name.toLowerCase().replace(/[^a-z0-9_]/g, "_");
    draft.ir.nodes.push({
      id,
      kind: "branch",
      input: target.input,
      cases: [{ id: output, when: expr }],
      default: "rest",
    });
    target.input = `${id}:rest`;
    const twin: TargetNode = {
      ...structuredClone(target),
      id: freeId(draft, `load_${name}`),
      input: `${id}:${output}`,
      schema: table,
    };
    draft.ir.nodes.push(twin);
    return `Loads rows where ${expr} into ${table}, in the same way as ${target.schema}, which gets the others.`;
  };
};
