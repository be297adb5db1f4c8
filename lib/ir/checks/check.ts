import { formatPointer } from "#lib/json-patch/index.ts";
import type { Catalogue } from "../catalogue.ts";
import type { IrNode, PipelineIr } from "../document.ts";
import { type ColumnFlow, columnFlow, type Planner } from "../flow.ts";
import { type Graph, graphOf } from "../graph.ts";
import type { Issue } from "../issue.ts";
import type { IssueCode } from "../issue-codes.ts";
import { planOp } from "../plan-op.ts";
import { parseRule } from "../rule.ts";

type Path = readonly (string | number)[];

/** What every check after the first looks at. */
export type CheckContext = {
  ir: PipelineIr;
  graph: Graph;
  flow: ColumnFlow;
  catalogue: Catalogue | undefined;
  /** Parsed once each, however many checks ask. */
  plan: Planner;
  rule: typeof parseRule;
};

/** One check: pure, gives what is wrong. */
export type Check = (context: CheckContext) => Issue[];

/** Builds what the checks share. */
export function checkContext(ir: PipelineIr, catalogue: Catalogue | undefined): CheckContext {
  const graph = graphOf(ir.nodes);
  const plan = remembered(planOp);
  return {
    ir,
    graph,
    catalogue,
    plan,
    rule: remembered(parseRule),
    flow: columnFlow(ir, catalogue, graph, plan),
  };
}

function remembered<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

/** A field inside a node, as it is said in a message: `ops[0].expr`. */
export const fieldName = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );

/** An issue in a node's field; `message` goes on after "node …, field …: ". */
export function nodeIssue(
  code: IssueCode,
  node: IrNode,
  index: number,
  path: Path,
  message: string,
  hint?: string,
): Issue {
  const field = path.length === 0 ? "" : `, field "${fieldName(path)}"`;
  return {
    code,
    path: formatPointer(["nodes", index, ...path]),
    message: `node "${node.id}" (${node.kind})${field}: ${message}`,
    ...(hint !== undefined && { hint }),
  };
}

/** An issue of the whole document. */
export const documentIssue = (code: IssueCode, path: string, message: string, hint?: string): Issue => ({
  code,
  path,
  message,
  ...(hint !== undefined && { hint }),
});

/** A list for a message: `a, b, c`, cut after `most`. */
export function listed(names: Iterable<string>, most = 12): string {
  const all = [...names];
  return all.length > most
    ? `${all.slice(0, most).join(", ")} and ${all.length - most} more`
    : all.join(", ");
}
