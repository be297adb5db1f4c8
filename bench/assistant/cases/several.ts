import { type Case, check, cron, edits, GONE, op, rule, where } from "../expect.ts";

const mask = (field: string, strategy: string) => op({ op: "mask_pii", field, strategy });
const after = (after: string, cases: Case[]): Case[] => cases.map((one) => ({ ...one, after }));

/** More than one change in one message, follow-ups, slips of the keyboard. */
export const several: Case[] = [
  ...edits("several edits", "orders", [
    [
      "mask email, hash phone and run it daily at 5",
      mask("email", "email"),
      op({ op: "hash", field: "phone" }),
      ["schedule", cron("0 5 * * *")],
    ],
    [
      "Drop notes. Rename status to state. Upsert on order_id.",
      op({ op: "drop", field: "notes" }),
      op({ op: "rename", from: "status", to: "state" }),
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
    ],
    [
      "1. keep only rows where quantity > 0\n2. cast amount to decimal(12,2)\n3. abort when fewer than 10 rows arrive",
      op({ op: "filter", expr: where("quantity > 0") }),
      op({ op: "cast", field: "amount", to: "decimal(12,2)" }),
      check("rowCount", { min: 10 }),
    ],
    [
      "- mask email\n- mask phone\n- hourly",
      mask("email", "email"),
      mask("phone", "phone"),
      ["schedule", cron("0 * * * *")],
    ],
    [
      "could you drop notes and phone, and also make sure order_id is never null? thanks!",
      op({ op: "drop", field: "notes" }),
      op({ op: "drop", field: "phone" }),
      rule("order_id", "not_null"),
    ],
    [
      "dedupe on order_id then upsert on order_id",
      op({ op: "deduplicate", keys: ["order_id"] }),
      ["load.loadMode", "upsert"],
      ["load.upsertKey", ["order_id"]],
    ],
    [
      "order_id must be unique and not null",
      check("duplicateKey", { fields: ["order_id"] }),
      rule("order_id", "not_null"),
    ],
    [
      "lowercase and trim email",
      op({ field: "email", expr: where("lower(email)") }),
      op({ field: "email", expr: where("trim(email)") }),
    ],
  ]),
  ...edits("several edits", "checked", [
    [
      "append, and run it hourly",
      ["load.loadMode", "append"],
      ["load.upsertKey", GONE()],
      ["schedule", cron("0 * * * *", "Europe/Berlin")],
    ],
  ]),
  ...after(
    "mask email",
    edits("follow-ups", "orders", [
      ["and the phone too", mask("phone", "phone")],
      ["also mask phone", mask("phone", "phone")],
      ["do the same for phone", mask("phone", "phone")],
      ["no, hash it instead", ["load.op", GONE({ op: "mask_pii" })], op({ op: "hash", field: "email" })],
      ["actually don't mask email any more", ["load.op", GONE({ op: "mask_pii" })]],
    ]),
  ),
  ...after(
    "daily",
    edits("follow-ups", "orders", [
      ["at 6 in Berlin", ["schedule", cron("0 6 * * *", "Europe/Berlin")]],
      ["make that hourly", ["schedule", cron("0 * * * *")]],
      ["only on weekdays", ["schedule", cron("0 0 * * 1-5")]],
    ]),
  ),
  ...after(
    "at least 100 rows",
    edits("follow-ups", "orders", [
      ["make that 200", check("rowCount", { min: 200 }), ["load.check", GONE({ min: 100 })]],
      [
        "just warn instead",
        check("rowCount", { min: 100, onFail: "warn" }),
        ["load.check", GONE({ min: 100, onFail: "abort" })],
      ],
      [
        "and not more than 5000",
        check("rowCount", { min: 100, max: 5000 }),
        ["load.check", GONE({ min: 100 })],
      ],
    ]),
  ),
  ...edits("slips of the keyboard", "orders", [
    ["renmae notes to remarks", op({ op: "rename", from: "notes", to: "remarks" })],
    [
      "fliter out rows where quantity = 0",
      op({
        op: "filter",
        expr: where("coalesce(not (quantity = 0), true)", "quantity <> 0", "not (quantity = 0)"),
      }),
    ],
    ["run it dayly at 6", ["schedule", cron("0 6 * * *")]],
    ["upsert on orderid", ["load.loadMode", "upsert"], ["load.upsertKey", ["order_id"]]],
    ["deduplciate on order_id", op({ op: "deduplicate", keys: ["order_id"] })],
    ["MASK EMAIL", mask("email", "email")],
    ["drop the colum notes", op({ op: "drop", field: "notes" })],
    ["schedle it hourly", ["schedule", cron("0 * * * *")]],
    ["abort when fewer then 100 rows arrive", check("rowCount", { min: 100 })],
  ]),
];
