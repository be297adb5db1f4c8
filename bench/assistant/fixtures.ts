import { emptyPipelineIr } from "#lib/ir/index.ts";
import type { Catalogue, IrNode, PipelineIr } from "#lib/ir/schema.ts";

const typed = (columns: Record<string, string>) =>
  Object.entries(columns).map(([name, type]) => ({ name, type }));

const columns = typed({
  order_id: "bigint",
  email: "string",
  phone: "string",
  amount: "string",
  quantity: "integer",
  price: "double",
  status: "string",
  country: "string",
  notes: "string",
  ordered_at: "timestamp",
  updated_at: "timestamp",
});

const pipeline = (id: string, nodes: IrNode[], more: Partial<PipelineIr> = {}): PipelineIr => ({
  kind: "pipeline",
  version: "1.0",
  id,
  metadata: { name: id },
  nodes,
  ...more,
});
const csv: IrNode = {
  id: "src",
  kind: "source",
  connector: "local_fs",
  config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
};
const load = (input: string): IrNode => ({
  id: "load",
  kind: "target",
  input,
  schema: "starbucks.orders",
  loadMode: "append",
});
const daily = { kind: "cron" as const, expression: "0 6 * * *", timezone: "Europe/Berlin" };

/** A pair as the set-up agent makes it of a table: what is new is merged by its key, or everything replaces the table. */
function pair(
  sourceRef: string,
  connector: "postgres" | "mysql",
  stream: string,
  table: string,
  by?: string,
): IrNode[] {
  const id = table.split(".").at(-1) ?? table;
  const config = by
    ? { stream, syncMode: "incremental" as const, cursorField: by, primaryKey: ["id"] }
    : { stream, syncMode: "full_refresh" as const, primaryKey: ["id"] };
  const mode = by
    ? { loadMode: "upsert" as const, upsertKey: ["id"] }
    : { loadMode: "truncate" as const, allowEmpty: true };
  return [
    { id, kind: "source", sourceRef, connector, config },
    { id: `load_${id}`, kind: "target", input: id, schema: table, ...mode },
  ];
}

const lakeFile = (id: string, value: string, names: Record<string, string>): IrNode[] => [
  {
    id,
    kind: "source",
    sourceRef: "lake",
    connector: "s3",
    config: { path: "in", pattern: { type: "glob", value }, format: { type: "csv", columns: typed(names) } },
  },
  { id: `load_${id}`, kind: "target", input: id, schema: `lake.${id}`, loadMode: "append" },
];

/** Documents that requests start from. */
export const FIXTURES = {
  /** Nothing yet. */
  empty: emptyPipelineIr("new-pipeline", "New pipeline"),
  /** One file into one table. */
  orders: pipeline("orders", [csv, load("src")]),
  /** With a check, a key and a schedule. */
  checked: pipeline(
    "checked",
    [
      csv,
      { id: "v", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } },
      {
        id: "load",
        kind: "target",
        input: "v",
        schema: "starbucks.orders",
        loadMode: "upsert",
        upsertKey: ["order_id"],
      },
    ],
    { schedule: daily },
  ),
  /** With a mask, a filter and rules. */
  masked: pipeline("masked", [
    csv,
    {
      id: "t",
      kind: "transform",
      input: "src",
      ops: [
        { op: "filter", expr: "quantity > 0" },
        { op: "mask_pii", field: "email", strategy: "email" },
      ],
    },
    {
      id: "v",
      kind: "validate",
      input: "t",
      rowLevel: [
        { id: "a", field: "quantity", rule: "gt:0", onFail: "drop" },
        { id: "b", field: "status", rule: "not_null", onFail: "warn" },
      ],
    },
    load("v"),
  ]),
  /** What the set-up agent makes of four tables of PostgreSQL. */
  shop: pipeline(
    "shop",
    [
      ...pair("shop", "postgres", "public.orders", "shop.orders", "updated_at"),
      ...pair("shop", "postgres", "public.customers", "shop.customers", "updated_at"),
      ...pair("shop", "postgres", "public.products", "shop.products"),
      ...pair("shop", "postgres", "public.order_items", "shop.order_items"),
    ],
    { schedule: daily },
  ),
  /** One table of MySQL. */
  ledger: pipeline("ledger", pair("ledger", "mysql", "books.entries", "books.entries")),
  /** Two kinds of file in a bucket. */
  lake: pipeline("lake", [
    ...lakeFile("visits", "visits_*.csv", {
      visitor: "string",
      email: "string",
      seen_at: "timestamp",
      page: "string",
    }),
    ...lakeFile("sales", "sales_*.csv", {
      sale_id: "bigint",
      amount: "decimal(12,2)",
      store: "string",
      sold_at: "timestamp",
    }),
  ]),
  /** Two sources that are joined. */
  joined: pipeline("joined", [
    csv,
    {
      id: "stores",
      kind: "source",
      connector: "local_fs",
      config: {
        path: "/tmp/stores.csv",
        format: { type: "csv", columns: typed({ country: "string", region: "string" }) },
      },
    },
    {
      id: "j",
      kind: "join",
      left: "src",
      right: "stores",
      on: [{ left: "country", right: "country" }],
      how: "left",
    },
    load("j"),
  ]),
  /** Two files into two tables. */
  desk: pipeline("desk", [
    { ...csv, id: "orders" },
    { ...load("orders"), id: "load_orders" },
    {
      id: "stores",
      kind: "source",
      connector: "local_fs",
      config: {
        path: "/tmp/stores.csv",
        format: { type: "csv", columns: typed({ country: "string", region: "string" }) },
      },
    },
    { id: "load_stores", kind: "target", input: "stores", schema: "starbucks.stores", loadMode: "append" },
  ]),
} satisfies Record<string, PipelineIr>;
export type Fixture = keyof typeof FIXTURES;

/** What exists for the tenant. */
export const CATALOGUE: Catalogue = {
  sources: [
    { ref: "shop", connector: "postgres" },
    { ref: "crm", connector: "postgres" },
    { ref: "ledger", connector: "mysql" },
    { ref: "lake", connector: "s3" },
    { ref: "dropbox", connector: "sftp" },
  ],
  destinations: [{ name: "analytics", kind: "postgres" }],
};

const found = (path: string, columns: { name: string; type: string }[]) => ({
  path,
  readable: true as const,
  format: "csv",
  columns,
});

/** Files that can be looked into when a request names them. */
export const FILES = [
  found("/tmp/orders.csv", columns),
  found("/data/in/customers.csv", typed({ id: "bigint", name: "string", email: "string", city: "string" })),
  {
    path: "/etc/people.csv",
    readable: false as const,
    why: "It lies outside the folders that may be read",
    forbidden: true as const,
  },
];
