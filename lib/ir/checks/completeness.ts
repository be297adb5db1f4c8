import { splitRef } from "../graph.ts";
import type { Issue } from "../issue.ts";
import { type Check, documentIssue, nodeIssue } from "./check.ts";

/** Check 5: at least one source and one target. */
export const checkCompleteness: Check = ({ ir }) => {
  const issues: Issue[] = [];
  if (!ir.nodes.some(({ kind }) => kind === "source")) {
    const message =
      'the pipeline has no source: add a node {"kind":"source", …} that says where rows come from';
    issues.push(documentIssue("no_source", "/nodes", message));
  }
  if (!ir.nodes.some(({ kind }) => kind === "target")) {
    const message =
      'the pipeline has no target: add a node {"kind":"target", …} that says which table is written';
    issues.push(documentIssue("no_target", "/nodes", message));
  }
  return issues;
};

/** Check 5, warnings: nodes (and outputs of branches) that nothing reads. */
export const warnUnread: Check = ({ ir, graph }) => {
  const refs = new Set([...graph.edges.values()].flat().map(({ ref }) => ref));
  const read = new Set([...refs].map((ref) => splitRef(ref).nodeId));
  return ir.nodes.flatMap((node, index) => {
    if (node.kind === "target" || node.kind === "archive") return [];
    if (!read.has(node.id)) {
      return [nodeIssue("unread_node", node, index, [], "nothing reads it; its rows go nowhere")];
    }
    if (node.kind !== "branch") return [];
    return node.cases.flatMap(({ id }, at) =>
      refs.has(`${node.id}:${id}`)
        ? []
        : [
            nodeIssue(
              "unread_node",
              node,
              index,
              ["cases", at],
              `nothing reads "${node.id}:${id}"; its rows go nowhere`,
            ),
          ],
    );
  });
};
