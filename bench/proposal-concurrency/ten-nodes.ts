import type { PipelineIr } from "#lib/ir/schema.ts";

const COLUMNS = ["id", "customer_id", "email", "status", "amount", "currency", "ordered_at", "country"];

/** A pipeline of so many nodes as people write them: a source with its columns, a check, transforms, a target. */
export function chainOf(nodes: number): PipelineIr {
  const columns = COLUMNS.map((name) => ({ name, type: name === "amount" ? "decimal(12,2)" : "string" }));
  const transforms = Array.from({ length: nodes - 3 }, (_, at) => ({
    id: `step_${at + 1}`,
    kind: "transform" as const,
    input: at === 0 ? "check" : `step_${at}`,
    ops: [
      { op: "filter" as const, expr: `amount > ${at} and status <> 'cancelled'` },
      { op: "expression" as const, field: "country", expr: "upper(trim(country))" },
    ],
  }));
  return {
    kind: "pipeline",
    version: "1.0",
    id: `bench-${nodes}`,
    metadata: { name: "Orders of the shop", owner: "data team" },
    schedule: { kind: "interval", minutes: 60 },
    nodes: [
      {
        id: "orders",
        kind: "source",
        connector: "local_fs",
        config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
      },
      {
        id: "check",
        kind: "validate",
        input: "orders",
        datasetLevel: {
          rowCount: { min: 1, onFail: "abort" },
          duplicateKey: { fields: ["id"], onFail: "warn" },
        },
        rowLevel: [{ id: "id_there", field: "id", rule: "not_null", onFail: "quarantine" }],
      },
      ...transforms,
      {
        id: "load",
        kind: "target",
        input: `step_${nodes - 3}`,
        schema: "shop.orders",
        loadMode: "upsert",
        upsertKey: ["id"],
      },
    ],
  };
}

/** A small patch of it, as a model writes it. */
export function tenNodePatch() {
  const filter = { op: "filter", expr: "amount > 0" };
  return {
    rationale: "Keeps only rows whose amount is above zero.",
    patch: [
      { op: "test", path: "/nodes/2/id", from: null, valueJson: '"step_1"' },
      { op: "add", path: "/nodes/2/ops/-", from: null, valueJson: JSON.stringify(filter) },
    ],
  };
}
