import type { SourceNode, TargetNode } from "#lib/ir/schema.ts";
import { CannotDo, type Draft, inputsOf, type Recogniser, readersOf } from "../draft.ts";
import { COMMANDS, listed, whole } from "../words.ts";
import { addOps, isColumn } from "./transform.ts";

const NAME = "[\"'`]?[A-Za-z][\\w-]*(?:\\.[A-Za-z_]\\w*)?[\"'`]?";
const NAMES = `${NAME}(?:(?:, (?:and )?| and | & )${NAME})*`;
const EVERY =
  "(?:all|every|each)(?: (?:of )?(?:the |my |our )?(?:tables?|targets?|streams?|ones?|of them))?|everywhere";
const FRONT = whole(
  `(?:(?:for|in|on) (?:(?<every>${EVERY})|(?:the )?(?:targets?|tables?|streams?|nodes?) (?<a>${NAMES})|(?:the )?(?<b>${NAMES})(?: tables?| targets?| streams?)?)(?::|,)?|(?<c>${NAMES}):) (?<rest>.+)`,
);
const BACK = whole(
  `(?<rest>.+?),? (?:for|in|on|of|from|to)(?: (?:the )?(?:targets?|tables?|streams?))? (?:(?<every>${EVERY})|(?:the )?(?<b>${NAMES})(?: tables?| targets?| streams?)?)`,
);

/** Targets that a word names: by their id, their table, its last part, or the source that they alone read. */
export function lanesNamed(draft: Draft, word: string): TargetNode[] {
  const name = word.replace(/["'`]/g, "").toLowerCase();
  const targets = draft.ir.nodes.filter((node) => node.kind === "target");
  const is = (test: (target: TargetNode) => boolean) => targets.filter(test);
  for (const found of [
    is(({ id, schema }) => id === name || schema.toLowerCase() === name),
    is(({ schema }) => schema.toLowerCase().split(".").at(-1) === name),
    is((target) => {
      const source = sourceOf(draft, target);
      return (
        source !== undefined &&
        (source.id === name || ("stream" in source.config && source.config.stream.toLowerCase() === name))
      );
    }),
  ])
    if (found.length > 0) return found;
  return [];
}

/** The source of a target that reads one alone. */
export function sourceOf(draft: Draft, target: TargetNode): SourceNode | undefined {
  let input: string | undefined = target.input;
  for (let steps = 0; input !== undefined && steps <= draft.ir.nodes.length; steps++) {
    const node = draft.ir.nodes.find(({ id }) => id === input);
    if (!node) return undefined;
    if (node.kind === "source") return node;
    if (node.kind !== "transform" && node.kind !== "validate") return undefined;
    input = node.input;
  }
  return undefined;
}

/** "mask email in customers", "for orders and items: …", "… in every table": the same edit of the targets named. */
export function scoped(recognise: Recogniser): Recogniser {
  return (clause) => {
    for (const pattern of [FRONT, BACK]) {
      const { every, a, b, c, rest = "" } = pattern.exec(clause)?.groups ?? {};
      const names = (a ?? b ?? c)?.split(/, (?:and )?| and | & /);
      if (
        !rest ||
        (!names && !every) ||
        names?.some((name, at) => NO_NAME.test(name) || (at > 0 && COMMANDS.test(name)))
      )
        continue;
      const edit = recognise(rest.trim());
      if (!edit) continue;
      return (draft) => {
        const before = draft.target;
        const targets = every
          ? draft.ir.nodes.filter((node) => node.kind === "target")
          : (names ?? []).map((name) => oneLane(draft, name));
        const said = targets.map(({ id }) => {
          draft.target = id;
          return edit(draft);
        });
        // What follows means the table that was named first ("for orders: …"), not one named at the end.
        if (targets.length > 1 || pattern === BACK) draft.target = before;
        return said.join(" ");
      };
    }
    return undefined;
  };
}

/** Words that begin or end many a sentence and name no table there. */
const NO_NAME =
  /^["'`]?(?:it|this|that|them|these|those|the|a|an|all|any|every|each|only|just|please|pipeline|table|tables|target|source|data|rows?|do|does|don't|not|never|no|add|drop|remove|delete|mask|hash|redact|keep|load|run|make|set|change|use|upsert|append|truncate|rename|cast|convert|filter|null|quarantine|error|failure|time|day|week|month|hour|weekdays|weekends|demand)["'`]?$/i;

function oneLane(draft: Draft, name: string): TargetNode {
  const [target, second] = lanesNamed(draft, name);
  const all = draft.ir.nodes.filter((node) => node.kind === "target");
  const names = all.map(({ id, schema }) => `${id} (${schema})`).join(", ") || "none";
  if (!target) throw new CannotDo(`There is no target or table "${name}" here. There is: ${names}.`);
  if (second) throw new CannotDo(`"${name}" may mean ${listed([target.id, second.id])}: name one of them.`);
  return target;
}

const STOP = whole(
  `(?:stop|no longer|do not|don't|quit) (?:load|loading|sync|syncing|import|importing|copy|copying|include|including|read|reading|keep|keeping) (?<kind>(?:the )?(?:tables? |columns? |fields? )?)(?<names>${NAMES})(?<after> tables?| columns?)?(?: any ?more| any longer)?|` +
    `(?:remove|take out|exclude|leave out|drop|delete) (?:the )?(?:tables?|streams?) (?<b>${NAMES})(?: (?:from|out of) (?:this|the) (?:pipeline|load|sync))?|` +
    `(?:remove|take|exclude|leave|drop|delete) (?:the )?(?:table )?(?<c>${NAMES})(?: table)? (?:from|out of) (?:this|the) (?:pipeline|load|sync)`,
);

/** "stop loading order_items", "remove the table products": its target, and what only that one needs. */
export const removeTable: Recogniser = (clause) => {
  const groups = STOP.exec(clause)?.groups;
  const { kind = "", after = "", names, b, c } = groups ?? {};
  const words = (names ?? b ?? c)?.split(/, (?:and )?| and | & /);
  if (!words || words.some((word) => NO_NAME.test(word) || /^everything|anything$/i.test(word)))
    return undefined;
  const asTable = Boolean(b ?? c) || /table/i.test(kind + after);
  const asColumn = /column|field/i.test(kind + after);
  return (draft) => words.map((word) => removeOne(draft, word, { asTable, asColumn })).join(" ");
};

function removeOne(draft: Draft, word: string, said: { asTable: boolean; asColumn: boolean }): string {
  const lanes = said.asColumn ? [] : lanesNamed(draft, word);
  const targets = draft.ir.nodes.filter((node) => node.kind === "target");
  const single = targets.length === 1;
  const column = !said.asTable && single && isColumn(draft, word) === true;
  if (column && (lanes.length === 0 || said.asColumn)) {
    addOps(draft, "drop", (resolve) => [{ op: "drop", fields: [resolve(word)] }]);
    return `Drops ${word}.`;
  }
  const target = oneLane(draft, word);
  if (single)
    throw new CannotDo(`${target.schema} is all that this pipeline loads: delete the pipeline by its menu.`);
  let input: string | undefined = target.id;
  while (input !== undefined) {
    const node = draft.ir.nodes.find(({ id }) => id === input);
    if (!node || readersOf(draft, node.id).length > 0) break;
    draft.ir.nodes = draft.ir.nodes.filter(({ id }) => id !== node.id);
    const inputs = inputsOf(node).map((one) => one.split(":")[0]);
    input = inputs.length === 1 ? inputs[0] : undefined;
  }
  if (draft.target === target.id) delete draft.target;
  return `No longer loads ${target.schema}; the table itself stays as it is.`;
}
