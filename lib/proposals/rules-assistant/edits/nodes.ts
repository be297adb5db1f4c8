import type { IrNode } from "#lib/ir/schema.ts";
import { ID_PATTERN } from "#lib/ir/schema.ts";
import { CannotDo, type Draft, inputsOf, type Recogniser, readersOf } from "../draft.ts";
import { listed, whole } from "../words.ts";

const KIND =
  "(?<kind>node|step|source|transform|transformation|validate|validation|check|filter|target|branch|join|enrich|archive)";
const ID = "[\"'`]?(?<id>[a-z][a-z0-9_-]*)[\"'`]?";
const REMOVE = whole(
  `(?:remove|delete|drop|get rid of|take out) (?:the )?(?:${KIND} (?:node |step )?${ID}|${ID.replace("id>", "id2>")} (?:node|step|source|transform|validation|target))`,
);
const KINDLY = whole(
  "(?:remove|delete|drop|get rid of|take out) (?:the )?(?<kind>source|transform|validate|target|branch|join|enrich|archive)(?:ation|ion)?(?: (?:node|step))?",
);

/** "remove the node v", "delete step filter_2". What read from it reads from its input then. */
export const removeNode: Recogniser = (clause) => {
  const kind = KINDLY.exec(clause)?.groups?.kind?.toLowerCase();
  const { id, id2 } = REMOVE.exec(clause)?.groups ?? {};
  const name = kind ?? id ?? id2;
  if (!name) return undefined;
  return (draft) => removeIn(draft, kind ? onlyOf(draft, kind).id : name);
};

/** Takes a node out; what read from it reads from its input then. @throws CannotDo */
export function removeIn(draft: Draft, name: string): string {
  const node = find(draft, name);
  const readers = readersOf(draft, node.id);
  const inputs = inputsOf(node);
  if (readers.length > 0 && (inputs.length !== 1 || node.kind === "branch")) {
    throw new CannotDo(
      `${listed(readers.map((one) => one.id))} would have nothing to read without ${node.id}. Say what they should read instead.`,
    );
  }
  draft.ir.nodes = draft.ir.nodes.filter((one) => one.id !== node.id);
  for (const reader of readers) relink(reader, node.id, inputs[0] ?? "");
  const after = readers.length > 0 ? ` ${listed(readers.map((one) => one.id))} now reads ${inputs[0]}.` : "";
  return `Removes ${node.id}.${after}`;
}

const CALL = whole(
  `(?:call|name|rename) the (?<kind>source|transform|validate|target|branch|join|enrich)(?: node)? (?:to |as )?["'\`]?(?<to>[a-z][\\w-]*)["'\`]?`,
);
const RENAME = whole(`rename (?:the )?${KIND} ${ID} (?:to|as|into) ["'\`]?(?<to>[A-Za-z][\\w-]*)["'\`]?`);

/** "rename the node v to checks". Everything that reads from it follows. */
export const renameNode: Recogniser = (clause) => {
  const { id = "", to = "" } = RENAME.exec(clause)?.groups ?? {};
  if (id && to) return (draft) => renameIn(draft, id, to);
  const called = CALL.exec(clause)?.groups;
  if (!called?.kind || !called.to) return undefined;
  const { kind, to: name } = called;
  return (draft) => renameIn(draft, onlyOf(draft, kind.toLowerCase()).id, name);
};

/** Gives a node another id; what reads from it follows. @throws CannotDo */
export function renameIn(draft: Draft, id: string, to: string): string {
  const node = find(draft, id);
  if (!ID_PATTERN.test(to))
    throw new CannotDo(`"${to}" cannot be an id: lower-case letters, digits, _ and -, a letter first.`);
  if (draft.ir.nodes.some((one) => one.id === to)) throw new CannotDo(`There is a node "${to}" already.`);
  const before = node.id;
  node.id = to;
  for (const one of draft.ir.nodes) relink(one, before, to);
  const first = [...draft.renamed].find(([, now]) => now === before)?.[0] ?? before;
  draft.renamed.set(first, to);
  return `Renames the node ${before} to ${to}.`;
}

const PIPELINE = whole(
  `(?:rename (?:the |this )?pipeline (?:to|as)|(?:change|set) (?:the )?(?:pipeline's name|pipeline name|name of (?:the|this) pipeline) to|call (?:the|this) pipeline|name (?:the|this) pipeline) (?<name>"[^"]+"|'[^']+'|\`[^\`]+\`|.+)`,
);

/** "rename the pipeline to Orders", "call this pipeline \"Orders, hourly\"". */
export const renamePipeline: Recogniser = (clause) => {
  const given = PIPELINE.exec(clause)?.groups?.name;
  const name = given?.replace(/^(["'`])(.*)\1$/, "$2").trim();
  if (!given || !name || name.length > 200) return undefined;
  // Without quotes nobody can tell where a name ends and another wish begins.
  if (
    given === name &&
    /[,;:.!?\n]|\b(?:and|or|but|if|unless|except|when|then|also|because|not|later|tomorrow|sometimes|next|is|was|only)\b/i.test(
      name,
    )
  )
    return undefined;
  return (draft) => {
    draft.ir.metadata.name = name;
    return `Renames the pipeline to "${name}".`;
  };
};

const SCOPE = whole(`for (?:the )?(?:target |node |table )?(?<id>[\\w.-]+)`);

/** "for load_orders: …" chooses the target that the rest of the message is about. */
export const scope: Recogniser = (clause) => {
  const id = SCOPE.exec(clause)?.groups?.id;
  if (!id) return undefined;
  return (draft) => {
    const target = draft.ir.nodes.find(
      (node) => node.kind === "target" && (node.id === id || node.schema === id),
    );
    if (!target) throw new CannotDo(`There is no target "${id}".`);
    draft.target = target.id;
    return "";
  };
};

/** The one node of a kind, or the one whose id is that word. */
function onlyOf(draft: Draft, kind: string): IrNode {
  const named = draft.ir.nodes.find((one) => one.id === kind);
  const found = draft.ir.nodes.filter((one) => one.kind === kind);
  const node = named ?? (found.length === 1 ? found[0] : undefined);
  if (node) return node;
  const ids = found.map((one) => one.id);
  throw new CannotDo(
    ids.length === 0 ? `There is no ${kind} node.` : `Which one? There are ${listed(ids)}: name its id.`,
  );
}

function find(draft: Draft, id: string): IrNode {
  const node = draft.ir.nodes.find((one) => one.id === id.toLowerCase());
  if (node) return node;
  throw new CannotDo(
    `There is no node "${id}". The nodes are: ${draft.ir.nodes.map((one) => one.id).join(", ")}.`,
  );
}

/** Lets a node read another one; an output of a branch stays that output. */
function relink(node: IrNode, from: string, to: string): void {
  const link = (input: string) =>
    input === from ? to : input.startsWith(`${from}:`) ? `${to}${input.slice(from.length)}` : input;
  if (node.kind === "join") {
    node.left = link(node.left);
    node.right = link(node.right);
  } else if (node.kind !== "source") node.input = link(node.input);
  if (node.kind === "enrich" && typeof node.with === "string") node.with = link(node.with);
  if (node.kind === "transform") {
    for (const op of node.ops) if (op.op === "lookup_join") op.with = link(op.with);
  }
  if (node.kind === "validate" && node.datasetLevel?.fkIntegrity?.references.node !== undefined) {
    const { references } = node.datasetLevel.fkIntegrity;
    references.node = link(references.node ?? "");
  }
}
