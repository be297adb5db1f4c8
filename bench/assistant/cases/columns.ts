import { type Case, edits, nothing, oneOf, op, unset, where } from "../expect.ts";

const drop = (field: string, target?: string) => op({ op: "drop", field }, target);
const keep = (...texts: string[]) => op({ op: "filter", expr: where(...texts) });
const mask = (field: string, strategy: unknown) => op({ op: "mask_pii", field, strategy });
const cast = (field: string, to: unknown, onError: unknown = unset("fail")) =>
  op({ op: "cast", field, to, onError });

/** What is done to rows and columns on their way. */
export const columns: Case[] = [
  ...edits("filter", "orders", [
    ["keep only rows where quantity > 0", keep("quantity > 0")],
    ["only paid orders please, that is where status is 'paid'", keep("status = 'paid'")],
    [
      "throw out rows where status = 'cancelled'",
      keep(
        "coalesce(not (status = 'cancelled'), true)",
        "not (status = 'cancelled')",
        "status <> 'cancelled'",
        "status is distinct from 'cancelled'",
      ),
    ],
    [
      "ignore orders with quantity below 1",
      keep("coalesce(not (quantity < 1), true)", "quantity >= 1", "not (quantity < 1)"),
    ],
    [
      "we only want orders from country DE or AT",
      keep("country in ('DE', 'AT')", "country = 'DE' or country = 'AT'"),
    ],
    ["filter: price between 1 and 10", keep("price between 1 and 10", "price >= 1 and price <= 10")],
    ["skip rows that have no email", keep("email is not null", "email is not null and email <> ''")],
    ["drop rows without a country", keep("country is not null", "country is not null and country <> ''")],
    ["only load rows where ordered_at is after 2025-01-01", keep("ordered_at > '2025-01-01'")],
    [
      "keep rows whose email ends with @example.org",
      keep("ends_with(email, '@example.org')", "email like '%@example.org'"),
    ],
  ]),
  ...edits("rename, drop, cast", "orders", [
    ["rename order_id to id", op({ op: "rename", from: "order_id", to: "id" })],
    ["call the notes column remarks", op({ op: "rename", from: "notes", to: "remarks" })],
    ["order_id should be called id", op({ op: "rename", from: "order_id", to: "id" })],
    ["change the name of the column status to state", op({ op: "rename", from: "status", to: "state" })],
    [
      "rename notes to remarks, status to state",
      op({ op: "rename", from: "notes", to: "remarks" }),
      op({ op: "rename", from: "status", to: "state" }),
    ],
    ["drop notes", drop("notes")],
    ["get rid of the columns notes and phone", drop("notes"), drop("phone")],
    ["we don't need the phone column", drop("phone")],
    ["don't load notes", drop("notes")],
    [
      "keep only the columns order_id, email, amount, price, status, country, ordered_at and updated_at",
      drop("phone"),
      drop("quantity"),
      drop("notes"),
    ],
    ["cast amount to decimal(12,2)", cast("amount", "decimal(12,2)")],
    ["amount should be a number with two decimals", cast("amount", /^decimal\(\d+,2\)$/)],
    [
      "amount is text, make it decimal(10,2) and quarantine what does not convert",
      cast("amount", "decimal(10,2)", "quarantine"),
    ],
    ["store ordered_at as a date", cast("ordered_at", "date")],
    ["turn quantity into a bigint", cast("quantity", "bigint")],
    ["convert amount to double, bad values become null", cast("amount", "double", "null")],
  ]),
  ...edits("mask, hash, dedupe", "orders", [
    ["mask email", mask("email", "email")],
    ["nobody should see the phone numbers", mask("phone", oneOf("phone", "redact", "partial"))],
    [
      "hide email and phone",
      mask("email", oneOf("email", "redact")),
      mask("phone", oneOf("phone", "redact")),
    ],
    ["partially mask phone", mask("phone", "partial")],
    ["redact the notes", mask("notes", "redact")],
    ["hash email", op({ op: "hash", field: "email", algorithm: "sha256" })],
    ["replace email by its md5 hash", op({ op: "hash", field: "email", algorithm: "md5" })],
    [
      "hash email into email_hash and drop email",
      op({ op: "hash", field: "email", into: "email_hash" }),
      drop("email"),
    ],
    ["deduplicate by order_id", op({ op: "deduplicate", keys: ["order_id"] })],
    [
      "keep only the latest row for each order_id by updated_at",
      op({ op: "deduplicate", keys: ["order_id"], keep: "last", orderBy: "updated_at" }),
    ],
    [
      "there are duplicates, order_id should appear once, keep the newest by updated_at",
      op({ op: "deduplicate", keys: ["order_id"], keep: "last", orderBy: "updated_at" }),
    ],
    [
      "remove duplicate rows with the same order_id and email",
      op({ op: "deduplicate", keys: ["order_id", "email"] }),
    ],
    [
      "one row per order_id, the last by updated_at",
      op({ op: "deduplicate", keys: ["order_id"], keep: "last", orderBy: "updated_at" }),
    ],
  ]),
  ...edits("new values", "orders", [
    [
      "add a column total = price * quantity",
      op({ op: "expression", field: "total", expr: where("price * quantity") }),
    ],
    [
      "add a column channel that is always 'web'",
      op({ field: "channel", op: oneOf("add_field", "expression") }),
    ],
    ["make country uppercase", op({ op: "expression", field: "country", expr: where("upper(country)") })],
    ["trim notes", op({ op: "expression", field: "notes", expr: where("trim(notes)") })],
    [
      "use 'unknown' where country is missing",
      op({ op: "expression", field: "country", expr: where("coalesce(country, 'unknown')") }),
    ],
    [
      "add a loaded_at column with the current time",
      op({ op: "expression", field: "loaded_at", expr: where("now()") }),
    ],
  ]),
  ...nothing("columns that are not there", "orders", [
    ["drop colour", /colour/],
    ["mask the social security number"],
    ["keep only rows where the weather is nice"],
    ["deduplicate"],
    ["keep the newest row per order_id", /which column|by/i],
    ["is email masked?"],
  ]),
];
