import { sqlIdentifier, sqlLiteral } from "../sql-quote.ts";
import { duckdbType } from "../types.ts";
import type { Expression } from "./ast.ts";

/** Options of the printer: `column` writes a column's name; by default as a quoted identifier. */
export type PrintOptions = { column?: (name: string) => string };

/**
 * Writes an expression as DuckDB SQL, from the tree alone: names and texts are quoted, everything compound stands
 * in parentheses. What it gives parses back to the same tree.
 */
export function printExpression(ast: Expression, options: PrintOptions = {}): string {
  const column = options.column ?? sqlIdentifier;
  const print = (node: Expression): string => {
    const not = "negated" in node && node.negated ? "NOT " : "";
    switch (node.type) {
      case "string":
        return sqlLiteral(node.value);
      case "number":
        return node.text;
      case "boolean":
        return sqlLiteral(node.value);
      case "null":
        return "NULL";
      case "typed":
        return `${node.as.toUpperCase()} ${sqlLiteral(node.value)}`;
      case "interval":
        return `INTERVAL ${sqlLiteral(node.value)}`;
      case "column":
        return column(node.name);
      case "unary":
        return node.op === "not" ? `(NOT ${print(node.of)})` : `(- ${print(node.of)})`;
      case "binary":
        return `(${print(node.left)} ${node.op.toUpperCase()} ${print(node.right)})`;
      case "in":
        return `(${print(node.of)} ${not}IN (${node.list.map(print).join(", ")}))`;
      case "between":
        return `(${print(node.of)} ${not}BETWEEN ${print(node.low)} AND ${print(node.high)})`;
      case "like":
        return `(${print(node.of)} ${not}${node.insensitive ? "ILIKE" : "LIKE"} ${print(node.pattern)})`;
      case "is":
        return `(${print(node.of)} IS ${not}${node.what.toUpperCase()})`;
      case "distinct":
        return `(${print(node.left)} IS ${not}DISTINCT FROM ${print(node.right)})`;
      case "case": {
        const subject = node.subject ? ` ${print(node.subject)}` : "";
        const when = node.when.map((branch) => ` WHEN ${print(branch.when)} THEN ${print(branch.result)}`);
        const otherwise = node.otherwise ? ` ELSE ${print(node.otherwise)}` : "";
        return `(CASE${subject}${when.join("")}${otherwise} END)`;
      }
      case "cast":
        return `${node.lenient ? "TRY_CAST" : "CAST"}(${print(node.of)} AS ${duckdbType(node.to)})`;
      case "call":
        return `${node.name}(${node.args.map(print).join(", ")})`;
    }
  };
  return print(ast);
}
