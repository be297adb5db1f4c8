import { type Case, edits, GONE, nothing, oneOf, op, where } from "../expect.ts";

const renamed = (on: string, ask: string, from: string, to: string): Case => ({
  family: "nodes",
  on,
  ask,
  want: { changes: [], renamed: [from, to] },
});

/** What stands there is changed, named otherwise or taken away. */
export const changing: Case[] = [
  ...edits("nodes", "masked", [
    ["remove the filter", ["load.op", GONE({ op: "filter" })]],
    ["stop masking email", ["load.op", GONE({ op: "mask_pii" })]],
    ["show email in full again", ["load.op", GONE({ op: "mask_pii" })]],
    ["delete node v", ["load.rule", GONE({ field: "quantity" })], ["load.rule", GONE({ field: "status" })]],
    ["remove the transform step", ["load.op", GONE({ op: "filter" })], ["load.op", GONE({ op: "mask_pii" })]],
    [
      "hash email instead of masking it",
      ["load.op", GONE({ op: "mask_pii" })],
      op({ op: "hash", field: "email" }),
    ],
    [
      "change the filter to quantity >= 10",
      ["load.op", GONE({ op: "filter" })],
      op({ op: "filter", expr: where("quantity >= 10") }),
    ],
    [
      "redact email completely",
      ["load.op", oneOf({ op: "mask_pii", strategy: "redact" })],
      ["load.op", GONE({ op: "mask_pii", strategy: "email" })],
    ],
  ]),
  ...edits("nodes", "checked", [
    ["remove the validate node", ["load.check", GONE()]],
    ["delete v", ["load.check", GONE()]],
  ]),
  renamed("checked", "rename the node v to row_check", "v", "row_check"),
  renamed("orders", "rename the source src to orders_file", "src", "orders_file"),
  renamed("orders", "call the target node load_orders", "load", "load_orders"),
  ...edits("settings", "orders", [
    ["rename the pipeline to Coffee orders", ["name", "Coffee orders"]],
    ["give the pipeline the name Orders of the day", ["name", "Orders of the day"]],
    ["read /data/in/orders_new.csv instead", ["source.src.path", "/data/in/orders_new.csv"]],
    ["change the source file to /data/in/orders_new.csv", ["source.src.path", "/data/in/orders_new.csv"]],
    ["the file is separated by semicolons", ["source.src.format", { type: "csv", delimiter: ";" }]],
    ["the file has no header line", ["source.src.format", { type: "csv", header: false }]],
    ["retry up to 5 times when it fails", ["retry", { maxAttempts: 5 }]],
    ["don't add new columns to the table by yourself", ["load.schemaEvolution", "freeze"]],
    ["the owner is data-team", ["owner", "data-team"]],
    ["tag it with sales", ["tags", ["sales"]]],
  ]),
  ...edits("settings", "shop", [
    [
      "read from the crm source instead of shop",
      ["source.orders.sourceRef", "crm"],
      ["source.customers.sourceRef", "crm"],
      ["source.products.sourceRef", "crm"],
      ["source.order_items.sourceRef", "crm"],
    ],
  ]),
  ...nothing("nodes", "orders", [
    ["remove the node nothing_here", /nothing_here/],
    ["remove the source"],
    ["remove the target"],
    ["remove the filter", /no /i],
    ["rename the node load to 9 lives"],
  ]),
  ...nothing("nodes", "joined", [["remove the source stores"], ["remove the node src"]]),
];
