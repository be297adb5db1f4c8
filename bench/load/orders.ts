import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** Columns of the table that is loaded. */
export const TABLE =
  "id bigint, customer_id integer, amount numeric(12,2), status text, created_at timestamptz, note text";
const COLUMNS = [
  ["id", "bigint"],
  ["customer_id", "integer"],
  ["amount", "decimal(12,2)"],
  ["status", "string"],
  ["created_at", "timestamptz"],
  ["note", "string"],
].map(([name, type]) => ({ name, type }));

/** Load modes beside append, which the other variants use. */
const MODES = ["blue_green", "incremental_watermark", "upsert"] as const;
/** "changed": with a transform, so that the file's own bytes are not what is loaded. */
export const VARIANTS = ["typed", "checked", "changed", "changed and checked", ...MODES] as const;
export type Variant = (typeof VARIANTS)[number];

/** Writes a file of orders; their ids begin after `from`, and `other` makes other amounts. @returns its bytes. */
export async function writeOrders(file: string, rows: number, from = 0, other = 0): Promise<number> {
  const out = createWriteStream(file);
  out.write("id,customer_id,amount,status,created_at,note\n");
  const statuses = ["new", "paid", "shipped", "returned"];
  let text = "";
  for (let id = from + 1; id <= from + rows; id++) {
    const at = new Date(1_700_000_000_000 + id * 1000).toISOString();
    const note = id % 7 === 0 ? `"said ""é${id}"", twice"` : id % 5 === 0 ? "" : `plain note number ${id}`;
    text += `${id},${(id * 7919) % 100_000},${((id * 31 + other) % 100_000) / 100},${statuses[id % 4]},${at},${note}\n`;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await new Promise<void>((resolve) => out.once("drain", () => resolve()));
    text = "";
  }
  out.end(text);
  await finished(out);
  return out.bytesWritten;
}

/** The pipeline that loads a file of orders, into the destination `yard` or the built-in warehouse. */
export function ordersPipeline(file: string, variant: Variant, yard = true, table = "public.orders") {
  const format = { type: "csv", columns: COLUMNS };
  const checks = {
    id: "checks",
    kind: "validate",
    input: "file",
    datasetLevel: {
      rowCount: { min: 1 },
      freshness: { field: "created_at", maxAgeMinutes: 100_000_000 },
      cardinality: { field: "status", min: 2, max: 10 },
      ...(yard && {
        fkIntegrity: { field: "customer_id", references: { table: "public.customers", field: "id" } },
      }),
      duplicateKey: { fields: ["id"] },
    },
    rowLevel: [
      { id: "has-id", field: "id", rule: "not_null" },
      { id: "positive", field: "amount", rule: "gte:0" },
      { id: "known", field: "status", rule: "in:new,paid,shipped,returned" },
    ],
  };
  const transform = {
    id: "shape",
    kind: "transform",
    input: "file",
    ops: [{ op: "expression", field: "status", expr: "lower(status)" }],
  };
  const changed = variant.startsWith("changed");
  const middle: { id: string; input: string }[] = changed ? [transform] : [];
  if (variant.endsWith("checked")) middle.push({ ...checks, input: changed ? "shape" : "file" });
  return {
    kind: "pipeline",
    version: "1.0",
    id: "bench",
    metadata: { name: "Bench" },
    nodes: [
      { id: "file", kind: "source", connector: "local_fs", config: { path: file, format } },
      ...middle,
      {
        id: "table",
        kind: "target",
        input: middle.at(-1)?.id ?? "file",
        ...(yard && { destination: "yard" }),
        schema: table,
        loadMode: MODES.find((mode) => mode === variant) ?? "append",
        ...(variant === "incremental_watermark" && { watermarkColumn: "created_at" }),
        ...(variant === "upsert" && { upsertKey: ["id"] }),
      },
    ],
  };
}
