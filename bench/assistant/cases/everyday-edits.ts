import { type Case, cron, edits, GONE, MAY_GO, minutes, oneOf, op, where } from "../expect.ts";

const drop = (field: string, target?: string) => op({ op: "drop", field }, target);
const keep = (...texts: string[]) => op({ op: "filter", expr: where(...texts) });
const without = (text: string, ...others: string[]) =>
  keep(`coalesce(not (${text}), true)`, `not (${text})`, ...others);
const mask = (field: string) => op({ op: "mask_pii", field });
const set = (field: string, ...texts: string[]) => op({ op: "expression", field, expr: where(...texts) });
const named: [string, unknown] = ["name", /\w/];
const upsert = (...keys: string[]): [string, unknown][] => [
  ["load.loadMode", "upsert"],
  ["load.upsertKey", keys],
];

/** Requests as they are typed at work, terse, polite or hasty: ingestion, schedule, load and columns. */
export const everydayEdits: Case[] = [
  ...edits("everyday: ingestion", "empty", [
    [
      "pls load /data/in/customers.csv to crm.customers every night at 2",
      ["table", { schema: "crm.customers", source: { config: { path: "/data/in/customers.csv" } } }],
      ["schedule", cron("0 2 * * *")],
      named,
    ],
    [
      "pull public.orders out of shop and put it in sales.orders, only new rows based on updated_at",
      [
        "table",
        {
          schema: "sales.orders",
          source: {
            sourceRef: "shop",
            config: { stream: "public.orders", syncMode: "incremental", cursorField: "updated_at" },
          },
        },
      ],
      named,
    ],
    [
      "ingest all csv files under /data/drop into raw.drop",
      [
        "table",
        {
          schema: "raw.drop",
          source: { config: { path: "/data/drop", pattern: { type: "glob", value: "*.csv" } } },
        },
      ],
      named,
    ],
    [
      "I have a parquet file at /data/lake/trips.parquet and want it in raw.trips, replace the table each run",
      [
        "table",
        {
          schema: "raw.trips",
          loadMode: "truncate",
          source: { config: { path: "/data/lake/trips.parquet" } },
        },
      ],
      named,
    ],
  ]),
  ...edits("everyday: ingestion", "shop", [
    [
      "also bring public.suppliers from shop over into shop.suppliers please",
      [
        "table",
        { schema: "shop.suppliers", source: { sourceRef: "shop", config: { stream: "public.suppliers" } } },
      ],
    ],
  ]),
  ...edits("everyday: schedule", "orders", [
    ["evry day at 6am pls", ["schedule", cron("0 6 * * *")]],
    [
      "kick it off at half past 5 on weekdays, Berlin time",
      ["schedule", cron("30 5 * * 1-5", "Europe/Berlin")],
    ],
    ["run this thing every quarter of an hour", ["schedule", minutes(15)]],
    ["monthly on the 15th at 8", ["schedule", cron("0 8 15 * *")]],
  ]),
  ...edits("everyday: schedule", "checked", [
    ["no schedule anymore please", ["schedule", GONE()]],
    ["shift it to 9pm", ["schedule", cron("0 21 * * *", "Europe/Berlin")]],
  ]),
  ...edits("everyday: load", "orders", [
    ["use upsert instead of append, key is order_id", ...upsert("order_id")],
    ["dont append, overwrite the table", ["load.loadMode", "truncate"]],
    ["merge on order id and country", ...upsert("order_id", "country")],
    ["change @load to upsert on @order_id", ...upsert("order_id")],
    ["write into sales.orders_clean instead of starbucks.orders", ["load.schema", "sales.orders_clean"]],
  ]),
  ...edits("everyday: load", "checked", [
    ["go back to append", ["load.loadMode", "append"], ["load.upsertKey", GONE()]],
  ]),
  ...edits("everyday: load", "shop", [
    [
      "products: switch to upsert w/ key sku",
      ["load_products.loadMode", "upsert"],
      ["load_products.upsertKey", ["sku"]],
      ["load_products.allowEmpty", MAY_GO],
    ],
  ]),
  ...edits("everyday: filter", "orders", [
    [
      "get rid of everything where status is cancelled",
      without("status = 'cancelled'", "status <> 'cancelled'"),
    ],
    ["only rows with a price above 100", keep("price > 100")],
    ["filter on country = DE", keep("country = 'DE'")],
    [
      "leave out orders whose ordered_at is before 2024-01-01",
      without("ordered_at < '2024-01-01'", "ordered_at >= '2024-01-01'"),
    ],
    ["exclude the test orders, i.e. status = test", without("status = 'test'", "status <> 'test'")],
  ]),
  ...edits("everyday: columns", "orders", [
    [
      "pls rename: notes -> comments, phone -> phone_number",
      op({ op: "rename", from: "notes", to: "comments" }),
      op({ op: "rename", from: "phone", to: "phone_number" }),
    ],
    ["let's call ordered_at order_date instead", op({ op: "rename", from: "ordered_at", to: "order_date" })],
    ["kick out phone & notes", drop("phone"), drop("notes")],
    ["remvoe the notes field", drop("notes")],
    [
      "amount needs to be numeric(10,2)",
      op({ op: "cast", field: "amount", to: /^(?:decimal|numeric)\(10,2\)$/ }),
    ],
    ["parse ordered_at as date", op({ op: "cast", field: "ordered_at", to: "date" })],
    ["personal data: mask the email and phone columns", mask("email"), mask("phone")],
    ["mask @email", mask("email")],
    ["pseudonymise email with sha256", op({ op: "hash", field: "email", algorithm: "sha256" })],
    ["black out the phone number", mask("phone")],
    ["gdpr: hash email and phone", op({ op: "hash", field: "email" }), op({ op: "hash", field: "phone" })],
    [
      "dedup by order id, latest updated_at wins",
      op({ op: "deduplicate", keys: ["order_id"], keep: "last", orderBy: "updated_at" }),
    ],
    ["lower case the emails", set("email", "lower(email)")],
    ["net = price * 0.81 as a new column", set("net", "price * 0.81")],
    [
      "add column source_system with the value web",
      op({ field: "source_system", op: oneOf("add_field", "expression") }),
    ],
    ["if country is null put XX", set("country", "coalesce(country, 'XX')")],
  ]),
  ...edits("everyday: tables", "orders", [
    [
      "sum of price per country as revenue",
      op({ op: "aggregate", groupBy: ["country"], metrics: [{ fn: "sum", field: "price", as: "revenue" }] }),
    ],
    [
      "group by status and count the orders",
      op({ op: "aggregate", groupBy: ["status"], metrics: [{ fn: "count" }] }),
    ],
    [
      "split notes at the comma into note1 and note2",
      op({ op: "split", field: "notes", separator: ",", into: ["note1", "note2"] }),
    ],
    [
      "concat country and status into code with a dash",
      op({ op: "merge", fields: ["country", "status"], separator: "-", into: "code" }),
    ],
    [
      "map status: P -> paid, O -> open",
      op({ op: "map_values", field: "status", mapping: { P: "paid", O: "open" } }),
    ],
    [
      "route rows where country = 'DE' to starbucks.orders_de, the rest stays",
      [
        "load.step",
        { kind: "branch", cases: (cases: unknown) => Array.isArray(cases) && cases.length === 1 },
      ],
      ["table", { schema: "starbucks.orders_de" }],
    ],
  ]),
  ...edits("everyday: tables", "desk", [
    [
      "join orders with stores on country",
      ["load_orders.step|load_orders.op", { on: [{ left: "country", right: "country" }] }],
    ],
  ]),
];
