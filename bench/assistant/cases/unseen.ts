import { type Case, check, cron, edits, MAY_GO, nothing, op, rule, where } from "../expect.ts";

/** Requests that no wording of the rules was written for: they tell how it does on what it was never shown. */
export const unseen: Case[] = [
  ...edits("unseen: edits", "orders", [
    ["remove the column notes", op({ op: "drop", field: "notes" })],
    ["strip out phone before loading", op({ op: "drop", field: "phone" })],
    ["I want only rows with quantity of at least 3", op({ op: "filter", expr: where("quantity >= 3") })],
    [
      "exclude status 'test'",
      op({ op: "filter", expr: where("coalesce(not (status = 'test'), true)", "status <> 'test'") }),
    ],
    ["schedule a run at 22:00 every Saturday", ["schedule", cron("0 22 * * 6")]],
    ["please load this every 30 minutes", ["schedule", { kind: "interval", minutes: 30 }]],
    ["every workday at 7:15 Vienna time", ["schedule", cron("15 7 * * 1-5", "Europe/Vienna")]],
    ["match rows by order_id and update them", ["load.loadMode", "upsert"], ["load.upsertKey", ["order_id"]]],
    ["wipe the table first", ["load.loadMode", "truncate"]],
    ["price can't be negative", rule("price", "gte:0")],
    ["fail the load when order_id is null", rule("order_id", "not_null", "abort")],
    ["at least 1,000 rows are expected", check("rowCount", { min: 1000 })],
    ["make sure there are no duplicate order_ids", check("duplicateKey", { fields: ["order_id"] })],
    ["obfuscate phone", op({ op: "mask_pii", field: "phone" })],
    [
      "cast quantity to integer and price to decimal(10,2)",
      op({ op: "cast", field: "quantity", to: "integer" }),
      op({ op: "cast", field: "price", to: "decimal(10,2)" }),
    ],
    [
      "uppercase country and mask email, then run it daily at noon",
      op({ op: "expression", field: "country", expr: where("upper(country)") }),
      op({ op: "mask_pii", field: "email" }),
      ["schedule", cron("0 12 * * *")],
    ],
  ]),
  ...edits("unseen: edits", "shop", [
    ["redact phone in the customers table", op({ op: "mask_pii", field: "phone" }, "load_customers")],
    [
      "products should be appended",
      ["load_products.loadMode", "append"],
      ["load_products.allowEmpty", MAY_GO],
    ],
    [
      "import public.suppliers from shop to shop.suppliers, incremental on updated_at",
      [
        "table",
        {
          schema: "shop.suppliers",
          source: {
            config: { stream: "public.suppliers", syncMode: "incremental", cursorField: "updated_at" },
          },
        },
      ],
    ],
    [
      "keep only rows where total > 0 in orders",
      op({ op: "filter", expr: where("total > 0") }, "load_orders"),
    ],
  ]),
  ...nothing("unseen: nothing", "orders", [
    ["would it help to drop notes?"],
    ["drop notes once the review is done"],
    ["mask email for everyone but the finance team"],
    ["my colleague wants to upsert on order_id"],
    ["run it hourly until Friday"],
    ["I am not sure whether to hash email"],
    ["undo the masking of email"],
    ["load the other file too"],
    ["quantity must be positive on weekdays"],
    ["drop notes later"],
  ]),
];
