import type { Expression } from "../expression/ast.ts";
import { childrenOf } from "../expression/walk.ts";
import type { LineageWay } from "./shapes.ts";

/** A column that an expression reads, and what it does with it. */
export type Reading = LineageWay & { column: string };

/** Functions after which nobody can tell the value. */
const HIDING: ReadonlySet<string> = new Set(["md5", "sha256"]);

/**
 * What an expression makes of the columns it reads: a column that stands alone is passed on; conditions of a CASE, and
 * what NULLIF compares with, only decide; all else becomes part of the value.
 */
export function traceExpression(expression: Expression): Reading[] {
  if (expression.type === "column") return [{ column: expression.name, kind: "IDENTITY", masking: false }];
  const found: Reading[] = [];
  const visit = (node: Expression, deciding: boolean, masking: boolean): void => {
    if (node.type === "column") {
      found.push({ column: node.name, kind: deciding ? "CONDITIONAL" : "TRANSFORMATION", masking });
    } else if (node.type === "case") {
      if (node.subject) visit(node.subject, true, masking);
      for (const { when, result } of node.when) {
        visit(when, true, masking);
        visit(result, deciding, masking);
      }
      if (node.otherwise) visit(node.otherwise, deciding, masking);
    } else if (node.type === "call" && node.name === "nullif") {
      for (const [at, arg] of node.args.entries()) visit(arg, deciding || at > 0, masking);
    } else {
      const hidden = masking || (node.type === "call" && HIDING.has(node.name));
      for (const child of childrenOf(node)) visit(child, deciding, hidden);
    }
  };
  visit(expression, false, false);
  return found;
}
