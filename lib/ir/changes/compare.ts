import { formatPointer } from "#lib/json-patch/index.ts";
import { canonical } from "../canonical.ts";
import type { Change } from "../change.ts";
import type { IrNode, PipelineIr } from "../document.ts";
import { describeSchedule } from "../schedule.ts";

/** A change before its dependencies are known. */
export type Difference = Omit<Change, "dependsOn">;

type Fields = Record<string, unknown>;

/** Fields that are compared part by part, when they are there on both sides. */
const SPLIT: ReadonlySet<string> = new Set(["config", "datasetLevel"]);
const HOOKS: readonly string[] = ["preHook", "postHook"];

/** True when two JSON values are equal, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const short = (value: unknown): string => {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const opOf = (before: unknown, after: unknown): Difference["op"] =>
  before === undefined ? "add" : after === undefined ? "remove" : "modify";

const values = (before: unknown, after: unknown): Pick<Difference, "before" | "after"> => ({
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

const changeText = (name: string, before: unknown, after: unknown): string => {
  if (before === undefined) return `add ${name}: ${short(after)}`;
  return after === undefined ? `remove ${name}` : `modify ${name}: ${short(before)} → ${short(after)}`;
};

function fieldDifferences(
  node: { id: string },
  index: number,
  before: Fields,
  after: Fields,
  under: string[] = [],
): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key): Difference[] => {
    const [old, now] = [before[key], after[key]];
    if (sameJson(old, now)) return [];
    if (under.length === 0 && SPLIT.has(key) && isFields(old) && isFields(now)) {
      return fieldDifferences(node, index, old, now, [key]);
    }
    const at = [...under, key];
    return [
      {
        id: `node:${node.id}/${at.join("/")}`,
        op: opOf(old, now),
        nodeId: node.id,
        path: formatPointer(["nodes", index, ...at]),
        label: changeText(`${node.id}.${at.join(".")}`, old, now),
        ...values(old, now),
        ...(HOOKS.includes(key) && { hook: true }),
      },
    ];
  });
}

function addedNode(node: IrNode, index: number): Difference[] {
  const hooks = Object.fromEntries(Object.entries(node).filter(([key]) => HOOKS.includes(key)));
  const rest = Object.fromEntries(Object.entries(node).filter(([key]) => !HOOKS.includes(key)));
  const add: Difference = {
    id: `node:${node.id}`,
    op: "add",
    nodeId: node.id,
    path: formatPointer(["nodes", index]),
    label: `add node ${node.id} (${node.kind})`,
    after: rest,
  };
  return [add, ...fieldDifferences(node, index, {}, hooks)];
}

function nodeDifferences(before: PipelineIr, after: PipelineIr): Difference[] {
  const old = new Map(before.nodes.map((node, index) => [node.id, { node, index }]));
  const now = new Set(after.nodes.map(({ id }) => id));
  const kept = after.nodes.flatMap((node, index): Difference[] => {
    const was = old.get(node.id)?.node;
    if (!was) return addedNode(node, index);
    if (
      was.kind === node.kind &&
      !(was.kind === "source" && node.kind === "source" && was.connector !== node.connector)
    ) {
      return fieldDifferences(node, index, was, node);
    }
    // Another kind or connector: the fields of the two have nothing to do with each other.
    const label = `replace node ${node.id}: ${was.kind} → ${node.kind}`;
    const path = formatPointer(["nodes", index]);
    return [{ id: `node:${node.id}`, op: "modify", nodeId: node.id, path, label, before: was, after: node }];
  });
  const removed = [...old.values()].flatMap(({ node, index }): Difference[] => {
    if (now.has(node.id)) return [];
    const path = formatPointer(["nodes", index]);
    const label = `remove node ${node.id} (${node.kind})`;
    return [{ id: `node:${node.id}`, op: "remove", nodeId: node.id, path, label, before: node }];
  });
  return [...kept, ...removed];
}

function orderDifference(before: PipelineIr, after: PipelineIr): Difference[] {
  const was = before.nodes.map(({ id }) => id);
  const is = after.nodes.map(({ id }) => id);
  const [old, now] = [was.filter((id) => is.includes(id)), is.filter((id) => was.includes(id))];
  if (sameJson(old, now)) return [];
  const label = `reorder nodes: ${now.join(", ")}`;
  return [{ id: "order", op: "modify", section: "order", path: "/nodes", label, before: old, after: now }];
}

function sectionDifferences(before: PipelineIr, after: PipelineIr): Difference[] {
  const differences: Difference[] = [];
  for (const section of ["metadata", "errorHandling"] as const) {
    const [old, now] = [before[section] as Fields | undefined, after[section] as Fields | undefined];
    if (sameJson(old, now)) continue;
    const keys = old && now ? [...new Set([...Object.keys(old), ...Object.keys(now)])] : [undefined];
    for (const key of keys) {
      const [was, is] = key === undefined ? [old, now] : [old?.[key], now?.[key]];
      if (sameJson(was, is)) continue;
      const at = key === undefined ? [section] : [section, key];
      const label = changeText(at.join("."), was, is);
      differences.push({
        id: at.join("/"),
        op: opOf(was, is),
        section,
        path: formatPointer(at),
        label,
        ...values(was, is),
      });
    }
  }
  const { schedule: was } = before;
  const { schedule: is } = after;
  if (!sameJson(was, is)) {
    const label = is ? `schedule: ${describeSchedule(is)}` : "remove schedule: run by hand only";
    differences.push({
      id: "schedule",
      op: opOf(was, is),
      section: "schedule",
      path: "/schedule",
      label,
      ...values(was, is),
    });
  }
  return differences;
}

/** Everything in which two documents differ, by node id and by section; the order of keys does not count. */
export function differencesBetween(before: PipelineIr, after: PipelineIr): Difference[] {
  return [
    ...sectionDifferences(before, after),
    ...nodeDifferences(before, after),
    ...orderDifference(before, after),
  ];
}
