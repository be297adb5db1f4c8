import { columnsAdded, columnsRead } from "../columns.ts";
import type { IrNode } from "../document.ts";
import { parseExpression } from "../expression/parse-expression.ts";
import { columnsOf } from "../expression/walk.ts";
import { type Planner, transformColumns } from "../flow.ts";
import { splitRef } from "../graph.ts";
import { parseHook } from "../hook.ts";
import type { Issue } from "../issue.ts";
import { didYouMean } from "../nearest.ts";
import type { TransformNode } from "../nodes/transform.ts";
import type { Column } from "../plan.ts";
import { takenColumn } from "../plan-op.ts";
import { sideSourceId } from "../side-sources.ts";
import { parseTableName } from "../table-ref.ts";
import { type Check, type CheckContext, listed, nodeIssue } from "./check.ts";

type Known = readonly Column[] | undefined;
type At = (string | number)[];

class Finder {
  readonly issues: Issue[] = [];
  readonly #node: IrNode;
  readonly #index: number;

  constructor(node: IrNode, index: number) {
    this.#node = node;
    this.#index = index;
  }

  /** Reports a column that is not among those known; says nothing where none are known. */
  need(name: string, at: At, columns: Known, from: string): void {
    if (!columns || columns.some((column) => column.name === name)) return;
    const names = columns.map((column) => column.name);
    const there = names.length > 0 ? `there are ${listed(names)}` : "there are no columns";
    this.issues.push(
      nodeIssue(
        "unknown_column",
        this.#node,
        this.#index,
        at,
        `no column "${name}" in ${from}; ${there}`,
        didYouMean(name, names),
      ),
    );
  }

  /** Reports a column that is there already; engines do not tell names apart by case. */
  free(name: string, at: At, columns: Known, advice: string): void {
    if (!columns?.some((column) => column.name.toLowerCase() === name.toLowerCase())) return;
    this.issues.push(
      nodeIssue(
        "column_conflict",
        this.#node,
        this.#index,
        at,
        `a column "${name}" is there already; ${advice}`,
      ),
    );
  }
}

function transform(find: Finder, node: TransformNode, of: (ref: string) => Known, plan: Planner): void {
  const known = transformColumns(node, of(node.input), of, plan);
  for (const [index, op] of node.ops.entries()) {
    const planned = plan(op);
    if (!planned.ok) continue;
    const before = known[index];
    const other = op.op === "lookup_join" ? of(op.with) : undefined;
    for (const use of columnsRead(planned.op)) {
      const from = use.other
        ? `"${op.op === "lookup_join" ? op.with : ""}"`
        : index === 0
          ? `"${node.input}"`
          : `what ops[${index - 1}] gives`;
      find.need(use.name, ["ops", index, ...use.at], use.other ? other : before, from);
    }
    const others = op.op === "rename" ? before?.filter(({ name }) => name !== op.from) : before;
    const advice = op.op === "add_field" ? "use an expression op to change it" : "choose another name";
    for (const { name, at } of columnsAdded(planned.op))
      find.free(name, ["ops", index, ...at], others, advice);
    if (op.op === "aggregate" || op.op === "summarize") {
      const grouped = op.op === "aggregate" ? op.groupBy : [];
      for (const [at, metric] of op.metrics.entries()) {
        const earlier = [...grouped, ...op.metrics.slice(0, at).map(({ as }) => as)].map((name) => ({
          name,
        }));
        find.free(metric.as, ["ops", index, "metrics", at, "as"], earlier, "choose another name");
      }
    }
  }
}

function checkNode({ flow, plan }: CheckContext, node: IrNode, index: number): Issue[] {
  const find = new Finder(node, index);
  const of = (ref: string): Known => flow.get(splitRef(ref).nodeId);
  switch (node.kind) {
    case "transform":
      transform(find, node, of, plan);
      break;
    case "validate": {
      const input = of(node.input);
      const from = `"${node.input}"`;
      const { freshness, fkIntegrity, cardinality, duplicateKey } = node.datasetLevel ?? {};
      for (const [check, field] of Object.entries({ freshness, fkIntegrity, cardinality })) {
        if (field) find.need(field.field, ["datasetLevel", check, "field"], input, from);
      }
      for (const [at, name] of duplicateKey?.fields.entries() ?? []) {
        find.need(name, ["datasetLevel", "duplicateKey", "fields", at], input, from);
      }
      const { node: other, field } = fkIntegrity?.references ?? {};
      if (other !== undefined && field !== undefined) {
        find.need(field, ["datasetLevel", "fkIntegrity", "references", "field"], of(other), `"${other}"`);
      }
      for (const [at, rule] of node.rowLevel?.entries() ?? [])
        find.need(rule.field, ["rowLevel", at, "field"], input, from);
      break;
    }
    case "target": {
      const input = of(node.input);
      const from = `"${node.input}"`;
      for (const [at, name] of node.upsertKey?.entries() ?? [])
        find.need(name, ["upsertKey", at], input, from);
      if (node.watermarkColumn !== undefined)
        find.need(node.watermarkColumn, ["watermarkColumn"], input, from);
      for (const field of ["preHook", "postHook"] as const) {
        const hook = parseHook(node[field] ?? "");
        if (
          !hook.ok ||
          hook.hook.form !== "create_index" ||
          parseTableName(node.schema)?.name !== hook.hook.table.name
        )
          continue;
        for (const { name } of hook.hook.columns) find.need(name, [field], input, from);
      }
      break;
    }
    case "branch":
      for (const [at, { when }] of node.cases.entries()) {
        const parsed = parseExpression(when);
        if (!parsed.ok) continue;
        for (const name of columnsOf(parsed.ast))
          find.need(name, ["cases", at, "when"], of(node.input), `"${node.input}"`);
      }
      break;
    case "join":
      for (const [at, { left, right }] of node.on.entries()) {
        find.need(left, ["on", at, "left"], of(node.left), `"${node.left}"`);
        find.need(right, ["on", at, "right"], of(node.right), `"${node.right}"`);
      }
      break;
    case "enrich": {
      const other = typeof node.with === "string" ? node.with : sideSourceId(node);
      const from = typeof node.with === "string" ? node.with : node.with.stream;
      for (const [at, { left, right }] of node.on.entries()) {
        find.need(left, ["on", at, "left"], of(node.input), `"${node.input}"`);
        find.need(right, ["on", at, "right"], of(other), `"${from}"`);
      }
      for (const [at, selected] of node.select.entries()) {
        const { field, as } = takenColumn(selected);
        find.need(field, ["select", at], of(other), `"${from}"`);
        find.free(as, ["select", at], of(node.input), 'take it under another name, {"field", "as"}');
      }
      break;
    }
  }
  return find.issues;
}

/** Check 11: a column that is named exists, and one that is added does not, wherever the columns are known. */
export const checkColumns: Check = (context) =>
  context.ir.nodes.flatMap((node, index) =>
    context.graph.nodes.get(node.id)?.index === index ? checkNode(context, node, index) : [],
  );
