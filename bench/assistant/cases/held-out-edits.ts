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

/** Everyday requests that no wording of the rules is written from: run for figures only. */
export const heldOutEdits: Case[] = [
  ...edits("held out: ingestion", "empty", [
    [
      "hi, can you set up a pipeline for /tmp/orders.csv? it should end up in starbucks.orders, once a day at 7",
      ["table", { schema: "starbucks.orders", source: { config: { path: "/tmp/orders.csv" } } }],
      ["schedule", cron("0 7 * * *")],
      named,
    ],
    [
      "new ingestion: source shop, table public.orders, target sales.orders, key id, refresh every 4 hours",
      [
        "table",
        {
          schema: "sales.orders",
          loadMode: "upsert",
          upsertKey: ["id"],
          source: { sourceRef: "shop", config: { stream: "public.orders" } },
        },
      ],
      ["schedule", minutes(240)],
      named,
    ],
    [
      "grab every jsonl in /data/events and dump it into raw.events",
      [
        "table",
        {
          schema: "raw.events",
          source: { config: { path: "/data/events", pattern: { type: "glob", value: "*.jsonl" } } },
        },
      ],
      named,
    ],
    [
      "copy /data/out/stock.tsv into stock.levels and overwrite whats there every time",
      [
        "table",
        { schema: "stock.levels", loadMode: "truncate", source: { config: { path: "/data/out/stock.tsv" } } },
      ],
      named,
    ],
  ]),
  ...edits("held out: ingestion", "shop", [
    [
      "can you add public.invoices as well? goes to shop.invoices",
      [
        "table",
        { schema: "shop.invoices", source: { sourceRef: "shop", config: { stream: "public.invoices" } } },
      ],
    ],
  ]),
  ...edits("held out: schedule", "orders", [
    ["it should go every morning at six, Europe/Rome", ["schedule", cron("0 6 * * *", "Europe/Rome")]],
    ["every 20 min", ["schedule", minutes(20)]],
    ["tuesdays and fridays at 14:15 UTC please", ["schedule", cron("15 14 * * 2,5")]],
    ["once a week on sunday at midnight", ["schedule", cron("0 0 * * 0")]],
  ]),
  ...edits("held out: schedule", "checked", [
    ["can we make it run at 5 instead of 6?", ["schedule", cron("0 5 * * *", "Europe/Berlin")]],
    ["stop the automatic runs", ["schedule", GONE()]],
  ]),
  ...edits("held out: load", "orders", [
    ["switch from append to merge by order_id", ...upsert("order_id")],
    ["each run should replace what was there before", ["load.loadMode", "truncate"]],
    [
      "i want existing orders updated rather than inserted again, they are identified by order_id",
      ...upsert("order_id"),
    ],
    ["target table is sales.orders from now on", ["load.schema", "sales.orders"]],
    ["use the analytics db as destination", ["load.destination", "analytics"]],
    ["@src should read /data/in/orders_new.csv", ["source.src.path", "/data/in/orders_new.csv"]],
  ]),
  ...edits("held out: load", "checked", [
    ["no upsert please, plain append", ["load.loadMode", "append"], ["load.upsertKey", GONE()]],
  ]),
  ...edits("held out: load", "shop", [
    [
      "make customers append only",
      ["load_customers.loadMode", "append"],
      ["load_customers.upsertKey", GONE()],
    ],
    [
      "order_items should be upserted by id",
      ["load_order_items.loadMode", "upsert"],
      ["load_order_items.upsertKey", ["id"]],
      ["load_order_items.allowEmpty", MAY_GO],
    ],
  ]),
  ...edits("held out: filter", "orders", [
    ["just the german ones, country = 'DE'", keep("country = 'DE'")],
    ["skip everything with quantity 0", without("quantity = 0", "quantity <> 0")],
    [
      "keep rows with status paid or open",
      keep("status in ('paid', 'open')", "status = 'paid' or status = 'open'"),
    ],
    ["drop orders where price is less than 5", without("price < 5", "price >= 5")],
    ["throw away rows without a phone", keep("phone is not null", "phone is not null and phone <> ''")],
  ]),
  ...edits("held out: columns", "orders", [
    [
      "the column phone should be named phone_number",
      op({ op: "rename", from: "phone", to: "phone_number" }),
    ],
    [
      "rename order id to id and notes to remark",
      op({ op: "rename", from: "order_id", to: "id" }),
      op({ op: "rename", from: "notes", to: "remark" }),
    ],
    ["we can do without notes and country", drop("notes"), drop("country")],
    ["delete the phone field from the output", drop("phone")],
    ["drop @notes and @phone", drop("notes"), drop("phone")],
    ["amount comes as text, we need decimal(10,2)", op({ op: "cast", field: "amount", to: "decimal(10,2)" })],
    ["quantity as bigint pls", op({ op: "cast", field: "quantity", to: "bigint" })],
    [
      "cast amount to decimal(10,2), if it doesnt parse set it to null",
      op({ op: "cast", field: "amount", to: "decimal(10,2)", onError: "null" }),
    ],
    ["pls mask emails", mask("email")],
    ["email and phone are PII, mask both", mask("email"), mask("phone")],
    ["sha256 the email column", op({ op: "hash", field: "email", algorithm: "sha256" })],
    ["annonymize phone numbers", mask("phone")],
    [
      "each order_id may show up only once, the newest ordered_at counts",
      op({ op: "deduplicate", keys: ["order_id"], keep: "last", orderBy: "ordered_at" }),
    ],
    ["remove dupes on email", op({ op: "deduplicate", keys: ["email"] })],
    ["new column total: quantity times price", set("total", "quantity * price")],
    [
      "fill empty notes with n/a",
      set("notes", "coalesce(notes, 'n/a')", "coalesce(nullif(notes, ''), 'n/a')"),
    ],
    ["round price to 2 digits", set("price", "round(price, 2)")],
  ]),
  ...edits("held out: tables", "orders", [
    [
      "aggregate by country: average price and number of rows",
      op({
        op: "aggregate",
        groupBy: ["country"],
        metrics: [{ fn: "avg", field: "price" }, { fn: "count" }],
      }),
    ],
    [
      "total quantity per status",
      op({ op: "aggregate", groupBy: ["status"], metrics: [{ fn: "sum", field: "quantity" }] }),
    ],
    [
      "split email on @ into user and domain",
      op({ op: "split", field: "email", separator: "@", into: ["user", "domain"] }),
    ],
    [
      "put country and phone together in contact, separated by a space",
      op({ op: "merge", fields: ["country", "phone"], separator: " ", into: "contact" }),
    ],
    [
      "translate country DE to Germany and AT to Austria",
      op({ op: "map_values", field: "country", mapping: { DE: "Germany", AT: "Austria" } }),
    ],
    [
      "in status replace 'canceled' with 'cancelled'",
      op(
        oneOf(
          { op: "map_values", field: "status", mapping: { canceled: "cancelled" } },
          { op: "expression", field: "status" },
        ),
      ),
    ],
    [
      "split the flow: price > 100 into starbucks.big_orders, everything else where it is now",
      [
        "load.step",
        { kind: "branch", cases: (cases: unknown) => Array.isArray(cases) && cases.length === 1 },
      ],
      ["table", { schema: "starbucks.big_orders" }],
    ],
  ]),
  ...edits("held out: tables", "desk", [
    [
      "enrich the orders with region from stores, matching country",
      ["load_orders.step|load_orders.op", { on: [{ left: "country", right: "country" }] }],
    ],
  ]),
];
