import type { LogicalPlan, PlanInput, PlanStep } from "../plan.ts";
import { Draft, linkTo } from "./draft.ts";
import { branchRows, declaredColumns, draftNode, rejectingFields } from "./draft-node.ts";
import type { LineageColumn, LineageLink, LineageNode, LineageOrigin, PlanLineage } from "./shapes.ts";
import { OriginSet } from "./ways.ts";

/** Columns of a copy of rejected rows. All but the row itself and its fault are ours. */
const COPY = { row: "row", fault: ["rule", "reason"], ours: ["run_id", "node_id", "row_number"] };

type Nodes = Map<string, LineageNode>;

/**
 * Where every column of every node comes from: the fields of the sources, and in which way. Pure. A source that does
 * not declare its columns gives those that a later node names; of the rest only the source is told (`rest`).
 */
export function lineageOf(plan: LogicalPlan): PlanLineage {
  const nodes: Nodes = new Map();
  const quarantines: Nodes = new Map();
  for (const step of plan.steps) {
    nodes.set(step.nodeId, step.kind === "source" ? sourceNode(step) : madeNode(step, nodes));
    if (step.kind === "validate" && step.quarantineTable) quarantines.set(step.nodeId, copyOf(step, nodes));
  }
  return { nodes, quarantines };
}

function sourceNode(step: Extract<PlanStep, { kind: "source" }>): LineageNode {
  const { nodeId } = step;
  const names = declaredColumns(step);
  const ways = [{ kind: "IDENTITY" as const, masking: false }];
  const cursor = step.family === "table" && step.config.syncMode === "incremental" && step.config.cursorField;
  return {
    nodeId,
    columns: (names ?? []).map((name) => ({
      name,
      origins: [{ source: nodeId, field: name, ways }],
      links: [],
      notes: [],
    })),
    ...(!names && { rest: { sources: [nodeId], except: [], named: true } }),
    rows: cursor ? [{ source: nodeId, field: cursor, ways: [{ kind: "FILTER", masking: false }] }] : [],
    sources: [nodeId],
  };
}

const known =
  (nodes: Nodes) =>
  (nodeId: string): LineageNode =>
    nodes.get(nodeId) ?? { nodeId, columns: [], rows: [], sources: [] };

function madeNode(step: PlanStep, nodes: Nodes): LineageNode {
  const draft = draftNode(step, known(nodes));
  const resolve = resolver(nodes, step.nodeId);
  const taken = step.inputs.filter(({ role }) => role !== "references");
  const direct = step.inputs.filter(({ role }) => role === "main" || role === "left" || role === "right");
  const rows = new OriginSet();
  for (const input of taken)
    for (const { source, field, ways } of rowsOf(nodes, input))
      for (const way of ways) rows.add(source, field, way);
  const above = direct.flatMap(({ nodeId }) => known(nodes)(nodeId).sources);
  const node: LineageNode = {
    nodeId: step.nodeId,
    columns: [...draft.columns].map(([name, { links, notes }]): LineageColumn => {
      const merged = mergedLinks(links);
      return { name, origins: resolve(merged), links: merged, notes };
    }),
    ...(draft.rest && {
      rest: {
        sources: draft.rest.sources,
        except: [...draft.rest.except],
        named: draft.rest.named,
      },
    }),
    rows: resolve(mergedLinks(draft.rows), rows),
    sources: [...new Set(above)],
  };
  if (step.kind !== "branch") return node;
  const outputs = [...branchRows(step, draft)].map(
    ([id, links]) => [id, resolve(mergedLinks(links))] as const,
  );
  return { ...node, outputs: new Map(outputs) };
}

/** The copy of the rows that a validate node rejected: each as it stood there, with the rule that it failed. */
function copyOf(step: Extract<PlanStep, { kind: "validate" }>, nodes: Nodes): LineageNode {
  const checked = known(nodes)(step.nodeId);
  const input = step.inputs.find(({ role }) => role === "main");
  const draft = input ? Draft.of(input, known(nodes)(input.nodeId)) : new Draft();
  const resolve = resolver(nodes, step.nodeId);
  const whole = [...draft.columns.keys()].flatMap((name) =>
    draft.read(name, { kind: "TRANSFORMATION", masking: false }),
  );
  if (draft.rest && input) whole.push(linkTo(input, null, { kind: "TRANSFORMATION", masking: false }));
  const column = (name: string, links: LineageLink[], note: string): LineageColumn => {
    const merged = mergedLinks(links);
    return { name, origins: resolve(merged), links: merged, notes: [note] };
  };
  const fields = rejectingFields(step, "quarantine");
  const fault = draft.readAll(fields, { kind: "CONDITIONAL", masking: false });
  return {
    nodeId: step.nodeId,
    columns: [
      ...COPY.ours.map((name) => column(name, [], "set by the run")),
      ...COPY.fault.map((name) => column(name, fault, "of the rule that the row failed")),
      column(COPY.row, whole, "the row as it stood there"),
    ],
    rows: checked.rows,
    sources: checked.sources,
  };
}

/** Each column that is read, once for each kind of way. */
function mergedLinks(links: readonly LineageLink[]): LineageLink[] {
  const found = new Map<string, LineageLink>();
  for (const link of links) {
    const key = JSON.stringify([link.node, link.output, link.column, link.kind]);
    const before = found.get(key);
    if (before) before.masking &&= link.masking;
    else found.set(key, { ...link });
  }
  return [...found.values()];
}

/** What has a say in which rows an input gives. */
function rowsOf(nodes: Nodes, { nodeId, output }: PlanInput): LineageOrigin[] {
  const node = known(nodes)(nodeId);
  return [...node.rows, ...((output !== undefined && node.outputs?.get(output)) || [])];
}

/** Follows links to the sources. A table that a node reads by itself is its own source. */
function resolver(nodes: Nodes, self: string) {
  const columns = new Map<string, Map<string, LineageOrigin[]>>();
  const columnsOf = (nodeId: string): Map<string, LineageOrigin[]> => {
    const before = columns.get(nodeId);
    if (before) return before;
    const byName = new Map(known(nodes)(nodeId).columns.map(({ name, origins }) => [name, origins]));
    columns.set(nodeId, byName);
    return byName;
  };
  const originsOf = ({ node, column }: LineageLink): LineageOrigin[] => {
    const ways = [{ kind: "IDENTITY" as const, masking: false }];
    if (node === self) return [{ source: self, field: column, ways }];
    const { rest, sources } = known(nodes)(node);
    const whole = (of: string[]) => of.map((source) => ({ source, field: null, ways }));
    if (column === null) return whole(sources);
    const found = columnsOf(node).get(column);
    if (found || !rest || rest.except.includes(column)) return found ?? [];
    return rest.named ? rest.sources.map((source) => ({ source, field: column, ways })) : whole(rest.sources);
  };
  return (links: readonly LineageLink[], into?: OriginSet): LineageOrigin[] => {
    const [only] = links;
    // What passes as it is keeps its list: a column through 500 nodes is one list.
    if (!into && links.length === 1 && only?.kind === "IDENTITY" && !only.masking) return originsOf(only);
    const set = into ?? new OriginSet();
    for (const link of links) set.addAll(originsOf(link), link);
    return set.list();
  };
}
