import {
  type Case,
  check,
  cron,
  edits,
  GONE,
  nothing,
  op,
  questions,
  rule,
  unset,
  where,
} from "../expect.ts";

const mask = (field: string, strategy: unknown = unset("email", "phone", "redact", "partial")) =>
  op({ op: "mask_pii", field, strategy });
const drop = (field: string) => op({ op: "drop", field });
const after = (after: string, cases: Case[]): Case[] => cases.map((one) => ({ ...one, after }));
const renamed = (on: string, ask: string, from: string, to: string): Case => ({
  family: "everyday: nodes",
  on,
  ask,
  want: { changes: [], renamed: [from, to] },
});

/** Requests as they are typed at work: checks, nodes, settings, several at once, follow-ups, questions, what is no edit. */
export const everydayTalk: Case[] = [
  ...edits("everyday: checks", "orders", [
    ["quantity can never be below 1", rule("quantity", "gte:1")],
    [
      "order_id and email are required, quarantine otherwise",
      rule("order_id", "not_null"),
      rule("email", "not_null"),
    ],
    ["email has to look like an email, drop the bad ones", rule("email", "email", "drop")],
    ["price between 0 and 1000, anything else -> quarantine", rule("price", "between:0,1000")],
    ["status has to be in (paid, open)", rule("status", "in:paid,open")],
    ["abort the run if any price is negative", rule("price", "gte:0", "abort")],
    [
      "we should get at least 1000 rows every time, otherwise fail",
      check("rowCount", { min: 1000, onFail: unset("abort") }),
    ],
    ["not more than 10k rows", check("rowCount", { max: 10_000 })],
    ["just a warning if less than 50 rows come in", check("rowCount", { min: 50, onFail: "warn" })],
    ["order id must be unique please", check("duplicateKey", { fields: ["order_id"] })],
    [
      "data should not be older than a day, look at updated_at",
      check("freshness", { field: "updated_at", maxAgeMinutes: 1440 }),
    ],
    [
      "every country must exist in ref.countries.code",
      check("fkIntegrity", { field: "country", references: { table: "ref.countries", field: "code" } }),
    ],
  ]),
  ...edits("everyday: checks", "masked", [
    ["put rejected rows in starbucks.rejects", ["load.quarantine", { table: "starbucks.rejects" }]],
  ]),
  ...edits("everyday: nodes", "masked", [
    ["take out the mask", ["load.op", GONE({ op: "mask_pii" })]],
    ["unmask email", ["load.op", GONE({ op: "mask_pii" })]],
  ]),
  ...edits("everyday: nodes", "checked", [["get rid of node v", ["load.check", GONE()]]]),
  ...edits("everyday: nodes", "shop", [
    ["we dont need products any longer", ["lane", GONE("load_products")]],
  ]),
  renamed("masked", "rename t to clean_up", "t", "clean_up"),
  ...edits("everyday: settings", "orders", [
    [
      "retry 3 times if it fails, with exponential backoff",
      ["retry", { maxAttempts: 3, backoff: unset("exponential") }],
    ],
    ["turn off the dlq", ["dlq", { enabled: false }]],
    [
      "description: daily coffee orders from the shops",
      ["description", "daily coffee orders from the shops"],
    ],
    ["add the tags pii and finance", ["tags", ["pii", "finance"]]],
    ["owner should be data-platform", ["owner", "data-platform"]],
  ]),
  ...edits("everyday: several", "orders", [
    [
      "mask email, and then drop phone and notes, after that dedupe on order_id",
      mask("email"),
      drop("phone"),
      drop("notes"),
      op({ op: "deduplicate", keys: ["order_id"] }),
    ],
    [
      "rename notes to remarks, also make it upper case",
      op({ op: "rename", from: "notes", to: "remarks" }),
      op({ op: "expression", field: "remarks", expr: where("upper(remarks)") }),
    ],
    [
      "cast amount to decimal(12,2) and make sure it's not negative",
      op({ op: "cast", field: "amount", to: "decimal(12,2)" }),
      rule("amount", "gte:0"),
    ],
    ["drop the phone column, also run hourly, thx!!", drop("phone"), ["schedule", cron("0 * * * *")]],
  ]),
  ...edits("everyday: several", "empty", [
    [
      "load /tmp/orders.csv into starbucks.orders hourly, email should be masked and order_id must not be null",
      [
        "table",
        {
          schema: "starbucks.orders",
          ops: [{ op: "mask_pii", field: "email" }],
          rules: [{ field: "order_id", rule: "not_null" }],
        },
      ],
      ["schedule", cron("0 * * * *")],
      ["name", /\w/],
    ],
  ]),
  ...edits("everyday: several", "masked", [
    [
      "hash email instead of masking it and run it at 4 am",
      ["load.op", GONE({ op: "mask_pii" })],
      op({ op: "hash", field: "email" }),
      ["schedule", cron("0 4 * * *")],
    ],
  ]),
  ...after(
    "mask email",
    edits("everyday: follow-ups", "orders", [
      ["do it for phone as well", mask("phone")],
      ["hash rather than mask", ["load.op", GONE({ op: "mask_pii" })], op({ op: "hash", field: "email" })],
      ["with redact instead", ["load.op", GONE({ strategy: "email" })], mask("email", "redact")],
      ["and drop the notes", drop("notes")],
    ]),
  ),
  ...after(
    "daily",
    edits("everyday: follow-ups", "orders", [
      ["rather at 7:30", ["schedule", cron("30 7 * * *")]],
      ["in New York time", ["schedule", cron("0 0 * * *", "America/New_York")]],
    ]),
  ),
  ...after(
    "at least 100 rows",
    edits("everyday: follow-ups", "orders", [
      ["100 is too few, take 500", check("rowCount", { min: 500 }), ["load.check", GONE({ min: 100 })]],
      [
        "only a warning please",
        check("rowCount", { min: 100, onFail: "warn" }),
        ["load.check", GONE({ min: 100 })],
      ],
    ]),
  ),
  ...questions("everyday: questions", "checked", [
    ["what does this do?", /orders/],
    ["when is the next run?", /06:00|Berlin|6/],
    ["where do we write?", /starbucks\.orders/],
    ["what happens with bad rows?", /row/i],
    ["why would it fail?", /row/i],
    ["how often does it run", /day|daily/i],
  ]),
  ...questions("everyday: questions", "masked", [
    ["which columns are masked?", /email/],
    ["which columns end up in the target?", /order_id/],
  ]),
  ...questions("everyday: questions", "shop", [["where do customers come from?", /public\.customers|shop/]]),
  ...nothing("everyday: nothing", "orders", [
    ["mask the creditcard", /creditcard/],
    ["load yesterdays file again"],
    ["send a slack message on failure"],
    ["why is it slow"],
    ["mask email unless status = paid"],
    ["rename foo to bar", /foo/],
    ["dedupe by customer", /customer/],
    ["could you maybe look at the email problem"],
    ["write it to bigquery"],
    ["mask emial", /email/],
    ["run every 7 minutes and 30 seconds"],
    ["I think we should mask email at some point"],
    ["archive everything somewhere", /./],
  ]),
];
