import { isDirect, type LineageKind, type LineageOrigin } from "./shapes.ts";

const DIRECT: Partial<Record<LineageKind, string>> = {
  IDENTITY: "as it is",
  TRANSFORMATION: "changed",
  AGGREGATION: "aggregated over rows",
};
const DECIDING: Partial<Record<LineageKind, string>> = {
  JOIN: "finds the row it is taken from",
  FILTER: "by a filter",
  GROUP_BY: "by grouping",
  SORT: "by order",
  CONDITIONAL: "decides the value",
};
const DECIDING_ROWS: Partial<Record<LineageKind, string>> = { ...DECIDING, JOIN: "by a join" };

/** Says in words how a column has to do with a field: `changed, not readable; decides the value`. */
export function originWords({ ways }: LineageOrigin, of: "column" | "rows" = "column"): string {
  const words = of === "rows" ? DECIDING_ROWS : DECIDING;
  return ways
    .map(({ kind, masking }) => {
      if (!isDirect(kind)) return words[kind] ?? "";
      return `${DIRECT[kind]}${masking ? ", its values cannot be read" : ""}`;
    })
    .join("; ");
}
