import { parseExpression } from "./expression/parse-expression.ts";
import type { Op } from "./ops.ts";
import type { PlanOp, TakenColumn } from "./plan.ts";
import type { SelectedColumn } from "./primitives.ts";
import { parseIrType } from "./types.ts";

/** A `select` entry with its new name filled in. */
export const takenColumn = (selected: SelectedColumn): TakenColumn =>
  typeof selected === "string" ? { field: selected, as: selected } : selected;

/** A planned op, or what of it does not parse: the field, why, and at which character. */
export type PlannedOp =
  | { ok: true; op: PlanOp }
  | { ok: false; field: string; message: string; offset?: number };

/** An op with its defaults filled in and its texts parsed. */
export function planOp(op: Op): PlannedOp {
  switch (op.op) {
    case "cast": {
      const type = parseIrType(op.to);
      if (!type.ok) return { ok: false, field: "to", message: type.message };
      return { ok: true, op: { ...op, to: type.type, onError: op.onError ?? "fail" } };
    }
    case "expression":
    case "filter": {
      const parsed = parseExpression(op.expr);
      if (!parsed.ok) return { ...parsed, field: "expr" };
      return {
        ok: true,
        op:
          op.op === "filter"
            ? { op: "filter", expr: parsed.ast }
            : { op: "expression", field: op.field, expr: parsed.ast },
      };
    }
    case "hash":
      return { ok: true, op: { ...op, into: op.into ?? op.field } };
    case "deduplicate":
      return { ok: true, op: { ...op, keep: op.keep ?? "first" } };
    case "lookup_join":
      return { ok: true, op: { ...op, select: op.select.map(takenColumn), how: op.how ?? "left" } };
    default:
      return { ok: true, op };
  }
}
