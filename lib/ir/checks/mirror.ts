import { splitRef } from "../graph.ts";
import type { Issue } from "../issue.ts";
import { isFileSource } from "../nodes/source.ts";
import type { TargetNode } from "../nodes/target.ts";
import { sourcesAbove } from "../upstream.ts";
import { type CheckContext, listed, nodeIssue } from "./check.ts";

/** Connectors whose change log we can follow. */
const CHANGE_LOGS: ReadonlySet<string> = new Set(["postgres", "mysql"]);

/** A mirror is of one source's table, as it is: its changes are about whole rows of that table. */
export function checkMirror({ graph, ir }: CheckContext, node: TargetNode, index: number): Issue[] {
  const issue = (path: string, message: string, hint?: string) =>
    nodeIssue("cdc_unsupported", node, index, [path], message, hint);
  const without = sourcesAbove(graph, node.id).filter(({ connector }) => !CHANGE_LOGS.has(connector));
  if (without.length > 0)
    return without.map((source) =>
      issue(
        "loadMode",
        `cdc_mirror needs a source with a change log (${listed(CHANGE_LOGS)}); "${source.id}" is ${source.connector}, ${WHY[source.connector] ?? "whose files have none"}. Use append, truncate or upsert`,
      ),
    );
  const { nodeId } = splitRef(node.input);
  const source = ir.nodes.find(({ id }) => id === nodeId);
  if (!source) return [];
  if (source.kind !== "source")
    return [
      issue(
        "input",
        `cdc_mirror reads its source directly, and "${nodeId}" stands between: a change of a row cannot be taken through it`,
        'let "input" name the source, or use loadMode "upsert"',
      ),
    ];
  const others = ir.nodes.filter(
    ({ id }) => id !== node.id && graph.edges.get(id)?.some(({ ref }) => splitRef(ref).nodeId === nodeId),
  );
  if (others.length > 0)
    return [
      issue(
        "input",
        `cdc_mirror takes the changes of "${nodeId}" for itself, and ${listed(others.map(({ id }) => id))} read from it, too`,
        "give each its own source node; both may read one table",
      ),
    ];
  if (!isFileSource(source) && source.config.syncMode === "incremental")
    return [
      issue(
        "loadMode",
        `cdc_mirror knows by itself what is new; set syncMode of "${nodeId}" to full_refresh`,
      ),
    ];
  return [];
}

/** Why a source of tables has no change log that could be followed. */
const WHY: Partial<Record<string, string>> = {
  snowflake: "whose streams belong to its own tables and tell no order of changes to outsiders",
};
