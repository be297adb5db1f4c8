import type { DatasetLevel, IrNode, Op } from "#lib/ir/schema.ts";
import { inputsOf } from "./draft.ts";
import { listed } from "./words.ts";

/** A node in a few words. */
export function nodeInWords(node: IrNode): string {
  switch (node.kind) {
    case "source": {
      const saved = node.sourceRef === undefined ? "" : ` of the saved source ${node.sourceRef}`;
      if (!("stream" in node.config)) {
        const place = [node.config.path, node.config.pattern?.value].filter(Boolean).join("/") || "files";
        return `reads ${place}${saved} (${node.connector})`;
      }
      const { stream, syncMode, cursorField } = node.config;
      const what = syncMode === "incremental" ? `, what is new by ${cursorField}` : ", whole at each run";
      return `reads the table ${stream}${saved} (${node.connector})${what}`;
    }
    case "target":
      return `loads ${node.input} into ${node.schema} of ${node.destination ?? "the built-in warehouse"} by ${node.loadMode}${node.upsertKey ? ` on ${listed(node.upsertKey)}` : ""}`;
    case "transform":
      return `changes ${node.input}: ${node.ops.map(opInWords).join(", ") || "nothing"}`;
    case "validate": {
      const rules = (node.rowLevel ?? []).map(
        (rule) => `${rule.field} ${rule.rule} (else ${rule.onFail ?? "quarantine"})`,
      );
      const checks = [...checksInWords(node.datasetLevel ?? {}), ...rules];
      return `checks ${node.input}: ${checks.join(", ") || "nothing"}`;
    }
    default:
      return `${node.kind} of ${listed(inputsOf(node))}`;
  }
}

/** An op in a few words. */
export function opInWords(op: Op): string {
  switch (op.op) {
    case "filter":
      return `keeps rows where ${op.expr}`;
    case "rename":
      return `renames ${op.from} to ${op.to}`;
    case "drop":
      return `drops ${listed(op.fields)}`;
    case "cast":
      return `casts ${op.field} to ${op.to}`;
    case "mask_pii":
      return `masks ${op.field} (${op.strategy})`;
    case "hash":
      return `hashes ${op.field}`;
    case "deduplicate":
      return `keeps the ${op.keep} row for each ${listed(op.keys)}`;
    case "expression":
      return `sets ${op.field} to ${op.expr}`;
    default:
      return "field" in op ? `${op.op} of ${op.field}` : op.op;
  }
}

function checksInWords(level: DatasetLevel): string[] {
  return Object.entries(level).map(([name, check]) => {
    const { onFail = "abort", ...rest } = check as { onFail?: string };
    if (name !== "rowCount") return `${name} ${JSON.stringify(rest)} (else ${onFail})`;
    const { min, max } = rest as { min?: number; max?: number };
    const bounds = [
      ...(min === undefined ? [] : [`fewer than ${min}`]),
      ...(max === undefined ? [] : [`more than ${max}`]),
    ];
    return `row count (${onFail} when ${bounds.join(" or ")} rows arrive)`;
  });
}
