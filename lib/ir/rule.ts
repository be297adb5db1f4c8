/** A row rule, parsed. Operands stay text: they are compared in the column's own type. */
export type ParsedRule =
  | { name: "not_null" | "email" | "url" | "uuid" | "date" }
  | { name: "gt" | "gte" | "lt" | "lte" | "eq" | "neq"; operand: string; numeric: boolean }
  | { name: "between"; low: string; high: string; numeric: boolean }
  | { name: "in"; values: string[] }
  | { name: "regex"; pattern: string }
  | { name: "length_min" | "length_max"; length: number };
