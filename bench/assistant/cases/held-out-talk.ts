import {
  type Case,
  check,
  cron,
  edits,
  GONE,
  minutes,
  nothing,
  oneOf,
  op,
  questions,
  rule,
  unset,
  where,
} from "../expect.ts";

const mask = (field: string, strategy: unknown = unset("email", "phone", "redact", "partial")) =>
  op({ op: "mask_pii", field, strategy });
const after = (after: string, cases: Case[]): Case[] => cases.map((one) => ({ ...one, after }));

/** Everyday talk that no wording of the rules is written from: run for figures only. */
export const heldOutTalk: Case[] = [
  ...edits("held out: checks", "orders", [
    ["make order_id not null", rule("order_id", "not_null")],
    ["country must be one of DE, AT, CH otherwise drop the row", rule("country", "in:DE,AT,CH", "drop")],
    ["quantity at least 1 and at most 99", rule("quantity", oneOf("between:1,99"))],
    ["warn when notes are longer than 500 characters", rule("notes", "length_max:500", "warn")],
    ["stop everything if order_id is missing", rule("order_id", "not_null", "abort")],
    ["email should be a valid address", rule("email", "email")],
    ["break if there is no data at all", check("rowCount", { min: 1, onFail: unset("abort") })],
    ["fail the run below 200 rows", check("rowCount", { min: 200, onFail: unset("abort") })],
    ["expect between 1k and 5k rows", check("rowCount", { min: 1000, max: 5000 })],
    [
      "duplicates on order_id should only warn",
      check("duplicateKey", { fields: ["order_id"], onFail: "warn" }),
    ],
    [
      "ordered_at must be fresh, max 6 hours old",
      check("freshness", { field: "ordered_at", maxAgeMinutes: 360 }),
    ],
    [
      "at least 5 distinct countries or warn",
      check("cardinality", { field: "country", min: 5, onFail: "warn" }),
    ],
    [
      "status must reference dim.status(code)",
      check("fkIntegrity", { field: "status", references: { table: "dim.status", field: "code" } }),
    ],
  ]),
  ...edits("held out: checks", "masked", [
    [
      "also write the quarantined rows to starbucks.bad_orders",
      ["load.quarantine", { table: "starbucks.bad_orders" }],
    ],
    ["remove the check on status", ["load.rule", GONE({ field: "status" })]],
  ]),
  ...edits("held out: nodes", "masked", [
    [
      "drop the validate step",
      ["load.rule", GONE({ field: "quantity" })],
      ["load.rule", GONE({ field: "status" })],
    ],
    ["email no longer has to be masked", ["load.op", GONE({ op: "mask_pii" })]],
    ["no filter on quantity anymore", ["load.op", GONE({ op: "filter" })]],
  ]),
  {
    family: "held out: nodes",
    on: "checked",
    ask: "call node v checks instead",
    want: { changes: [], renamed: ["v", "checks"] },
  },
  ...edits("held out: nodes", "shop", [
    ["kick order_items out of this pipeline", ["lane", GONE("load_order_items")]],
  ]),
  ...edits("held out: settings", "orders", [
    ["3 attempts max, fixed backoff", ["retry", { maxAttempts: 3, backoff: "fixed" }]],
    ["dont keep rejected rows", ["dlq", { enabled: false }]],
    ["set owner to analytics-team and tag it gdpr", ["owner", "analytics-team"], ["tags", ["gdpr"]]],
    ["describe it as 'All orders, raw'", ["description", "All orders, raw"]],
    ["tags: raw, orders", ["tags", ["raw", "orders"]]],
  ]),
  ...edits("held out: several", "orders", [
    [
      "trim notes and lowercase email, then only keep rows with quantity > 0",
      op({ op: "expression", field: "notes", expr: where("trim(notes)") }),
      op({ op: "expression", field: "email", expr: where("lower(email)") }),
      op({ op: "filter", expr: where("quantity > 0") }),
    ],
    [
      "filter country = 'DE', then drop that column",
      op({ op: "filter", expr: where("country = 'DE'") }),
      op({ op: "drop", field: "country" }),
    ],
    ["email: mask it, and it must not be empty", mask("email"), rule("email", "not_null")],
    [
      "schedule daily 3am, retry twice, owner data-team",
      ["schedule", cron("0 3 * * *")],
      ["retry", { maxAttempts: oneOf(2, 3) }],
      ["owner", "data-team"],
    ],
    [
      "mask phone and hash email. upsert by order_id. fail under 10 rows",
      mask("phone"),
      op({ op: "hash", field: "email" }),
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
      check("rowCount", { min: 10 }),
    ],
  ]),
  ...edits("held out: several", "empty", [
    [
      "take public.customers from crm into crm.customers, mask the email, every 2 hours",
      [
        "table",
        {
          schema: "crm.customers",
          source: { sourceRef: "crm", config: { stream: "public.customers" } },
          ops: [{ op: "mask_pii", field: "email" }],
        },
      ],
      ["schedule", minutes(120)],
      ["name", /\w/],
    ],
  ]),
  ...after(
    "mask email",
    edits("held out: follow-ups", "orders", [
      ["same for phone please", mask("phone")],
      ["actually redact it completely", ["load.op", GONE({ strategy: "email" })], mask("email", "redact")],
      ["no wait, hash it", ["load.op", GONE({ op: "mask_pii" })], op({ op: "hash", field: "email" })],
    ]),
  ),
  ...after(
    "daily",
    edits("held out: follow-ups", "orders", [
      ["make it 3am instead", ["schedule", cron("0 3 * * *")]],
      ["weekdays only", ["schedule", cron("0 0 * * 1-5")]],
      ["every hour rather than daily", ["schedule", cron("0 * * * *")]],
    ]),
  ),
  ...after(
    "at least 100 rows",
    edits("held out: follow-ups", "orders", [
      ["make it 250", check("rowCount", { min: 250 }), ["load.check", GONE({ min: 100 })]],
      [
        "should only warn",
        check("rowCount", { min: 100, onFail: "warn" }),
        ["load.check", GONE({ min: 100 })],
      ],
      ["max 1000 too", check("rowCount", { min: 100, max: 1000 }), ["load.check", GONE({ min: 100 })]],
    ]),
  ),
  ...questions("held out: questions", "checked", [
    ["explain the pipeline to me", /orders/],
    ["where does this write to?", /starbucks\.orders/],
    ["how is the data loaded", /upsert/i],
    ["what could go wrong?", /row/i],
    ["at what time does it start?", /06:00|6|Berlin/],
    ["is order_id the key?", /yes|order_id/i],
  ]),
  ...questions("held out: questions", "masked", [
    ["is anything masked?", /email/],
    ["show me the columns", /order_id/],
    ["does it drop any rows?", /quantity/],
  ]),
  ...questions("held out: questions", "shop", [["what's the key of orders", /\bid\b/]]),
  ...nothing("held out: nothing", "orders", [
    ["encrypt email with pgp"],
    ["drop customer_name", /customer_name/],
    ["post the rows to an api"],
    ["backfill last month"],
    ["notify me when done"],
    ["mask email only for german customers"],
    ["use the newest version of everything"],
    ["rename order_id"],
    ["who changed this last?"],
    ["cast amount to banana"],
    ["join with customers"],
    ["delete all rows in starbucks.orders"],
    ["run it at 6 or at 7, whatever is better"],
    ["after loading zip the source file into /data/old"],
  ]),
];
