import { isFileSource } from "#lib/ir/index.ts";
import type { FileSourceNode, IrNode, NodeKind, PipelineIr } from "#lib/ir/schema.ts";

/** What each kind of node is called on screen. */
export const KIND_LABELS: Record<NodeKind, string> = {
  source: "Source",
  transform: "Transform",
  validate: "Validate",
  target: "Target",
  branch: "Branch",
  join: "Join",
  enrich: "Enrich",
  archive: "Archive",
};

/** The one line that tells a node from its neighbours, e.g. `starbucks.orders · upsert`. */
export function keyLine(node: IrNode): string {
  switch (node.kind) {
    case "source": {
      if ("stream" in node.config) return `${node.connector} · ${node.config.stream}`;
      const { path, pattern, format } = node.config;
      const where = [path, pattern?.value].filter(Boolean).join("/").replace("//", "/");
      return [where || node.connector, format?.type].filter(Boolean).join(" · ");
    }
    case "transform":
      return node.ops.length === 0
        ? "no ops yet"
        : node.ops.map((op) => op.op.replaceAll("_", " ")).join(", ");
    case "validate":
      return validateLine(node);
    case "target":
      return `${node.schema} · ${node.loadMode.replaceAll("_", " ")}`;
    case "branch":
      return node.cases
        .map((one) => one.id)
        .concat(node.default ?? [])
        .join(" / ");
    case "join":
      return `${node.how} on ${node.on.map((key) => `${key.left} = ${key.right}`).join(", ")}`;
    case "enrich":
      return `with ${typeof node.with === "string" ? node.with : node.with.stream}`;
    case "archive":
      return `to ${node.to}`;
  }
}

function validateLine(node: Extract<IrNode, { kind: "validate" }>): string {
  const rules = node.rowLevel?.length ?? 0;
  const checks = Object.keys(node.datasetLevel ?? {});
  const parts = [
    ...(rules > 0 ? [`${rules} row ${rules === 1 ? "rule" : "rules"}`] : []),
    ...checks.map((name) => name.replace(/([A-Z])/g, " $1").toLowerCase()),
  ];
  return parts.join(" · ") || "no checks yet";
}

/** One line of the graph: who feeds whom. `side` inputs (a lookup, a foreign key) are drawn dashed. */
export type GraphEdge = { from: string; output?: string; to: string; side: boolean };

/** Every edge of a pipeline, side inputs included, each once. */
export function graphEdges(ir: PipelineIr): GraphEdge[] {
  const ids = new Set(ir.nodes.map((node) => node.id));
  const edges = ir.nodes.flatMap((node) => inputsOf(node).map((input) => toEdge(node.id, input)));
  const seen = new Set<string>();
  return edges.filter((edge) => {
    const key = `${edge.from}:${edge.output ?? ""}>${edge.to}`;
    if (!ids.has(edge.from) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Nodes on the longest way through a pipeline. A circle, which no executable one has, ends the count. */
export function depthOf(ir: PipelineIr): number {
  const edges = graphEdges(ir);
  const depths = new Map(ir.nodes.map((node) => [node.id, 1]));
  for (let round = 1; round < ir.nodes.length; round++) {
    let moved = false;
    for (const { from, to } of edges) {
      const next = (depths.get(from) ?? 1) + 1;
      if (next > (depths.get(to) ?? 1) && next <= ir.nodes.length) {
        depths.set(to, next);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return Math.max(1, ...depths.values());
}

type Input = { ref: string; side: boolean };

function inputsOf(node: IrNode): Input[] {
  const main = (ref: string): Input => ({ ref, side: false });
  const side = (ref: string): Input => ({ ref, side: true });
  switch (node.kind) {
    case "source":
      return [];
    case "join":
      return [main(node.left), main(node.right)];
    case "enrich":
      return [main(node.input), ...(typeof node.with === "string" ? [side(node.with)] : [])];
    case "transform":
      return [
        main(node.input),
        ...node.ops.flatMap((op) => (op.op === "lookup_join" ? [side(op.with)] : [])),
      ];
    case "validate": {
      const referenced = node.datasetLevel?.fkIntegrity?.references.node;
      return [main(node.input), ...(referenced ? [side(referenced)] : [])];
    }
    case "archive":
      return [side(node.input)];
    default:
      return [main(node.input)];
  }
}

function toEdge(to: string, { ref, side }: Input): GraphEdge {
  const [from = "", output] = ref.split(":");
  return { from, to, side, ...(output ? { output } : {}) };
}

/** Configuration of a node as label and value, ids and inputs first; long values stay whole. */
export function nodeFacts(node: IrNode): { label: string; value: string }[] {
  const { id: _, kind: __, ...rest } = node as Record<string, unknown> & IrNode;
  const config = "config" in rest ? (rest.config as Record<string, unknown>) : {};
  const flat = { ...rest, ...config, config: undefined };
  const plain = Object.entries(flat)
    .filter(([, value]) => value !== undefined && (typeof value !== "object" || isShortList(value)))
    .map(([label, value]) => ({
      label: words(label),
      value: Array.isArray(value) ? value.join(", ") : String(value),
    }));
  return node.kind === "source" && isFileSource(node) ? [...plain, ...fileFacts(node)] : plain;
}

/** Which files a source reads, how long it waits for them, and where they go, in words. */
function fileFacts({ config }: FileSourceNode): { label: string; value: string }[] {
  const { pattern, waitPolicy, atomicity } = config;
  const facts: [string, string | undefined][] = [
    ["Files", pattern && `${pattern.value} (${pattern.type.replace("_", " ")})`],
    ["If there is none", waitPolicy && missWords(waitPolicy)],
    ["Read in", atomicity?.stagingFolder],
    ["Then put into", atomicity?.successFolder],
    ["If the run fails, put into", atomicity?.failureFolder],
  ];
  return facts.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}

const MISSED = { fail: "fails", skip: "ends without rows", alert: "ends without rows and raises an alert" };

function missWords({
  maxRetries: looks,
  intervalMinutes: minutes,
  onMissAction,
}: NonNullable<FileSourceNode["config"]["waitPolicy"]>): string {
  const end = `the run ${MISSED[onMissAction]}`;
  if (looks === 0) return end;
  const apart = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return `${looks === 1 ? "one more look" : `${looks} more looks`}, ${apart} apart; then ${end}`;
}

const isShortList = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");

const words = (name: string): string => {
  const spaced = name
    .replace(/([A-Z])/g, " $1")
    .replaceAll("_", " ")
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};
