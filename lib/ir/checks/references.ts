import type { IrNode } from "../document.ts";
import { splitRef } from "../graph.ts";
import type { Issue } from "../issue.ts";
import { didYouMean } from "../nearest.ts";
import type { Edge } from "../nodes/node-kind.ts";
import { isFileSource } from "../nodes/source.ts";
import { type Check, type CheckContext, listed, nodeIssue } from "./check.ts";

function checkEdge({ graph }: CheckContext, node: IrNode, index: number, edge: Edge): Issue[] {
  const issue = (code: Parameters<typeof nodeIssue>[0], message: string, hint?: string): Issue[] => [
    nodeIssue(code, node, index, edge.at, message, hint),
  ];
  const { nodeId, output } = splitRef(edge.ref);
  const read = graph.nodes.get(nodeId)?.node;
  if (!read) {
    const ids = [...graph.nodes.keys()].filter(
      (id) => id !== node.id && graph.nodes.get(id)?.node.kind !== "target",
    );
    const known =
      ids.length > 0 ? `the nodes that can be read are ${listed(ids)}` : "there is no other node to read";
    return issue(
      "unknown_input",
      `reads "${nodeId}", which does not exist; ${known}`,
      didYouMean(nodeId, ids),
    );
  }
  if (read.kind === "target" || read.kind === "archive") {
    return issue(
      "reads_target",
      `reads "${nodeId}", a ${read.kind}, which gives no rows; read what "${nodeId}" reads`,
    );
  }
  if (node.kind === "archive" && !(read.kind === "source" && isFileSource(read))) {
    return issue(
      "wrong_input",
      `reads "${nodeId}" (${read.kind}); an archive copies the files of a file source`,
    );
  }
  if (read.kind === "branch") {
    const outputs = [
      ...read.cases.map(({ id }) => id),
      ...(read.default === undefined ? [] : [read.default]),
    ];
    const written = listed(outputs.map((id) => `"${nodeId}:${id}"`));
    if (output === undefined) {
      return issue(
        "unknown_output",
        `reads the branch "${nodeId}" without saying which output; write one of ${written}`,
      );
    }
    if (!outputs.includes(output)) {
      const hint = didYouMean(output, outputs);
      return issue(
        "unknown_output",
        `the branch "${nodeId}" has no output "${output}"; write one of ${written}`,
        hint,
      );
    }
  } else if (output !== undefined) {
    return issue(
      "unknown_output",
      `"${nodeId}" (${read.kind}) is no branch and has no outputs; write "${nodeId}"`,
    );
  }
  return [];
}

/** Check 3: whatever a node reads exists and gives rows; a branch is read by one of its outputs. */
export const checkReferences: Check = (context) =>
  context.ir.nodes.flatMap((node, index) => {
    if (context.graph.nodes.get(node.id)?.index !== index) return [];
    return (context.graph.edges.get(node.id) ?? []).flatMap((edge) => checkEdge(context, node, index, edge));
  });
