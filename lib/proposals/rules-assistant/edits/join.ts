import type { IrNode, TargetNode } from "#lib/ir/schema.ts";
import {
  CannotDo,
  columnOf,
  columnsInto,
  type Draft,
  freeId,
  nodeBefore,
  type Recogniser,
  targetOf,
} from "../draft.ts";
import { heard, said } from "../say.ts";
import { columnName, columnNames, listed } from "../words.ts";
import { lanesNamed } from "./lanes.ts";

const HOW = "(?<how>inner|left|right|full|outer|full outer|left outer)";
const ON =
  "(on|by|via|matching|where)[ the]?[ columns?| key]? {col:left}( ?=+ ?| equals | matches | with )?{name:right}?";
const JOIN = [
  said(`${HOW}? ?[join|combine|merge][ the]? {id:a} (with|to|and|and also)[ the]? {id:b} ${ON}`),
  said(`${HOW}? ?join (it|them|this|that)? ?(with|to)?[ the]? ?{id:b} ${ON}`),
];
const LOOK_UP = [
  said(
    `(look up|bring in|add|take|get|fetch|pull|enrich (it|the rows|the data) with)[ the]? {cols} (from|of|out of|in)[ the]? {id:b}[ to[ the]? {id:a}]?[,]? ${ON}`,
  ),
  said(`enrich[ the]? {id:a} with[ the]? {cols} (from|of|out of)[ the]? {id:b}[,]? ${ON}`),
];

/** "join orders with stores on country": every row of the first, with what fits of the second. */
export const join: Recogniser = (clause) => {
  if (!/\bjoin\b/i.test(clause)) return undefined;
  const groups = heard(JOIN, clause);
  if (!groups || ["a", "b"].some((one) => NO_NODE.test(groups[one] ?? ""))) return undefined;
  const { a, b = "", how = "left" } = groups;
  return (draft) => {
    const target = a === undefined ? targetOf(draft) : laneOf(draft, a);
    const { node, on } = partner(draft, target, b, groups);
    const kind = /^(?:full|outer)/i.test(how)
      ? "full"
      : (how.toLowerCase().split(" ")[0] as "inner" | "left" | "right");
    const id = freeId(draft, `with_${b}`);
    draft.ir.nodes.push({ id, kind: "join", left: target.input, right: node.id, on: [on], how: kind });
    target.input = id;
    draft.target = target.id;
    const rows = {
      left: "every row stays",
      right: `every row of ${b} stays`,
      inner: "only rows with a partner stay",
      full: "every row of both stays",
    };
    return `Joins ${target.schema} with ${node.id} on ${on.left} = ${on.right}; ${rows[kind]}.`;
  };
};

/** "add region from stores by country": columns of another node, found by a key. */
export const lookUp: Recogniser = (clause) => {
  const groups = heard(LOOK_UP, clause);
  const names = columnNames(groups?.cols ?? "");
  if (!groups || !names || ["a", "b"].some((one) => NO_NODE.test(groups[one] ?? ""))) return undefined;
  const { a, b = "" } = groups;
  return (draft) => {
    const target = a === undefined ? targetOf(draft) : laneOf(draft, a);
    const { node, on } = partner(draft, target, b, groups);
    const select = names.map((name) => columnOf(draft, node.id, name));
    nodeBefore(draft, target, "transform", "look_up").ops.push({
      op: "lookup_join",
      with: node.id,
      on: [on],
      select,
    });
    return `Adds ${listed(select)} from ${node.id}, found by ${on.left} = ${on.right}.`;
  };
};

const NO_NODE = /^(?:the|a|an|it|this|that|file|table|column|source|data|rows|another|other)$/i;

function laneOf(draft: Draft, word: string): TargetNode {
  const [lane, second] = lanesNamed(draft, word);
  if (lane && !second) return lane;
  const targets = draft.ir.nodes.filter((node) => node.kind === "target");
  const [only] = targets;
  const isIt = /^(?:orders|rows|it|data)$/i.test(word) && targets.length === 1;
  if (only && isIt) return only;
  throw new CannotDo(
    `There is no table "${word}" here. There is: ${targets.map(({ schema }) => schema).join(", ") || "none"}.`,
  );
}

/** The other node, and the columns that must be equal. @throws CannotDo */
function partner(draft: Draft, target: TargetNode, word: string, said: Record<string, string>) {
  const node = otherNode(draft, word);
  const input = target.input;
  const left = columnOf(draft, input, columnName(said.left ?? "") ?? "");
  const right = said.right ?? left;
  const known = columnsInto(draft, node.id);
  const found = known && columnOf(draft, node.id, right);
  return { node, on: { left, right: found ?? right } };
}

/** The node that a word names: by its id, or what is loaded into the table of that name. */
function otherNode(draft: Draft, word: string): IrNode {
  const named = draft.ir.nodes.find(({ id, kind }) => id === word.toLowerCase() && kind !== "target");
  if (named) return named;
  const [lane, second] = lanesNamed(draft, word);
  const input = lane && !second ? lane.input.split(":")[0] : undefined;
  const node = draft.ir.nodes.find(({ id }) => id === input);
  if (node) return node;
  throw new CannotDo(
    `Nothing here is called "${word}": a join needs a node that is read already. Add its ingestion first.`,
  );
}
