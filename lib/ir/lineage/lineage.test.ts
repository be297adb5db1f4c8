import { describe, expect, it } from "vitest";
import { compile, lineageOf } from "../index.ts";
import type { PipelineIr } from "../schema.ts";
import type { LineageNode, LineageOrigin } from "./shapes.ts";

const file = (...names: string[]) => ({
  path: `/tmp/${names[0]}.csv`,
  ...(names.length > 0 && {
    format: { type: "csv" as const, columns: names.map((name) => ({ name, type: "string" })) },
  }),
});
const source = (id: string, ...names: string[]) => ({
  id,
  kind: "source" as const,
  connector: "local_fs" as const,
  config: file(...names),
});
const target = (input: string, more = {}) => ({
  id: "load",
  kind: "target" as const,
  input,
  schema: "shop.t",
  loadMode: "append" as const,
  ...more,
});
const lineage = (...nodes: unknown[]) =>
  lineageOf(
    compile({ kind: "pipeline", version: "1.0", id: "p", metadata: { name: "P" }, nodes } as PipelineIr),
  );

const wayWords = ({ source: from, field, ways }: LineageOrigin): string =>
  `${from}.${field ?? "*"} ${ways.map(({ kind, masking }) => `${kind}${masking ? "!" : ""}`).join("+")}`;
/** A node's columns as `name: [origin ways]`, short enough to compare by eye. */
const columns = (node: LineageNode | undefined) =>
  Object.fromEntries((node?.columns ?? []).map(({ name, origins }) => [name, origins.map(wayWords)]));
const rows = (node: LineageNode | undefined) => (node?.rows ?? []).map(wayWords);

const loaded = (...nodes: unknown[]) => lineage(...nodes).nodes.get("load");
const orders = source("orders", "id", "amount", "email", "status");
const afterOps = (...ops: unknown[]) =>
  loaded(orders, { id: "t", kind: "transform", input: "orders", ops }, target("t"));

describe("lineageOf: ops", () => {
  it.each<[string, unknown, Record<string, string[]>]>([
    ["cast", { op: "cast", field: "amount", to: "integer" }, { amount: ["orders.amount TRANSFORMATION"] }],
    [
      "expression on two columns",
      { op: "expression", field: "both", expr: "amount || ' ' || status" },
      { both: ["orders.amount TRANSFORMATION", "orders.status TRANSFORMATION"] },
    ],
    [
      "expression that passes a column on",
      { op: "expression", field: "copy", expr: "amount" },
      { copy: ["orders.amount IDENTITY"] },
    ],
    [
      "CASE, whose conditions only decide",
      { op: "expression", field: "x", expr: "case when status = 'a' then amount else id end" },
      { x: ["orders.status CONDITIONAL", "orders.amount TRANSFORMATION", "orders.id TRANSFORMATION"] },
    ],
    [
      "CASE with a subject",
      { op: "expression", field: "x", expr: "case status when 'a' then 1 else 2 end" },
      { x: ["orders.status CONDITIONAL"] },
    ],
    [
      "NULLIF",
      { op: "expression", field: "x", expr: "nullif(amount, status)" },
      { x: ["orders.amount TRANSFORMATION", "orders.status CONDITIONAL"] },
    ],
    [
      "a hash inside an expression",
      { op: "expression", field: "x", expr: "sha256(email)" },
      { x: ["orders.email TRANSFORMATION!"] },
    ],
    [
      "a hash beside the plain value hides nothing",
      { op: "expression", field: "x", expr: "sha256(email) || email" },
      { x: ["orders.email TRANSFORMATION"] },
    ],
    ["a constant expression", { op: "expression", field: "x", expr: "1 + 1" }, { x: [] }],
    ["add_field", { op: "add_field", field: "x", value: "csv" }, { x: [] }],
    [
      "hash",
      { op: "hash", field: "email", algorithm: "sha256" },
      { email: ["orders.email TRANSFORMATION!"] },
    ],
    [
      "hash into another column",
      { op: "hash", field: "email", algorithm: "md5", into: "key" },
      { email: ["orders.email IDENTITY"], key: ["orders.email TRANSFORMATION!"] },
    ],
    [
      "mask_pii",
      { op: "mask_pii", field: "email", strategy: "email" },
      { email: ["orders.email TRANSFORMATION!"] },
    ],
    [
      "map_values",
      { op: "map_values", field: "status", mapping: { a: "b" } },
      { status: ["orders.status TRANSFORMATION"] },
    ],
    [
      "split",
      { op: "split", field: "email", separator: "@", into: ["user", "host"] },
      { user: ["orders.email TRANSFORMATION"], host: ["orders.email TRANSFORMATION"] },
    ],
    [
      "merge",
      { op: "merge", fields: ["id", "status"], separator: "-", into: "key" },
      { key: ["orders.id TRANSFORMATION", "orders.status TRANSFORMATION"] },
    ],
  ])("%s", (_name, op, expected) => {
    const found = columns(afterOps(op));
    expect(found).toMatchObject(expected);
    expect(found.id).toEqual(["orders.id IDENTITY"]);
    expect(rows(afterOps(op))).toEqual([]);
  });

  it("rename keeps the place and the origin, drop takes away", () => {
    const found = columns(
      afterOps({ op: "rename", from: "amount", to: "total" }, { op: "drop", fields: ["email"] }),
    );
    expect(Object.keys(found)).toEqual(["id", "total", "status"]);
    expect(found.total).toEqual(["orders.amount IDENTITY"]);
  });

  it("filter, deduplicate and a cast that puts rows aside decide about rows, and leave columns as they are", () => {
    const node = afterOps(
      { op: "filter", expr: "amount > 0 and status = 'paid'" },
      { op: "deduplicate", keys: ["id"], keep: "last", orderBy: "status" },
      { op: "cast", field: "amount", to: "integer", onError: "quarantine" },
    );
    expect(rows(node)).toEqual(["orders.amount FILTER", "orders.status FILTER+SORT", "orders.id GROUP_BY"]);
    expect(columns(node)).toMatchObject({ id: ["orders.id IDENTITY"], status: ["orders.status IDENTITY"] });
  });

  it("aggregate: keys as they are, metrics aggregated, counts tell no value", () => {
    const ops = [
      { op: "cast", field: "amount", to: "integer" },
      {
        op: "aggregate",
        groupBy: ["status"],
        metrics: [
          { fn: "sum", field: "amount", as: "total" },
          { fn: "count_distinct", field: "email", as: "buyers" },
          { fn: "count", as: "n" },
        ],
      },
    ];
    const { nodes } = lineage(orders, { id: "t", kind: "transform", input: "orders", ops }, target("t"));
    const node = nodes.get("load");
    expect(columns(node)).toEqual({
      status: ["orders.status IDENTITY"],
      total: ["orders.amount AGGREGATION"],
      buyers: ["orders.email AGGREGATION!"],
      n: ["orders.* AGGREGATION!"],
    });
    expect(rows(node)).toEqual(["orders.status GROUP_BY"]);
    expect(nodes.get("t")?.columns[1]?.notes).toEqual(["sum of amount"]);
  });

  it("summarize", () => {
    const node = afterOps({ op: "summarize", metrics: [{ fn: "max", field: "amount", as: "most" }] });
    expect(columns(node)).toEqual({ most: ["orders.amount AGGREGATION"] });
    expect(rows(node)).toEqual([]);
  });

  it.each(["left", "inner"] as const)("lookup_join, %s", (how) => {
    const node = loaded(
      orders,
      source("people", "mail", "name"),
      {
        id: "t",
        kind: "transform",
        input: "orders",
        ops: [
          {
            op: "lookup_join",
            with: "people",
            on: [{ left: "email", right: "mail" }],
            select: [{ field: "name", as: "buyer" }],
            how,
          },
        ],
      },
      target("t"),
    );
    expect(columns(node).buyer).toEqual(["people.name IDENTITY", "orders.email JOIN", "people.mail JOIN"]);
    expect(rows(node)).toEqual(how === "inner" ? ["orders.email JOIN", "people.mail JOIN"] : []);
  });

  it("ops one after the other: the one that does most counts, and what is hidden stays so", () => {
    const node = afterOps(
      { op: "hash", field: "email", algorithm: "sha256" },
      { op: "rename", from: "email", to: "who" },
      { op: "expression", field: "who", expr: "upper(who)" },
    );
    expect(columns(node).who).toEqual(["orders.email TRANSFORMATION!"]);
    expect(
      lineage(
        orders,
        { id: "t", kind: "transform", input: "orders", ops: [{ op: "rename", from: "email", to: "who" }] },
        target("t"),
      ).nodes.get("t")?.columns[2],
    ).toMatchObject({ name: "who", notes: ["renamed from email"] });
  });
});

describe("lineageOf: nodes", () => {
  it("validate: rules that keep rows decide, those that warn do not; the copy holds the row and its fault", () => {
    const { nodes, quarantines } = lineage(
      orders,
      {
        id: "t",
        kind: "transform",
        input: "orders",
        ops: [{ op: "hash", field: "email", algorithm: "md5" }],
      },
      {
        id: "v",
        kind: "validate",
        input: "t",
        rowLevel: [
          { id: "a", field: "id", rule: "not_null" },
          { id: "b", field: "amount", rule: "gt:0", onFail: "drop" },
          { id: "c", field: "status", rule: "not_null", onFail: "warn" },
        ],
        quarantine: { table: "shop.rejects" },
      },
      target("v"),
    );
    expect(rows(nodes.get("load"))).toEqual(["orders.id FILTER", "orders.amount FILTER"]);
    expect(columns(quarantines.get("v"))).toEqual({
      run_id: [],
      node_id: [],
      row_number: [],
      rule: ["orders.id CONDITIONAL"],
      reason: ["orders.id CONDITIONAL"],
      row: [
        "orders.id TRANSFORMATION",
        "orders.amount TRANSFORMATION",
        "orders.email TRANSFORMATION!",
        "orders.status TRANSFORMATION",
      ],
    });
  });

  it("branch: an output is decided by its own condition and all before it", () => {
    const branch = {
      id: "b",
      kind: "branch",
      input: "orders",
      cases: [
        { id: "big", when: "amount > 10" },
        { id: "paid", when: "status = 'paid'" },
      ],
      default: "rest",
    };
    expect(rows(loaded(orders, branch, target("b:big")))).toEqual(["orders.amount FILTER"]);
    for (const output of ["paid", "rest"])
      expect(rows(loaded(orders, branch, target(`b:${output}`)))).toEqual([
        "orders.amount FILTER",
        "orders.status FILTER",
      ]);
  });

  it.each(["inner", "left", "right", "full"])("join, %s", (how) => {
    const node = loaded(
      orders,
      source("paid", "id", "status", "at"),
      { id: "j", kind: "join", left: "orders", right: "paid", on: [{ left: "id", right: "id" }], how },
      target("j"),
    );
    const both = how === "right" || how === "full";
    expect(columns(node)).toEqual({
      id: both ? ["orders.id IDENTITY", "paid.id IDENTITY"] : ["orders.id IDENTITY"],
      amount: ["orders.amount IDENTITY"],
      email: ["orders.email IDENTITY"],
      status: ["orders.status IDENTITY"],
      status_right: ["paid.status IDENTITY"],
      at: ["paid.at IDENTITY"],
    });
    expect(rows(node)).toEqual(["orders.id JOIN", "paid.id JOIN"]);
  });

  it("enrich with a node takes its columns and what decides about its rows", () => {
    const node = loaded(
      orders,
      source("people", "mail", "name", "gone"),
      { id: "t", kind: "transform", input: "people", ops: [{ op: "filter", expr: "gone is null" }] },
      {
        id: "e",
        kind: "enrich",
        input: "orders",
        with: "t",
        on: [{ left: "email", right: "mail" }],
        select: ["name"],
      },
      target("e"),
    );
    expect(columns(node).name).toEqual(["people.name IDENTITY", "orders.email JOIN", "people.mail JOIN"]);
    expect(rows(node)).toEqual(["people.gone FILTER"]);
  });

  it("enrich with a saved source's table: the table is a source of its own", () => {
    const node = loaded(
      orders,
      {
        id: "e",
        kind: "enrich",
        input: "orders",
        with: { sourceRef: "crm", stream: "public.people" },
        on: [{ left: "email", right: "mail" }],
        select: ["name"],
      },
      target("e"),
    );
    expect(columns(node).name).toEqual(["e.with.name IDENTITY", "orders.email JOIN", "e.with.mail JOIN"]);
  });

  it("a reference that is only checked does not make rows", () => {
    const node = loaded(
      orders,
      source("people", "mail"),
      {
        id: "v",
        kind: "validate",
        input: "orders",
        datasetLevel: { fkIntegrity: { field: "email", references: { node: "people", field: "mail" } } },
      },
      target("v"),
    );
    expect(rows(node)).toEqual([]);
    expect(node?.sources).toEqual(["orders"]);
  });

  it("an incremental source and a watermark decide about rows", () => {
    const table = {
      id: "orders",
      kind: "source",
      connector: "postgres",
      sourceRef: "crm",
      config: { stream: "public.orders", columns: ["id", "at"], syncMode: "incremental", cursorField: "at" },
    };
    expect(rows(loaded(table, target("orders")))).toEqual(["orders.at FILTER"]);
    const newer = target("orders", { loadMode: "incremental_watermark", watermarkColumn: "id" });
    expect(rows(loaded(orders, newer))).toEqual(["orders.id FILTER"]);
  });
});

describe("lineageOf: sources that do not declare their columns", () => {
  const open = source("open");

  it("names what a node names, and of the rest only the source", () => {
    const node = loaded(
      open,
      {
        id: "t",
        kind: "transform",
        input: "open",
        ops: [
          { op: "rename", from: "nr", to: "id" },
          { op: "hash", field: "email", algorithm: "md5", into: "who" },
          { op: "drop", fields: ["email"] },
        ],
      },
      target("t"),
    );
    expect(columns(node)).toEqual({ id: ["open.nr IDENTITY"], who: ["open.email TRANSFORMATION!"] });
    expect(node?.rest).toEqual({ sources: ["open"], except: ["nr", "id", "who", "email"], named: true });
  });

  it("an aggregate needs nothing of the rest", () => {
    const node = loaded(
      open,
      {
        id: "t",
        kind: "transform",
        input: "open",
        ops: [{ op: "aggregate", groupBy: ["k"], metrics: [{ fn: "sum", field: "v", as: "total" }] }],
      },
      target("t"),
    );
    expect(columns(node)).toEqual({ k: ["open.k IDENTITY"], total: ["open.v AGGREGATION"] });
    expect(node?.rest).toBeUndefined();
  });

  it("after a join nobody can say which side an unknown column is from", () => {
    const node = loaded(
      open,
      orders,
      {
        id: "j",
        kind: "join",
        left: "open",
        right: "orders",
        on: [{ left: "id", right: "id" }],
        how: "left",
      },
      { id: "t", kind: "transform", input: "j", ops: [{ op: "expression", field: "x", expr: "a + 1" }] },
      target("t"),
    );
    expect(columns(node)).toEqual({
      id: ["open.id IDENTITY"],
      x: ["open.* TRANSFORMATION", "orders.* TRANSFORMATION"],
    });
    expect(node?.rest).toMatchObject({ sources: ["open", "orders"], named: false });
  });

  it("a join with an open right side keeps what the left declares", () => {
    const node = loaded(
      orders,
      open,
      {
        id: "j",
        kind: "join",
        left: "orders",
        right: "open",
        on: [{ left: "id", right: "nr" }],
        how: "left",
      },
      target("j"),
    );
    expect(columns(node).amount).toEqual(["orders.amount IDENTITY"]);
    expect(node?.rest).toEqual({ sources: ["open"], except: [], named: false });
    expect(rows(node)).toEqual(["orders.id JOIN", "open.nr JOIN"]);
  });
});
