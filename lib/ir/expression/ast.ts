import type { IrType } from "../types.ts";

/** Binary operators, loosest first within the printer's own table. */
export type BinaryOperator =
  | "or"
  | "and"
  | "="
  | "<>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "||"
  | "+"
  | "-"
  | "*"
  | "/"
  | "//"
  | "%";

/** A parsed scalar expression. Numbers keep their text, so that nothing is lost in a double. */
export type Expression =
  | { type: "string"; value: string }
  | { type: "number"; text: string }
  | { type: "boolean"; value: boolean }
  | { type: "null" }
  | { type: "typed"; as: "date" | "time" | "timestamp" | "timestamptz"; value: string }
  | { type: "interval"; value: string }
  | { type: "column"; name: string }
  | { type: "unary"; op: "not" | "-"; of: Expression }
  | { type: "binary"; op: BinaryOperator; left: Expression; right: Expression }
  | { type: "in"; of: Expression; list: Expression[]; negated: boolean }
  | { type: "between"; of: Expression; low: Expression; high: Expression; negated: boolean }
  | { type: "like"; of: Expression; pattern: Expression; insensitive: boolean; negated: boolean }
  | { type: "is"; of: Expression; what: "null" | "true" | "false"; negated: boolean }
  | { type: "distinct"; left: Expression; right: Expression; negated: boolean }
  | {
      type: "case";
      subject?: Expression;
      when: { when: Expression; result: Expression }[];
      otherwise?: Expression;
    }
  | { type: "cast"; of: Expression; to: IrType; lenient: boolean }
  | { type: "call"; name: string; args: Expression[] };

/** What `parseExpression` answers; `offset` counts characters from the start of the text. */
export type ParsedExpression =
  | { ok: true; ast: Expression; columns: string[] }
  | { ok: false; message: string; offset: number };
