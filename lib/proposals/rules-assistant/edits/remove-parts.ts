import type { DatasetLevel, Op, TransformNode, ValidateNode } from "#lib/ir/schema.ts";
import { CannotDo, columnOf, type Draft, type Recogniser, readersOf, targetOf } from "../draft.ts";
import { COLUMN, columnName, listed, THE_COLUMN, whole } from "../words.ts";

const AWAY = "(?:remove|delete|drop|undo|get rid of|take out|take away|clear|discard|stop)";
const OPS: Readonly<Record<string, Op["op"]>> = {
  filter: "filter",
  mask: "mask_pii",
  masking: "mask_pii",
  hash: "hash",
  hashing: "hash",
  cast: "cast",
  conversion: "cast",
  deduplication: "deduplicate",
  dedup: "deduplicate",
  rename: "rename",
};
const PART = "(?:filter|mask|masking|hash|hashing|cast|conversion|deduplication|dedup|rename)";
const OP = whole(
  `${AWAY} (?:the |all |any |every )?(?<what>${PART})s?(?: and (?:the |all )?(?<also>${PART})s?)?(?: (?:op|operation|step|rule)s?)?(?: (?:on|of|for|by|from) ${THE_COLUMN}(?<column>${COLUMN}))?`,
);
const STOP = whole(
  `(?:stop|no longer|do not|don't) (?<what>filter|mask|hash|cast|convert|deduplicat|dedup)(?:ing|e)?(?: (?:on|by))?(?: ${THE_COLUMN}(?<column>${COLUMN}))? ?(?<still>any ?more|any longer)?`,
);
const CHECK = whole(
  `${AWAY} (?:the |all |any |every )?(?<what>checks?|rules?|validations?|row ?count(?: check)?|uniqueness check|duplicate check|freshness check)(?: (?:on|of|for|about) ${THE_COLUMN}(?<column>${COLUMN}))?`,
);

const opOf = (word: string): Op["op"] =>
  OPS[word.toLowerCase()] ?? (/^dedup/i.test(word) ? "deduplicate" : "cast");

/** "remove the filter", "remove the mask on email", "delete the check on amount". */
export const removePart: Recogniser = (clause) => {
  const stop = STOP.exec(clause)?.groups;
  // "don't mask email" may mean that it never was to be: only what says that it ends is taken.
  const ends = stop && (stop.still || /^(?:stop|no longer)/i.test(clause)) ? stop : undefined;
  const said = OP.exec(clause)?.groups ?? ends;
  if (said) {
    const ops = [said.what, said.also].filter((word) => word !== undefined).map(opOf);
    const column = said.column === undefined ? undefined : columnName(said.column);
    if (said.column !== undefined && !column) return undefined;
    return (draft) => ops.map((op) => removeOps(draft, op, column)).join(" ");
  }
  const check = CHECK.exec(clause)?.groups;
  if (!check) return undefined;
  const column = check.column === undefined ? undefined : columnName(check.column);
  if (check.column !== undefined && (!column || /row/i.test(check.what ?? ""))) return undefined;
  return (draft) => removeChecks(draft, (check.what ?? "").toLowerCase(), column);
};

/** Nodes on the way from a target up to its source, as long as it is one line. */
function upstream<K extends "transform" | "validate">(draft: Draft, kind: K) {
  const found: Extract<TransformNode | ValidateNode, { kind: K }>[] = [];
  let input: string | undefined = targetOf(draft).input;
  for (let steps = 0; input !== undefined && steps <= draft.ir.nodes.length; steps++) {
    const node = draft.ir.nodes.find((one) => one.id === input);
    if (node?.kind !== "transform" && node?.kind !== "validate") break;
    if (node.kind === kind) found.push(node as (typeof found)[number]);
    input = node.input;
  }
  return found;
}

const fieldsOf = (op: Op): string[] =>
  "field" in op ? [op.field] : op.op === "rename" ? [op.from, op.to] : op.op === "deduplicate" ? op.keys : [];

const alike = (one: string, other: string) =>
  one.toLowerCase().replace(/[^a-z0-9]/g, "") === other.toLowerCase().replace(/[^a-z0-9]/g, "");

function removeOps(draft: Draft, op: Op["op"], column: string | undefined): string {
  const nodes = upstream(draft, "transform");
  const isMeant = (one: Op) =>
    one.op === op &&
    (column === undefined ||
      fieldsOf(one).some((field) => alike(field, column)) ||
      (one.op === "filter" && new RegExp(`\\b${column}\\b`, "i").test(one.expr)));
  const meant = nodes.flatMap((node) => node.ops.filter(isMeant));
  const about = column === undefined ? "" : ` on ${column}`;
  if (meant.length === 0) throw new CannotDo(`There is no ${op}${about} before ${targetOf(draft).id}.`);
  for (const node of nodes) node.ops = node.ops.filter((one) => !isMeant(one));
  for (const node of nodes) if (node.ops.length === 0) unlink(draft, node);
  const words = meant.map((one) =>
    one.op === "filter" ? `filter ${one.expr}` : `${one.op} ${fieldsOf(one)}`,
  );
  return `Removes ${listed(words)}.`;
}

const CHECK_WORDS: readonly [RegExp, keyof DatasetLevel][] = [
  [/^row/, "rowCount"],
  [/^(?:unique|duplicate)/, "duplicateKey"],
  [/^fresh/, "freshness"],
];

function removeChecks(draft: Draft, what: string, column: string | undefined): string {
  const nodes = upstream(draft, "validate");
  const only = CHECK_WORDS.find(([said]) => said.test(what))?.[1];
  const removed: string[] = [];
  const field = column === undefined ? undefined : columnOf(draft, targetOf(draft).input, column);
  for (const node of nodes) {
    if (!only) {
      const out = (node.rowLevel ?? []).filter((rule) => field === undefined || rule.field === field);
      removed.push(...out.map((rule) => `${rule.field} ${rule.rule}`));
      node.rowLevel = (node.rowLevel ?? []).filter((rule) => !out.includes(rule));
      if (node.rowLevel.length === 0) delete node.rowLevel;
    }
    const level = node.datasetLevel;
    for (const key of Object.keys(level ?? {}) as (keyof DatasetLevel)[]) {
      const check = level?.[key];
      const about: string[] =
        check && "fields" in check ? check.fields : check && "field" in check ? [check.field] : [];
      if (only ? key !== only : field !== undefined && !about.includes(field)) continue;
      removed.push(about.length > 0 ? `${key} of ${listed(about)}` : key);
      delete level?.[key];
    }
    if (level && Object.keys(level).length === 0) delete node.datasetLevel;
    if (!node.rowLevel && !node.datasetLevel) unlink(draft, node);
  }
  if (removed.length === 0)
    throw new CannotDo(`There is no such check${column === undefined ? "" : ` on ${column}`}.`);
  return `Removes the ${removed.length === 1 ? "check" : "checks"} ${listed(removed)}.`;
}

/** Takes an emptied node out; what read it reads its input. */
function unlink(draft: Draft, node: TransformNode | ValidateNode): void {
  for (const reader of readersOf(draft, node.id)) {
    if (!("input" in reader) || reader.input !== node.id)
      throw new CannotDo(`${reader.id} looks up in ${node.id}: change that first in the IR editor.`);
    reader.input = node.input;
  }
  draft.ir.nodes = draft.ir.nodes.filter((one) => one.id !== node.id);
}
