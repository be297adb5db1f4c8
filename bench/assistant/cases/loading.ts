import { executableNames } from "#lib/ir/index.ts";
import { type Case, edits, GONE, MAY_GO, nothing, oneOf } from "../expect.ts";

/** How rows are loaded, and where. */
export const loading: Case[] = [
  ...edits("load mode", "orders", [
    ["upsert on order_id", ["load.loadMode", "upsert"], ["load.upsertKey", ["order_id"]]],
    [
      "update rows that exist already, matching on order_id",
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
    ],
    [
      "use order_id and country as the key and upsert",
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id", "country"]],
    ],
    [
      "the primary key is order_id, merge instead of appending",
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
    ],
    ["empty the table before every load", ["load.loadMode", "truncate"]],
    ["replace everything in the table each time", ["load.loadMode", "truncate"]],
    ["full reload every run", ["load.loadMode", "truncate"]],
    ["load mode truncate", ["load.loadMode", "truncate"]],
    [
      "insert new orders and update existing ones by order_id",
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
    ],
    ["write to sales.orders_v2 instead", ["load.schema", "sales.orders_v2"]],
    ["load it into the analytics destination", ["load.destination", "analytics"]],
    ["change the target table to sales.all_orders", ["load.schema", "sales.all_orders"]],
  ]),
  ...edits("load mode", "checked", [
    ["append instead of upserting", ["load.loadMode", "append"], ["load.upsertKey", GONE()]],
    ["just append", ["load.loadMode", "append"], ["load.upsertKey", GONE()]],
    ["add country to the key", ["load.upsertKey", ["order_id", "country"]]],
    ["the key should be order_id and country", ["load.upsertKey", ["order_id", "country"]]],
  ]),
  ...edits("load mode", "ledger", [
    [
      "only load new entries by booked_at",
      ["source.entries.syncMode", "incremental"],
      ["source.entries.cursorField", "booked_at"],
      ["load_entries.loadMode", oneOf("append", "upsert")],
      ["load_entries.upsertKey", ["id"]],
      ["load_entries.allowEmpty", MAY_GO],
    ],
    [
      "make it incremental by booked_at, upsert on id",
      ["source.entries.syncMode", "incremental"],
      ["source.entries.cursorField", "booked_at"],
      ["load_entries.loadMode", "upsert"],
      ["load_entries.upsertKey", ["id"]],
      ["load_entries.allowEmpty", MAY_GO],
    ],
  ]),
  ...edits("load mode", "shop", [
    [
      "switch orders to a full refresh",
      ["source.orders.syncMode", "full_refresh"],
      ["source.orders.cursorField", GONE()],
      ["load_orders.loadMode", "truncate"],
      ["load_orders.upsertKey", GONE()],
      ["load_orders.allowEmpty", true],
    ],
    ["use customer_id as the key of customers", ["load_customers.upsertKey", ["customer_id"]]],
    [
      "load products incrementally by changed_at",
      ["source.products.syncMode", "incremental"],
      ["source.products.cursorField", "changed_at"],
      ["load_products.loadMode", "upsert"],
      ["load_products.upsertKey", ["id"]],
      ["load_products.allowEmpty", MAY_GO],
    ],
    ["for orders use created_at as the cursor", ["source.orders.cursorField", "created_at"]],
    ["write customers to crm.customers instead", ["load_customers.schema", "crm.customers"]],
    [
      "send all tables to the analytics destination",
      ["load_orders.destination", "analytics"],
      ["load_customers.destination", "analytics"],
      ["load_products.destination", "analytics"],
      ["load_order_items.destination", "analytics"],
    ],
  ]),
  ...(executableNames("load_mode").includes("incremental_watermark")
    ? edits("load mode", "orders", [
        [
          "only load new rows by updated_at",
          ["load.loadMode", "incremental_watermark"],
          ["load.watermarkColumn", "updated_at"],
        ],
      ])
    : nothing("load mode", "orders", [["only load new rows by updated_at", /incremental|watermark/i]])),
  ...edits("load mode", "orders", [
    ["use blue-green loading", ["load.loadMode", "blue_green"]],
    ["switch the target to blue_green", ["load.loadMode", "blue_green"]],
    ["load into a new table and then swap them", ["load.loadMode", "blue_green"]],
  ]),
  ...edits("load mode", "shop", [
    [
      "load products with cdc",
      ["load_products.loadMode", "cdc_mirror"],
      ["load_products.allowEmpty", GONE()],
      ["source.products.syncMode", MAY_GO],
    ],
    [
      "for customers: mirror the changes using change data capture",
      ["load_customers.loadMode", "cdc_mirror"],
      ["load_customers.allowEmpty", MAY_GO],
      ["load_customers.upsertKey", MAY_GO],
      ["source.customers.syncMode", "full_refresh"],
      ["source.customers.cursorField", GONE()],
    ],
  ]),
  ...nothing("load mode", "orders", [
    ["upsert", /key/i],
    ["upsert on colour", /colour/],
    ["mirror changes with CDC", /cdc|change/i],
    ["switch to cdc_mirror", /cdc/i],
    ["load it into snowflake", /snowflake|destination/i],
    ["write to the lakehouse destination", /lakehouse/],
  ]),
];
