import { type Check, nodeIssue } from "./check.ts";

/** Check 2: ids are unique: of nodes in the pipeline, of rules in a validate, of cases in a branch. */
export const checkIds: Check = ({ ir, graph }) =>
  ir.nodes.flatMap((node, index) => {
    const first = graph.nodes.get(node.id);
    const issues =
      first && first.index !== index
        ? [
            nodeIssue(
              "duplicate_id",
              node,
              index,
              ["id"],
              `nodes[${first.index}] (${first.node.kind}) has the same id; every node needs its own`,
            ),
          ]
        : [];
    const inner: [string, { id: string }[]] | undefined =
      node.kind === "validate" && node.rowLevel
        ? ["rowLevel", node.rowLevel]
        : node.kind === "branch"
          ? ["cases", node.cases]
          : undefined;
    for (const [at, { id }] of inner?.[1].entries() ?? []) {
      const before = inner?.[1].findIndex((other) => other.id === id);
      if (before !== at) {
        const message = `"${id}" is also the id of ${inner?.[0]}[${before}]; give it one of its own`;
        issues.push(nodeIssue("duplicate_id", node, index, [inner?.[0] ?? "", at, "id"], message));
      }
    }
    if (node.kind === "branch" && node.cases.some(({ id }) => id === node.default)) {
      const message = `"${node.default}" is also the id of a case; the default needs a name of its own`;
      issues.push(nodeIssue("duplicate_id", node, index, ["default"], message));
    }
    return issues;
  });
