import { hookSchemas, parseHook } from "../hook.ts";
import type { Issue } from "../issue.ts";
import { parseTableName } from "../table-ref.ts";
import { type Check, nodeIssue } from "./check.ts";

/** Check 10: a hook is one statement of an allowed form and names only the target's schema. */
export const checkHooks: Check = ({ ir }) =>
  ir.nodes.flatMap((node, index) => {
    if (node.kind !== "target") return [];
    return (["preHook", "postHook"] as const).flatMap((field): Issue[] => {
      const text = node[field];
      if (text === undefined) return [];
      const parsed = parseHook(text);
      if (!parsed.ok) return [nodeIssue("hook_not_allowed", node, index, [field], parsed.message)];
      const own = parseTableName(node.schema)?.schema;
      const foreign = hookSchemas(parsed.hook).find((schema) => schema !== undefined && schema !== own);
      if (foreign === undefined) return [];
      const may =
        own === undefined ? "no schema, because the target names none" : `"${own}", the schema of the target`;
      return [
        nodeIssue(
          "hook_outside_schema",
          node,
          index,
          [field],
          `names schema "${foreign}"; it may name only ${may}`,
        ),
      ];
    });
  });
