import { type Case, check, edits, GONE, nothing, oneOf, rule, unset } from "../expect.ts";

const abort = unset("abort");

/** Checks of rows and of the whole input. */
export const checking: Case[] = [
  ...edits("row checks", "orders", [
    ["quantity must be positive", rule("quantity", "gt:0")],
    ["email must be valid, otherwise quarantine the row", rule("email", "email")],
    ["reject orders without an order_id", rule("order_id", "not_null")],
    ["order_id is mandatory", rule("order_id", "not_null")],
    ["status may only be paid, open or cancelled", rule("status", "in:paid,open,cancelled")],
    ["drop rows whose email is not a valid email address", rule("email", "email", "drop")],
    ["price has to be between 0 and 10,000", rule("price", "between:0,10000")],
    ["stop the run if a quantity is negative", rule("quantity", "gte:0", "abort")],
    ["warn me when price is above 500", rule("price", "lte:500", "warn")],
    [
      "country should always have 2 letters",
      rule("country", oneOf("regex:^.{2}$", "regex:^[A-Za-z]{2}$", "regex:^[A-Z]{2}$")),
    ],
    [
      "make sure that order_id and email are never empty",
      rule("order_id", "not_null"),
      rule("email", "not_null"),
    ],
    ["quarantine rows with quantity below 1", rule("quantity", "gte:1")],
    ["phone must not be longer than 20 characters", rule("phone", "length_max:20")],
    ["quantity must be positive and quarantine what is not", rule("quantity", "gt:0")],
    ["email must be valid, quarantine bad ones", rule("email", "email")],
    [
      "status may only be paid, open or cancelled, and put the rest in quarantine",
      rule("status", "in:paid,open,cancelled"),
    ],
  ]),
  ...edits("dataset checks", "orders", [
    [
      "Add a validate node that aborts when fewer than 100 rows arrive.",
      check("rowCount", { min: 100, onFail: abort }),
    ],
    ["abort if there are less than 100 rows", check("rowCount", { min: 100, onFail: abort })],
    ["I expect at least 50 orders per run", check("rowCount", { min: 50, onFail: unset("abort", "warn") })],
    ["fail when the file is empty", check("rowCount", { min: 1, onFail: abort })],
    ["warn if more than 1 million rows come in", check("rowCount", { max: 1_000_000, onFail: "warn" })],
    ["the row count must be between 10 and 500", check("rowCount", { min: 10, max: 500, onFail: abort })],
    ["order_id has to be unique", check("duplicateKey", { fields: ["order_id"], onFail: abort })],
    ["warn about duplicate order_ids", check("duplicateKey", { fields: ["order_id"], onFail: "warn" })],
    [
      "stop if updated_at is older than 2 days",
      check("freshness", { field: "updated_at", maxAgeMinutes: 2880, onFail: abort }),
    ],
    [
      "the data must not be older than 3 hours by updated_at",
      check("freshness", { field: "updated_at", maxAgeMinutes: 180, onFail: abort }),
    ],
    [
      "warn when there are fewer than 3 different countries",
      check("cardinality", { field: "country", min: 3, onFail: "warn" }),
    ],
    ["minimum 100 rows", check("rowCount", { min: 100 })],
  ]),
  ...edits("dataset checks", "shop", [
    ["abort when fewer than 10 rows arrive in orders", check("rowCount", { min: 10 }, "load_orders")],
  ]),
  ...edits("dataset checks", "checked", [
    [
      "raise the minimum to 500 rows",
      check("rowCount", { min: 500 }),
      ["load.check", GONE({ check: "rowCount", min: 1 })],
    ],
    [
      "only warn about the row count",
      check("rowCount", { min: 1, onFail: "warn" }),
      ["load.check", GONE({ check: "rowCount" })],
    ],
    ["remove the row count check", ["load.check", GONE({ check: "rowCount" })]],
    ["get rid of all checks", ["load.check", GONE({ check: "rowCount" })]],
  ]),
  ...edits("row checks", "masked", [
    ["delete the check on quantity", ["load.rule", GONE({ field: "quantity" })]],
    [
      "quarantine rows with a bad quantity instead of dropping them",
      ["load.rule", GONE({ field: "quantity" })],
      rule("quantity", "gt:0"),
    ],
  ]),
  ...nothing("checks that are unclear", "orders", [
    ["check the data"],
    ["amount must be nice"],
    ["make sure the quality is good"],
    ["abort when too few rows arrive"],
    ["delete the check on amount", /no|check/i],
    ["which checks are there?", /no|none/i],
  ]),
];
