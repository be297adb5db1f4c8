import type { PipelineIr } from "./document.ts";

/** Keys that come first, in this order, wherever they stand; all others follow in alphabetical order. */
const FIRST = [
  ...["kind", "version", "id", "metadata", "schedule", "nodes", "errorHandling"],
  ...["op", "check", "type", "name", "connector", "sourceRef", "input", "left", "right", "with", "on"],
  ...[
    "field",
    "fields",
    "from",
    "to",
    "config",
    "path",
    "pattern",
    "format",
    "destination",
    "schema",
    "loadMode",
    "upsertKey",
  ],
  ...["ops", "datasetLevel", "rowLevel", "rule", "when", "expr"],
];
/** In a node its id comes before its kind. */
const FIRST_IN_NODE = ["id", ...FIRST.filter((key) => key !== "id")];
const RANK = new Map(FIRST.map((key, index) => [key, index]));
const NODE_RANK = new Map(FIRST_IN_NODE.map((key, index) => [key, index]));

function ordered(value: unknown, rank: ReadonlyMap<string, number>): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, NODE_RANK));
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).sort((a, b) => {
    const order = (rank.get(a) ?? 999) - (rank.get(b) ?? 999);
    return order !== 0 ? order : a < b ? -1 : 1;
  });
  const entries = keys
    .map((key) => [key, (value as Record<string, unknown>)[key]] as const)
    .filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner, RANK)]));
}

/**
 * A copy of a document with its keys in one order (kind, version, id, metadata, schedule, nodes, errorHandling; in a
 * node id, kind, input, …), for comparing, diffing and showing: a database may give keys back in any order.
 */
export function canonical<T = PipelineIr>(ir: T): T {
  return ordered(ir, RANK) as T;
}

/** The canonical document as indented JSON text. */
export function canonicalText(ir: unknown): string {
  return JSON.stringify(ordered(ir, RANK), null, 2);
}
