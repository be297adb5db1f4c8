import { columnsAfter } from "#lib/ir/index.ts";
import type { Column, IrNode, PipelineIr, TargetNode } from "#lib/ir/schema.ts";
import type { PromptDocument } from "../prompt-document.ts";
import { pluralsOf } from "./names.ts";
import { nearestWord } from "./spelling.ts";

/** What the assistant cannot or will not do, in words for the user. Nothing is changed then. */
export class CannotDo extends Error {}

/** What several targets could be meant by. */
export class AmbiguousTarget extends CannotDo {
  readonly targets: readonly string[];
  constructor(targets: readonly TargetNode[]) {
    const names = targets.map((node) => `${node.id} (${node.schema})`).join(", ");
    const [first] = targets;
    super(
      `There are several targets, ${names}: say which one, for instance "for ${first?.id}: …", or "… in every table".`,
    );
    this.targets = targets.map(({ id }) => id);
  }
}

/** The document while edits are made to it, and what the edits may know. */
export type Draft = {
  ir: PipelineIr;
  isNew: boolean;
  /** Ids of the nodes that stood there before the message. */
  before: ReadonlySet<string>;
  known: Pick<PromptDocument, "files" | "columns" | "destinations" | "sources" | "mentions">;
  /** Old id → new id of renamed nodes. */
  renamed: Map<string, string>;
  /** The rules that the edit before added, by the node that holds them. */
  ruled?: { nodeId: string; ids: readonly string[] };
  /** True once an edit has set or removed the schedule. */
  scheduled?: boolean;
  /** Id of the target that the last edit was about: what follows in the same message means it too. */
  target?: string;
};

/** Makes one change to the draft and says what it did. @throws CannotDo */
export type Edit = (draft: Draft) => string;
/** Understands one clause whole, or not at all. */
export type Recogniser = (clause: string) => Edit | undefined;

/** The target that an edit is about. @throws CannotDo when that is not clear. */
export function targetOf(draft: Draft, named?: string): TargetNode {
  const targets = draft.ir.nodes.filter((node) => node.kind === "target");
  if (named) {
    const found = targets.filter((node) => node.id === named || node.schema === named);
    if (found.length === 1 && found[0]) return found[0];
    throw new CannotDo(`There is no target "${named}".`);
  }
  const last = targets.find((node) => node.id === draft.target);
  const pointed = targets.filter((node) => isPointedAt(draft, node));
  const choice = last ?? (pointed.length === 1 ? pointed[0] : undefined) ?? targets[0];
  if (!choice)
    throw new CannotDo(
      'There is no target yet. Say, for instance, "load /data/orders.csv into sales.orders".',
    );
  if (targets.length > 1 && !last && pointed.length !== 1) throw new AmbiguousTarget(targets);
  return choice;
}

/** True if a target, or a node on the way to it, was pointed at. */
function isPointedAt(draft: Draft, target: TargetNode): boolean {
  const seen = new Set<string>();
  const open = [target.id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = draft.ir.nodes.find((one) => one.id === id);
    if (!node || seen.has(id)) continue;
    if (draft.known.mentions.some((mention) => mention === id)) return true;
    seen.add(id);
    open.push(...inputsOf(node).map((input) => input.split(":")[0] ?? ""));
  }
  return false;
}

/** Columns that reach a node by its `input`, where they are known. */
export function columnsInto(draft: Draft, input: string): Column[] | undefined {
  const columns = Object.fromEntries(
    Object.entries(draft.known.columns).map(([id, found]) => [draft.renamed.get(id) ?? id, found]),
  );
  return columnsAfter(draft.ir, input, { sources: [], destinations: [], columns });
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The column that a word means, in its own spelling. @throws CannotDo if the columns are known and it is none. */
export function columnOf(draft: Draft, input: string, word: string): string {
  const known = columnsInto(draft, input);
  if (!known) return word;
  if (known.some((column) => column.name === word)) return word;
  const alike = known.filter((column) => plain(column.name) === plain(word));
  if (alike.length === 1 && alike[0]) return alike[0].name;
  // "the emails" are the column email.
  const singular = known.filter((column) => pluralsOf(plain(column.name)).includes(plain(word)));
  if (alike.length === 0 && singular.length === 1 && singular[0]) return singular[0].name;
  const near = nearestWord(
    word,
    known.map((column) => column.name),
  );
  const meant = near ? ` Do you mean ${near}?` : "";
  const names = known.map((column) => column.name).join(", ");
  throw new CannotDo(`There is no column "${word}" there.${meant} The columns are: ${names}.`);
}

/** An id that no node has, made of some words. */
export function freeId(draft: Draft, words: string): string {
  const slug =
    words
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^[^a-z]+|_+$/g, "")
      .slice(0, 55) || "node";
  const taken = new Set(draft.ir.nodes.map((node) => node.id));
  for (let n = 1; ; n++) {
    const id = n === 1 ? slug : `${slug}_${n}`;
    if (!taken.has(id)) return id;
  }
}

/** Every reference of a node to another one, as it stands ("branch:case" included). */
export function inputsOf(node: IrNode): string[] {
  switch (node.kind) {
    case "source":
      return [];
    case "join":
      return [node.left, node.right];
    case "enrich":
      return [node.input, ...(typeof node.with === "string" ? [node.with] : [])];
    case "transform":
      return [node.input, ...node.ops.flatMap((op) => (op.op === "lookup_join" ? [op.with] : []))];
    default:
      return [node.input];
  }
}

/** Nodes that read from a node. */
export function readersOf(draft: Draft, id: string): IrNode[] {
  return draft.ir.nodes.filter((node) => inputsOf(node).some((input) => input.split(":")[0] === id));
}

type Spliced = Extract<IrNode, { kind: "transform" | "validate" }>;

/**
 * The node of a kind right before a target: the one that stands there already if the target alone reads it, else a new
 * one, put in between.
 */
export function nodeBefore<K extends Spliced["kind"]>(
  draft: Draft,
  target: TargetNode,
  kind: K,
  words: string,
): Extract<IrNode, { kind: K }> {
  const standing = draft.ir.nodes.find((node) => node.id === target.input);
  if (standing?.kind === kind && readersOf(draft, standing.id).length === 1) {
    return standing as Extract<IrNode, { kind: K }>;
  }
  const id = freeId(draft, words);
  const node: Spliced =
    kind === "transform"
      ? { id, kind: "transform", input: target.input, ops: [] }
      : { id, kind: "validate", input: target.input };
  draft.ir.nodes.push(node);
  target.input = id;
  draft.target = target.id;
  return node as Extract<IrNode, { kind: K }>;
}
