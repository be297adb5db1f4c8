import { describe, expect, it } from "vitest";
import { columnsAfter, describeChanges, parsePipelineIR } from "#lib/ir/index.ts";
import type { DriftColumn, PipelineIr, SchemaDrift } from "#lib/ir/schema.ts";
import { applyPatch, diff } from "#lib/json-patch/index.ts";
import { changeForDrift } from "./change-for-drift.ts";
import type { AddedChoice } from "./drift-change.ts";
import { isRenamed } from "./rename-guess.ts";

type Node = Record<string, unknown>;
const catalogue = { sources: [{ ref: "crm", connector: "postgres" }], destinations: [] };
const names = (list: string): DriftColumn[] =>
  list
    .split(" ")
    .filter(Boolean)
    .map((text) => {
      const [name = "", type] = text.split(":");
      return { name, ...(type && { type }) };
    });

function document(...nodes: Node[]): PipelineIr {
  const given = { kind: "pipeline", version: "1.0", id: "p", metadata: { name: "P" }, nodes };
  const parsed = parsePipelineIR(given, { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.ir;
}
const file = (declared?: string): Node => ({
  ...{ id: "src", kind: "source", connector: "local_fs" },
  config: {
    path: "/tmp/orders.csv",
    format: { type: "csv", ...(declared && { columns: names(declared) }) },
  },
});
const table = (config: Node = {}): Node => ({
  ...{ id: "src", kind: "source", connector: "postgres", sourceRef: "crm" },
  config: { stream: "shop.orders", syncMode: "full_refresh", ...config },
});
const target = (input: string, more: Node = {}): Node => ({
  ...{ id: "out", kind: "target", input, schema: "shop.orders", loadMode: "append", ...more },
});
const transform = (...ops: Node[]): Node => ({ id: "m", kind: "transform", input: "src", ops });

/** What is proposed, checked like any proposal; a text where nothing is. */
function proposed(
  ir: PipelineIr,
  drift: Partial<Record<"missing" | "added" | "found", string>> &
    Partial<Pick<SchemaDrift, "nodeId" | "changed">>,
  { last = {}, added = "leave_out" }: { last?: Record<string, string>; added?: AddedChoice } = {},
) {
  const { nodeId = "src", changed = [], missing = "", added: came = "", found = "" } = drift;
  const change = changeForDrift({
    ...{ ir, catalogue, added },
    drift: {
      nodeId,
      of: "orders",
      missing: names(missing),
      added: names(came),
      changed,
      found: names(found),
    },
    last: Object.fromEntries(Object.entries(last).map(([id, list]) => [id, names(list)])),
  });
  if ("why" in change) return change.why;
  const columns = { src: names(found).map(({ name, type = "string" }) => ({ name, type })) };
  const given = { strength: "executable", catalogue: { ...catalogue, columns } } as const;
  const parsed = parsePipelineIR(change.ir, given);
  expect(parsed.ok ? [] : parsed.issues).toEqual([]);
  const patched = applyPatch<PipelineIr>(ir, diff(ir, change.ir));
  expect(patched.ok && patched.document).toEqual(change.ir);
  return {
    ir: change.ir,
    said: change.said.join(" "),
    changes: describeChanges(ir, change.ir).map(({ id }) => id),
    /** Columns that come to the target. */
    columns: columnsAfter(change.ir, "out", given.catalogue)?.map(({ name }) => name),
  };
}

describe("what is taken for a rename", () => {
  it.each([
    ["amount", "amount_eur"],
    ["Amount", "amount"],
    ["cust_id", "customer_id"],
    ["orderDate", "order_date"],
    ["e-mail", "email"],
    ["quantity", "quantitiy"],
    ["größe", "größe (cm)"],
    ["amount:integer", "amount_eur:bigint"],
    ["sold:date", "sold_at:timestamp"],
    ["amount:integer", "total_amount"],
  ])("%s is now %s", (went, came) => {
    expect(isRenamed(names(went)[0] as DriftColumn, { name: came, ...names(came)[0] })).toBe(true);
  });
  it.each([
    ["amount", "shipped_on"],
    ["a", "b"],
    ["id", "name"],
    ["amount:integer", "amount_note:string"],
    ["paid:boolean", "paid_on:date"],
    ["street", "city"],
  ])("%s is not %s", (went, came) => {
    expect(isRenamed(names(went)[0] as DriftColumn, names(came)[0] as DriftColumn)).toBe(false);
  });
});

describe("a source with other columns", () => {
  const amount = { missing: "amount", found: "id amount_eur" };

  it("renames a declared column where it is read, and nothing after it changes its name", () => {
    const answer = proposed(document(file("id:bigint amount:integer"), target("src")), {
      ...amount,
      added: "amount_eur",
    });
    expect(answer).toMatchObject({
      changes: ["node:src/config/format", "node:out/input", "node:src-fit"],
      columns: ["id", "amount"],
      said: expect.stringContaining("now has “amount_eur” instead of “amount”"),
    });
  });

  it("puts the rename at the head of a transform that alone reads the source", () => {
    const cast = { op: "cast", field: "amount", to: "integer" };
    const ir = document(file(), transform(cast), target("m"));
    const answer = proposed(ir, amount, { last: { src: "id amount" } });
    expect(answer).toMatchObject({
      changes: ["node:m/ops"],
      ir: { nodes: [{}, { ops: [{ op: "rename", from: "amount_eur", to: "amount" }, cast] }, {}] },
    });
  });

  it("follows in everything that reads a source: joins, look-ups, checks of keys", () => {
    const other = { ...file("k:bigint"), id: "other" };
    const ir = document(
      file("id:bigint amount:integer"),
      other,
      {
        id: "j",
        kind: "join",
        left: "src",
        right: "other",
        on: [{ left: "amount", right: "k" }],
        how: "left",
      },
      {
        id: "v",
        kind: "validate",
        input: "other",
        datasetLevel: { fkIntegrity: { field: "k", references: { node: "src", field: "amount" } } },
      },
      {
        id: "l",
        kind: "transform",
        input: "v",
        ops: [{ op: "lookup_join", with: "src", on: [{ left: "k", right: "amount" }], select: ["id"] }],
      },
      target("j"),
      { ...target("l"), id: "out2", schema: "shop.other" },
    );
    const answer = proposed(ir, { ...amount, added: "amount_eur" });
    expect(answer).toMatchObject({ columns: ["id", "amount", "k"] });
    expect(JSON.stringify((answer as { ir: PipelineIr }).ir.nodes)).not.toMatch(/"(left|with|node)":"src"/);
  });

  it("renames what a table is asked for, its cursor too, which begins anew", () => {
    const config = { columns: ["id", "changed"], syncMode: "incremental", cursorField: "changed" };
    const ir = document(table(config), target("src"));
    const answer = proposed(
      ir,
      { missing: "changed", found: "id:integer changed_at:timestamp" },
      { last: { src: "id:integer changed:timestamp" } },
    );
    expect(answer).toMatchObject({
      ir: { nodes: [{ config: { columns: ["id", "changed_at"], cursorField: "changed_at" } }, {}, {}] },
      said: expect.stringContaining("read from its beginning once"),
      columns: ["id", "changed"],
    });
  });

  it("without the columns of the last run, one that came beside those asked for is no rename", () => {
    const answer = proposed(document(table({ columns: ["id", "amount"] }), target("src")), {
      missing: "amount",
      found: "id:integer amount_eur:integer",
    });
    expect(answer).toMatchObject({ changes: ["node:src/config/columns"], columns: ["id"] });
  });

  it("a column that was always there is not what became of one that went", () => {
    const answer = proposed(
      document(file("id:bigint amount:integer"), target("src")),
      { ...amount, added: "amount_eur" },
      { last: { src: "id amount:integer amount_eur" } },
    );
    expect(answer).toMatchObject({ changes: ["node:src/config/format"], columns: ["id"] });
  });

  it("takes away what names a column that went, and a node that is left with nothing to do", () => {
    const ir = document(
      file("id:bigint amount:integer"),
      transform({ op: "expression", field: "double", expr: "amount * 2" }),
      {
        id: "v",
        kind: "validate",
        input: "m",
        rowLevel: [
          { id: "a", field: "amount", rule: "gt:0" },
          { id: "b", field: "id", rule: "not_null" },
          { id: "c", field: "double", rule: "gt:0" },
        ],
      },
      target("v"),
    );
    expect(proposed(ir, { missing: "amount", found: "id" })).toMatchObject({
      columns: ["id"],
      changes: ["node:src/config/format", "node:v/input", "node:v/rowLevel", "node:m"],
      said: expect.stringContaining(
        "The op expression of m goes. The rule “a” of v goes. The rule “c” of v goes.",
      ),
    });
  });

  it.each<[string, Node, string]>([
    ["filter", { op: "filter", expr: "amount > 1" }, "The op filter of m needs it"],
    ["key", { op: "deduplicate", keys: ["amount"] }, "The op deduplicate of m needs it"],
    [
      "group",
      { op: "aggregate", groupBy: ["amount"], metrics: [{ fn: "count", as: "n" }] },
      "The op aggregate",
    ],
  ])("leaves a %s to a person", (_title, op, why) => {
    const ir = document(file("id:bigint amount:integer"), transform(op), target("m"));
    expect(proposed(ir, { missing: "amount", found: "id" })).toContain(why);
  });

  it("leaves a target's key, a cursor and a primary key to a person", () => {
    const keyed = target("src", { loadMode: "upsert", upsertKey: ["amount"] });
    expect(
      proposed(document(file("id:bigint amount:integer"), keyed), { missing: "amount", found: "id" }),
    ).toContain("out (target) needs it in upsertKey");
    const cursor = { syncMode: "incremental", cursorField: "at" };
    expect(proposed(document(table(cursor), target("src")), { missing: "at", found: "id" })).toContain(
      "“at”",
    );
    const key = document(table({ primaryKey: ["id"] }), target("src"));
    expect(proposed(key, { missing: "id", found: "a" })).toContain("The key of the table is gone");
  });

  it("does not take away what hid a column while another came that may hold the same", () => {
    const mask = transform({ op: "mask_pii", field: "ssn", strategy: "redact" });
    const ir = document(file("id:bigint ssn:string"), mask, target("m"));
    const unlike = { missing: "ssn", added: "tax_number", found: "id tax_number" };
    expect(proposed(ir, unlike)).toContain("say what is to be hidden");
    expect(proposed(ir, { missing: "ssn", found: "id" })).toMatchObject({ columns: ["id"] });
  });
});

describe("a table with other columns than the rows", () => {
  const frozen = document(file(), target("src", { schemaEvolution: "freeze" }));
  const at = { nodeId: "out", found: "id amount coupon" };

  it("leaves out what came, or lets the table take it in", () => {
    const drift = { ...at, added: "coupon:string" };
    expect(proposed(frozen, drift)).toMatchObject({ columns: ["id", "amount"] });
    expect(proposed(frozen, drift, { added: "take" })).toMatchObject({
      changes: ["node:out/schemaEvolution"],
    });
  });

  it("renames what the rows call otherwise than the table", () => {
    const drift = { nodeId: "out", missing: "coupon", added: "coupon_code", found: "id amount coupon_code" };
    expect(proposed(frozen, drift)).toMatchObject({ columns: ["id", "amount", "coupon"] });
  });

  it("a column of the table that the rows never filled did not go", () => {
    const drift = { nodeId: "out", missing: "coupon", added: "coupon_code", found: "id amount coupon_code" };
    const answer = proposed(frozen, drift, { last: { src: "id amount" } });
    expect(answer).toMatchObject({ columns: ["id", "amount"], said: expect.not.stringContaining("rename") });
  });

  it("casts what came in another type, at the end of the transform before it", () => {
    const ir = document(file(), transform({ op: "drop", fields: ["coupon"] }), target("m"));
    const changed = [{ name: "amount", expected: "integer", found: "string" }];
    expect(proposed(ir, { ...at, changed })).toMatchObject({
      changes: ["node:m/ops"],
      ir: {
        nodes: [{}, { ops: [{}, { op: "cast", field: "amount", to: "integer", onError: "quarantine" }] }, {}],
      },
    });
    const odd = [{ name: "amount", expected: "tsvector", found: "string" }];
    expect(proposed(ir, { ...at, changed: odd })).toContain("nothing can be cast to");
  });
});
