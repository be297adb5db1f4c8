import { type Case, check, edits, GONE, MAY_GO, nothing, op, rule, where } from "../expect.ts";

const gone = (name: string): [string, unknown] => ["lane", GONE(`load_${name}`)];

/** Pipelines of many tables, as the set-up agent makes them. */
export const tables: Case[] = [
  ...edits("many tables", "shop", [
    ["mask email in customers", op({ op: "mask_pii", field: "email", strategy: "email" }, "load_customers")],
    [
      "in the orders table, keep only rows where status = 'paid'",
      op({ op: "filter", expr: where("status = 'paid'") }, "load_orders"),
    ],
    ["for load_orders: drop the column notes", op({ op: "drop", field: "notes" }, "load_orders")],
    [
      "drop the column internal_notes from customers",
      op({ op: "drop", field: "internal_notes" }, "load_customers"),
    ],
    ["customers: email must be valid", rule("email", "email", undefined, "load_customers")],
    ["hash the column email of shop.customers", op({ op: "hash", field: "email" }, "load_customers")],
    ["stop loading order_items", gone("order_items")],
    ["remove the table products from the pipeline", gone("products")],
    ["we no longer need order_items, remove it from this pipeline", gone("order_items")],
    [
      "orders and order_items must have at least 1 row",
      check("rowCount", { min: 1 }, "load_orders"),
      check("rowCount", { min: 1 }, "load_order_items"),
    ],
    [
      "add a column loaded_at with the current timestamp to every table",
      ...["orders", "customers", "products", "order_items"].map((name) =>
        op({ op: "expression", field: "loaded_at", expr: where("now()") }, `load_${name}`),
      ),
    ],
    [
      "mask email in customers and drop the column notes in orders",
      op({ op: "mask_pii", field: "email" }, "load_customers"),
      op({ op: "drop", field: "notes" }, "load_orders"),
    ],
    [
      "upsert products on sku",
      ["load_products.loadMode", "upsert"],
      ["load_products.upsertKey", ["sku"]],
      ["load_products.allowEmpty", MAY_GO],
    ],
    [
      "rename full_name to name in customers",
      op({ op: "rename", from: "full_name", to: "name" }, "load_customers"),
    ],
  ]),
  ...edits("many tables", "lake", [
    ["mask email in visits", op({ op: "mask_pii", field: "email", strategy: "email" }, "load_visits")],
    ["quarantine sales with a negative amount", rule("amount", "gte:0", undefined, "load_sales")],
    ["deduplicate lake.sales on sale_id", op({ op: "deduplicate", keys: ["sale_id"] }, "load_sales")],
    ["upsert sales on sale_id", ["load_sales.loadMode", "upsert"], ["load_sales.upsertKey", ["sale_id"]]],
    ["mask email", op({ op: "mask_pii", field: "email", strategy: "email" }, "load_visits")],
  ]),
  ...nothing("many tables", "shop", [
    ["mask email"],
    ["append"],
    ["drop the column notes in suppliers", /suppliers/],
    ["remove the table suppliers", /suppliers/],
    ["stop loading everything"],
    ["what tables are loaded?", /customers/],
  ]),
  ...nothing("many tables", "lake", [
    ["mask phone in visits", /phone/],
    ["upsert visits on order_id", /order_id/],
  ]),
];
