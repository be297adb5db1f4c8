import { type Case, cron, edits, type Like, nothing, oneOf, unset } from "../expect.ts";

const file = (path: string, type: string, more: object = {}): Like => ({
  connector: "local_fs",
  config: { path, format: { type, ...more } },
});
/** How a table is read and loaded where nothing else is said: all of it, in place of what was there, or added to it. */
const whole = oneOf("truncate", "append");
const from = (sourceRef: string, connector: string, config: object): Like => ({
  connector,
  sourceRef,
  config,
});
const all = (stream: string) => ({ stream, syncMode: "full_refresh" });
const by = (stream: string, cursorField: string) => ({ stream, syncMode: "incremental", cursorField });
/** A new pipeline may be given a name. */
const named: [string, Like] = ["name", /\w/];

/** From a file or a saved source into a table. */
export const ingesting: Case[] = [
  ...edits("files", "empty", [
    [
      "add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders",
      [
        "table",
        {
          schema: "starbucks.orders",
          loadMode: "append",
          source: file("/tmp/orders.csv", "csv"),
          ops: [],
          rules: [],
        },
      ],
      ["schedule", cron("0 0 * * *")],
      named,
    ],
    [
      "load /data/in/customers.csv into crm.customers, upsert on id",
      [
        "table",
        {
          schema: "crm.customers",
          loadMode: "upsert",
          upsertKey: ["id"],
          source: file("/data/in/customers.csv", "csv"),
        },
      ],
      named,
    ],
    [
      "Import every parquet file in /data/exports/*.parquet into raw.exports, every hour",
      [
        "table",
        {
          schema: "raw.exports",
          source: { config: { path: "/data/exports", pattern: { type: "glob", value: "*.parquet" } } },
        },
      ],
      ["schedule", cron("0 * * * *")],
      named,
    ],
    [
      "every morning at 7 in London take /data/in/sales_{YYYYMMDD}.csv and append it to sales.daily",
      [
        "table",
        {
          schema: "sales.daily",
          loadMode: "append",
          source: { config: { pattern: { type: "date_template", value: "sales_{YYYYMMDD}.csv" } } },
        },
      ],
      ["schedule", cron("0 7 * * *", "Europe/London")],
      named,
    ],
    [
      "I need the file /tmp/orders.csv in the table starbucks.orders",
      ["table", { schema: "starbucks.orders", source: file("/tmp/orders.csv", "csv") }],
      named,
    ],
    [
      "/tmp/orders.csv -> starbucks.orders",
      ["table", { schema: "starbucks.orders", source: file("/tmp/orders.csv", "csv") }],
      named,
    ],
    [
      "get /data/in/events.jsonl into raw.events in the analytics destination",
      [
        "table",
        { schema: "raw.events", destination: "analytics", source: file("/data/in/events.jsonl", "jsonl") },
      ],
      named,
    ],
    [
      "create a pipeline that reads /tmp/orders.csv and writes to starbucks.orders",
      ["table", { schema: "starbucks.orders", source: file("/tmp/orders.csv", "csv") }],
      named,
    ],
  ]),
  ...edits("saved sources", "empty", [
    [
      "add a daily load of public.orders from the source shop into sales.orders, incremental by updated_at",
      [
        "table",
        {
          schema: "sales.orders",
          loadMode: "append",
          source: from("shop", "postgres", by("public.orders", "updated_at")),
        },
      ],
      ["schedule", cron("0 0 * * *")],
      named,
    ],
    [
      "load public.customers from shop into crm.customers",
      [
        "table",
        {
          schema: "crm.customers",
          loadMode: whole,
          source: from("shop", "postgres", all("public.customers")),
        },
      ],
      named,
    ],
    [
      "copy the table books.entries of the saved source ledger to finance.entries every night",
      [
        "table",
        { schema: "finance.entries", loadMode: whole, source: from("ledger", "mysql", all("books.entries")) },
      ],
      ["schedule", cron("0 0 * * *")],
      named,
    ],
    [
      "sync public.orders from shop to sales.orders hourly, incremental by updated_at, upsert on id",
      [
        "table",
        {
          schema: "sales.orders",
          loadMode: "upsert",
          upsertKey: ["id"],
          source: from("shop", "postgres", by("public.orders", "updated_at")),
        },
      ],
      ["schedule", cron("0 * * * *")],
      named,
    ],
    [
      "Please bring public.contacts in from our crm source, into crm.contacts, and only load new rows by modified_at",
      [
        "table",
        { schema: "crm.contacts", source: from("crm", "postgres", by("public.contacts", "modified_at")) },
      ],
      named,
    ],
    [
      "load in/visits_*.csv from lake into lake.visits",
      [
        "table",
        {
          schema: "lake.visits",
          loadMode: "append",
          source: from("lake", "s3", { path: "in", pattern: { type: "glob", value: "visits_*.csv" } }),
        },
      ],
      named,
    ],
    [
      "add an ingestion of exports/stock.csv from the sftp source dropbox into stock.levels, replacing the table each time",
      [
        "table",
        {
          schema: "stock.levels",
          loadMode: "truncate",
          source: from("dropbox", "sftp", { path: "exports/stock.csv" }),
        },
      ],
      named,
    ],
    [
      "load orders from shop into sales.orders",
      [
        "table",
        {
          schema: "sales.orders",
          source: from("shop", "postgres", { stream: oneOf("orders", "public.orders") }),
        },
      ],
      named,
    ],
    [
      "load the postgres table public.refunds of shop into sales.refunds in the analytics destination",
      [
        "table",
        {
          schema: "sales.refunds",
          destination: "analytics",
          source: from("shop", "postgres", all("public.refunds")),
        },
      ],
      named,
    ],
  ]),
  ...edits("saved sources", "shop", [
    [
      "also load public.refunds from shop into shop.refunds",
      [
        "table",
        {
          schema: "shop.refunds",
          loadMode: whole,
          destination: unset(),
          source: from("shop", "postgres", all("public.refunds")),
        },
      ],
    ],
    [
      "add public.invoices from the source shop into shop.invoices, incremental by updated_at with key id",
      [
        "table",
        {
          schema: "shop.invoices",
          loadMode: "upsert",
          upsertKey: ["id"],
          source: from("shop", "postgres", by("public.invoices", "updated_at")),
        },
      ],
    ],
  ]),
  ...nothing("saved sources", "empty", [
    ["load public.orders from warehouse9 into sales.orders", /warehouse9/],
    ["load public.orders from the source hubspot into sales.orders", /hubspot/],
    ["load public.orders into sales.orders"],
    ["load /etc/people.csv into hr.people", /outside|folder|not/i],
    ["load s3://bucket/orders.csv into sales.orders", /source|s3/i],
    ["load my orders into the database"],
    ["load public.orders from the mysql source shop into sales.orders", /postgres/i],
  ]),
];
