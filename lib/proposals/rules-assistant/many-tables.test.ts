import { describe, expect, it } from "vitest";
import { emptyPipelineIr, parsePipelineIR } from "#lib/ir/index.ts";
import type { IrNode, PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { assist } from "./assist.ts";

const sources = [
  { ref: "shop", connector: "postgres" },
  { ref: "crm", connector: "postgres" },
  { ref: "lake", connector: "s3" },
];
const pair = (name: string): IrNode[] => [
  {
    id: name,
    kind: "source",
    sourceRef: "shop",
    connector: "postgres",
    config: { stream: `public.${name}`, syncMode: "full_refresh", primaryKey: ["id"] },
  },
  {
    id: `load_${name}`,
    kind: "target",
    input: name,
    schema: `shop.${name}`,
    loadMode: "truncate",
    allowEmpty: true,
  },
];
const shop: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "shop",
  metadata: { name: "Shop" },
  nodes: [...pair("orders"), ...pair("customers")],
};
const csv = (id: string, columns: string[]): IrNode[] => [
  {
    id,
    kind: "source",
    connector: "local_fs",
    config: {
      path: `/tmp/${id}.csv`,
      format: { type: "csv", columns: columns.map((name) => ({ name, type: "string" })) },
    },
  },
  { id: `load_${id}`, kind: "target", input: id, schema: `files.${id}`, loadMode: "append" },
];
const files: PipelineIr = {
  ...shop,
  id: "files",
  nodes: [...csv("people", ["id", "email"]), ...csv("visits", ["id", "page"])],
};
const one: PipelineIr = { ...shop, id: "one", nodes: csv("people", ["id", "email", "notes"]) };
const empty = emptyPipelineIr("new-pipeline", "New pipeline");

function ask(request: string, ir: PipelineIr) {
  const answer = assist({
    version: ir === empty ? 0 : 2,
    ir,
    sources,
    destinations: [],
    files: [],
    columns: {},
    decisions: [],
    mentions: [],
    request,
  });
  const applied = applyPatch<PipelineIr>(ir, answer.patch);
  if (!applied.ok) throw new Error(applied.error.message);
  const parsed = parsePipelineIR(
    { ...applied.document, id: "p" },
    { strength: "executable", catalogue: { sources, destinations: [] } },
  );
  const nodes = Object.fromEntries(applied.document.nodes.map((node) => [node.id, node]));
  return { ...answer, ir: applied.document, nodes, issues: parsed.ok ? [] : parsed.issues };
}

describe("saved sources", () => {
  it("loads what is new of a table, as the set-up does: added where no key is known", () => {
    const result = ask(
      "add a daily load of public.orders from the source shop into sales.orders, incremental by updated_at",
      empty,
    );
    expect(result.issues).toEqual([]);
    expect(result.ir.schedule).toMatchObject({ expression: "0 0 * * *" });
    expect(result.nodes.orders).toMatchObject({
      sourceRef: "shop",
      connector: "postgres",
      config: { stream: "public.orders", syncMode: "incremental", cursorField: "updated_at" },
    });
    const target = result.ir.nodes.at(-1);
    expect(target).toMatchObject({ schema: "sales.orders", loadMode: "append" });
    expect(target).not.toHaveProperty("allowEmpty");
  });

  it("replaces the table where nothing else is said, and merges by a key that is said", () => {
    expect(ask("load public.orders from shop into sales.orders", empty).nodes.load_orders).toMatchObject({
      loadMode: "truncate",
      allowEmpty: true,
    });
    const keyed = ask(
      "sync public.orders from shop to sales.orders, upsert on id, incremental by changed_at",
      empty,
    );
    expect(keyed.nodes.load_orders).toMatchObject({ loadMode: "upsert", upsertKey: ["id"] });
  });

  it("finds files of a bucket by a pattern", () => {
    const result = ask("load in/visits_*.csv from lake into lake.visits", empty);
    expect(result.issues).toEqual([]);
    expect(result.nodes.visits).toMatchObject({
      connector: "s3",
      config: { path: "in", pattern: { type: "glob", value: "visits_*.csv" } },
    });
  });

  it.each([
    ["load public.orders from nowhere into sales.orders", /no saved source "nowhere".*shop \(postgres\)/],
    ["load public.orders from the mysql source shop into sales.orders", /shop is postgres, not mysql/],
    ["load in/data from lake into lake.data", /format/],
    ["load public.orders from shop into shop.orders", /already/, shop],
  ] as const)("refuses: %s", (request, said, ir: PipelineIr = empty) => {
    const result = ask(request, ir);
    expect(result.patch).toEqual([]);
    expect(result.rationale).toMatch(said);
  });
});

describe("one of several tables", () => {
  it.each([
    "mask email in customers",
    "customers: mask email",
    "for load_customers: mask email",
    "in the customers table, mask email",
    "mask email of shop.customers",
  ])("%s", (request) => {
    const result = ask(request, shop);
    expect(result.issues).toEqual([]);
    expect(result.nodes.mask).toMatchObject({
      input: "customers",
      ops: [{ op: "mask_pii", field: "email" }],
    });
    expect(result.nodes.load_customers).toMatchObject({ input: "mask" });
    expect(result.nodes.load_orders).toEqual(shop.nodes[1]);
  });

  it("does it for every table where that is said", () => {
    const result = ask("add a column loaded_at with the current timestamp to every table", shop);
    expect(result.ir.nodes.filter(({ kind }) => kind === "transform")).toHaveLength(2);
  });

  it("asks where the columns do not tell which table is meant, and sees it where they do", () => {
    expect(ask("mask email", shop).patch).toEqual([]);
    expect(ask("mask email", shop).rationale).toMatch(/several targets/);
    expect(ask("mask email", files).nodes.mask).toMatchObject({ input: "people" });
    expect(ask("mask id", files).patch).toEqual([]);
    expect(ask("mask email in customers, drop the column notes", shop).patch).toEqual([]);
  });

  it("takes a table out of the pipeline, with its source", () => {
    const result = ask("stop loading orders", shop);
    expect(Object.keys(result.nodes)).toEqual(["customers", "load_customers"]);
    expect(result.issues).toEqual([]);
    expect(ask("stop loading people", one).patch).toEqual([]);
    expect(ask("stop loading suppliers", shop).rationale).toMatch(/suppliers/);
  });

  it("reads only what is new, or the whole table again", () => {
    const fresh = ask("load orders incrementally by updated_at", shop);
    expect(fresh.nodes.orders).toMatchObject({
      config: { syncMode: "incremental", cursorField: "updated_at" },
    });
    expect(fresh.nodes.load_orders).toMatchObject({ loadMode: "upsert", upsertKey: ["id"] });
    const whole = ask("switch orders to a full refresh", fresh.ir);
    expect(whole.nodes.orders).toEqual(shop.nodes[0]);
    expect(whole.nodes.load_orders).toEqual(shop.nodes[1]);
  });

  it("reads from another saved source of the same kind only", () => {
    expect(ask("read from crm instead of shop", shop).nodes.orders).toMatchObject({ sourceRef: "crm" });
    expect(ask("read from lake instead of shop", shop).patch).toEqual([]);
  });
});

describe("what stands there", () => {
  const follow = (request: string, next: string) => ask(next, ask(request, one).ir);

  it("is changed in its place", () => {
    const filtered = follow("keep only rows where id = 'a'", "change the filter to id = 'b'");
    expect(filtered.nodes.filter).toMatchObject({ ops: [{ op: "filter", expr: "id = 'b'" }] });
    const masked = follow("mask email", "redact email completely");
    expect(masked.nodes.mask).toMatchObject({
      ops: [{ op: "mask_pii", field: "email", strategy: "redact" }],
    });
    const checked = follow("abort when fewer than 10 rows arrive", "raise the minimum to 500 rows");
    expect(checked.nodes.validate).toMatchObject({
      datasetLevel: { rowCount: { min: 500, onFail: "abort" } },
    });
    const warned = follow("abort when fewer than 10 rows arrive", "only warn about the row count");
    expect(warned.nodes.validate).toMatchObject({ datasetLevel: { rowCount: { min: 10, onFail: "warn" } } });
    const later = follow("run it every day at 6 in Berlin", "run it two hours later");
    expect(later.ir.schedule).toMatchObject({ expression: "0 8 * * *", timezone: "Europe/Berlin" });
    expect(follow("run it every day at 6", "only on weekdays").ir.schedule).toMatchObject({
      expression: "0 6 * * 1-5",
    });
    expect(follow("run it every day at 23", "run it two hours later").patch).toEqual([]);
  });

  it("is told of when asked", () => {
    const { ir } = ask("mask email and keep only rows where id = 'a'", one);
    expect(ask("is email masked?", ir).rationale).toMatch(/^Yes: .*masks email/);
    expect(ask("is notes masked?", ir).rationale).toMatch(/^No, notes is not masked/);
    expect(ask("which rows are filtered?", ir).rationale).toContain("id = 'a'");
    expect(ask("explain load_people", ir).rationale).toContain("files.people");
  });

  it.each([
    ["read /tmp/other.csv instead", { config: { path: "/tmp/other.csv" } }],
    ["the file is separated by semicolons", { config: { format: { delimiter: ";" } } }],
    ["the file has no header line", { config: { format: { header: false } } }],
  ])("%s", (request, expected) => {
    const result = ask(request, one);
    expect(result.nodes.people).toMatchObject(expected);
    expect(result.issues).toEqual([]);
  });

  it.each([
    "the owner is unhappy",
    "move the file to /data/done/people.csv",
    "stop loading orders on weekends",
    "keep only the columns id and colour",
    "read /tmp/other.parquet instead",
    "use something else instead of append",
    "call the transform node x",
  ])("nothing changes: %s", (request) => expect(ask(request, one).patch).toEqual([]));
});
