import { describe, expect, it } from "vitest";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { assist } from "./assist.ts";

const names = [
  "order_id",
  "email",
  "phone",
  "amount",
  "quantity",
  "status",
  "country",
  "notes",
  "updated_at",
];
const ir: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders" },
  schedule: { kind: "cron", expression: "0 6 * * *", timezone: "UTC" },
  nodes: [
    {
      id: "src",
      kind: "source",
      connector: "local_fs",
      config: {
        path: "/tmp/o.csv",
        format: { type: "csv", columns: names.map((name) => ({ name, type: "string" })) },
      },
    },
    { id: "v", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } },
    { id: "load", kind: "target", input: "v", schema: "sales.orders", loadMode: "append" },
  ],
};

const patchOf = (request: string) =>
  assist({
    version: 1,
    ir,
    sources: [{ ref: "shop", connector: "postgres" }],
    destinations: [{ name: "analytics", kind: "postgres" }],
    files: [],
    columns: {},
    decisions: [],
    mentions: [],
    request,
  }).patch;

const requests = [
  "mask email",
  "hash phone with md5",
  "drop notes and phone",
  "rename notes to remarks",
  "cast amount to decimal(12,2)",
  "run it hourly",
  "run it every weekday at 8 in Berlin",
  "run it two hours later",
  "remove the schedule",
  "upsert on order_id",
  "truncate and load",
  "write to the analytics destination",
  "change the target table to sales.all_orders",
  "load public.items from shop into sales.items",
  "load /data/x.csv into sales.x",
  "keep only rows where status = 'paid'",
  "throw out rows where status = 'cancelled'",
  "deduplicate on order_id",
  "quantity must be positive",
  "order_id must be unique",
  "status must be paid or open",
  "abort when fewer than 100 rows arrive",
  "raise the minimum to 500 rows",
  "warn me when quantity is above 500",
  "amount is text, make it double and quarantine what does not convert",
  "mask email in orders",
  "remove the row count check",
  "delete the node v",
  "read /data/new.csv instead",
  "the file is separated by semicolons",
  "retry up to 5 times",
  "use 'n/a' where country is missing",
  "mask email, hash phone and drop notes",
  "sum of amount per country as revenue",
  "group by status and count the orders",
  "split notes at the comma into note1 and note2",
  "concat country and status into code with a dash",
  "map status: P -> paid, O -> open",
  "every country must exist in ref.countries.code",
  "route rows where country = 'DE' to sales.orders_de, the rest stays",
  "retry 3 times with fixed backoff",
  "turn off the dlq",
  "owner: data-platform",
  "tags: raw, orders",
  "email should be masked",
  "email: mask it",
  "get rid of the phone column",
  "dedup by order id, latest updated_at wins",
  "just warn",
  "make it 250",
  "at least 1,000 rows are expected",
  "use analytics as destination",
  "pull public.items out of shop and put it in sales.items",
];

/** What turns a wish into something else: it is taken back, doubted, bound to a condition, or told of. */
const twists: ((request: string) => string)[] = [
  (request) => `don't ${request}`,
  (request) => `do not ${request}`,
  (request) => `never ${request}`,
  (request) => `no longer ${request}`,
  (request) => `should we ${request}?`,
  (request) => `maybe ${request}`,
  (request) => `what if we ${request}`,
  (request) => `why did you ${request}?`,
  (request) => `if it rains, ${request}`,
  (request) => `before you ${request}, ask me`,
  (request) => `someone told me to ${request}`,
  (request) => `ignore this: ${request}`,
  (request) => `"${request}"`,
  (request) => `${request} unless it is Sunday`,
  (request) => `${request} but only for new customers`,
  (request) => `${request} if you think so`,
  (request) => `${request} or not`,
  (request) => `${request} except on holidays`,
  (request) => `${request} and fribble the grommets`,
  (request) => `${request}. actually no`,
  (request) => `${request}, just kidding`,
  (request) => `${request} next week`,
  (request) => `${request} sometimes`,
  (request) => `${request} as a last resort`,
  (request) => `${request}? no`,
];

describe("a wish that is not quite one changes nothing", () => {
  it.each(requests)("%s", (request) => {
    expect(patchOf(request), "as it stands it is understood").not.toEqual([]);
    const guessed = twists.map((twist) => twist(request)).filter((twisted) => patchOf(twisted).length > 0);
    expect(guessed).toEqual([]);
  });
});
