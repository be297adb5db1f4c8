import { applyPatch } from "#lib/json-patch/index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Issue } from "./issue.ts";
import { parsePipelineIR } from "./parse-pipeline-ir.ts";

/** What the tests of the checks start from: a small valid pipeline, and edits of it. */
export const catalogue: Catalogue = {
  sources: [
    { ref: "crm", connector: "postgres" },
    { ref: "shop_bucket", connector: "s3" },
  ],
  destinations: [{ name: "reporting", kind: "postgres" }],
};

const columns = [
  { name: "id", type: "integer" },
  { name: "amount", type: "decimal(12,2)" },
  { name: "email", type: "string" },
  { name: "at", type: "timestamp" },
];
export const file = (path: string) => ({ path, format: { type: "csv", columns } });
export const base = {
  kind: "pipeline",
  version: "1.0",
  id: "orders-daily",
  metadata: { name: "Orders, daily" },
  schedule: { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" },
  nodes: [
    { id: "src", kind: "source", connector: "local_fs", config: file("/tmp/orders.csv") },
    { id: "clean", kind: "transform", input: "src", ops: [{ op: "filter", expr: "amount > 0" }] },
    {
      id: "v",
      kind: "validate",
      input: "clean",
      rowLevel: [{ id: "has_id", field: "id", rule: "not_null" }],
    },
    { id: "load", kind: "target", input: "v", schema: "shop.orders", loadMode: "append" },
  ],
};

type Edit = [path: string, value?: unknown];
/** The base with some paths set (an index that is not there yet is added), or removed when no value is given. */
export function edited(...edits: Edit[]): unknown {
  const patch = edits.map(([path, value]) =>
    value === undefined ? { op: "remove", path } : { op: "add", path, value },
  );
  const result = applyPatch(
    base,
    patch.flatMap((op) =>
      op.op === "add" && /\/\d+$/.test(op.path) ? [{ op: "remove", path: op.path }, op] : [op],
    ),
  );
  if (!result.ok) throw new Error(result.error.message);
  return result.document;
}
export const issuesOf = (input: unknown, strength: "saved" | "executable" = "executable"): Issue[] => {
  const result = parsePipelineIR(input, { strength, catalogue });
  return result.ok ? [] : result.issues;
};
export const op = (...ops: unknown[]): Edit => ["/nodes/1/ops", ops];
export const node = (value: unknown): Edit => ["/nodes/-", value];
export const rule = (text: string, field = "id"): Edit => [
  "/nodes/2/rowLevel",
  [{ id: "r", field, rule: text }],
];
export const dataset = (value: unknown): Edit => ["/nodes/2/datasetLevel", value];
