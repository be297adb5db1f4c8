import type { Expression } from "./ast.ts";

/** The direct parts of an expression, in the order in which they are written. */
export function childrenOf(expression: Expression): Expression[] {
  switch (expression.type) {
    case "unary":
    case "cast":
    case "is":
      return [expression.of];
    case "binary":
    case "distinct":
      return [expression.left, expression.right];
    case "in":
      return [expression.of, ...expression.list];
    case "between":
      return [expression.of, expression.low, expression.high];
    case "like":
      return [expression.of, expression.pattern];
    case "case":
      return [
        ...(expression.subject ? [expression.subject] : []),
        ...expression.when.flatMap((branch) => [branch.when, branch.result]),
        ...(expression.otherwise ? [expression.otherwise] : []),
      ];
    case "call":
      return expression.args;
    default:
      return [];
  }
}

/** Names of the columns an expression reads, each once, in order. */
export function columnsOf(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.type === "column") names.add(node.name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return [...names];
}

/** Height of the tree. */
export function depthOf(expression: Expression): number {
  let deepest = 0;
  for (const child of childrenOf(expression)) deepest = Math.max(deepest, depthOf(child));
  return deepest + 1;
}
