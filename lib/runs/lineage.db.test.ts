import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createDestination } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { claimed, pipeline, request } from "#tests/run-kit.ts";
import { createPipeline, finishRun, getLineage, getTableLineage } from "./index.ts";

const SERVER = { host: "db.example.com", port: 5432, database: "sales" };
const login = { ...SERVER, username: "reader", password: "hunter22", sslmode: "disable" as const };

const document = (id: string, ...nodes: unknown[]) => ({
  kind: "pipeline",
  version: "1.0",
  id,
  metadata: { name: id },
  nodes,
});
const save = (ctx: Ctx, ir: unknown) => createPipeline({ ctx, input: { irVersion: "1.0", ir } });
const names = (list: { slug: string }[]) => list.map(({ slug }) => slug);

/** Writes sales.shop.orders of a server, from a file. */
const writer = document(
  "writer",
  {
    id: "src",
    kind: "source",
    connector: "local_fs",
    config: {
      path: "/tmp/orders.csv",
      format: {
        type: "csv",
        columns: ["id", "email", "amount"].map((name) => ({ name, type: "string" })),
      },
    },
  },
  {
    id: "t",
    kind: "transform",
    input: "src",
    ops: [
      { op: "hash", field: "email", algorithm: "sha256" },
      { op: "filter", expr: "amount is not null" },
    ],
  },
  {
    id: "v",
    kind: "validate",
    input: "t",
    rowLevel: [{ id: "r", field: "id", rule: "not_null" }],
    quarantine: { table: "shop.rejects" },
  },
  { id: "kept", kind: "archive", input: "src", to: "/tmp/kept" },
  {
    id: "load",
    kind: "target",
    input: "v",
    destination: "reporting",
    schema: "shop.orders",
    loadMode: "append",
  },
);

/** Reads the same table through a saved source of that server, into the built-in warehouse. */
const reader = document(
  "reader",
  {
    id: "src",
    kind: "source",
    connector: "postgres",
    sourceRef: "sales_db",
    config: { stream: "shop.orders", syncMode: "full_refresh" },
  },
  { id: "load", kind: "target", input: "src", schema: "copies.orders", loadMode: "truncate" },
);

withDatabase("the lineage of pipelines", ({ testCtx }) => {
  const whole = async () => {
    const ctx = await testCtx();
    await createSource({ ctx, input: { connector: "postgres", name: "sales_db", fields: login } });
    const { password, ...config } = login;
    await createDestination({ ctx, input: { name: "reporting", kind: "postgres", config, password } });
    const made = [await save(ctx, writer), await save(ctx, reader)];
    return { ctx, ids: made.map(({ id }) => id) };
  };

  test("names datasets, and where every column comes from", async () => {
    const { ctx } = await whole();
    const answer = await getLineage({ ctx, input: { id: "writer" } });
    expect(answer.datasets.map(({ id, role, namespace, name }) => [id, role, namespace, name])).toEqual([
      ["src", "source", "file", "/tmp/orders.csv"],
      ["v:quarantine", "quarantine", "postgres://db.example.com:5432", "sales.shop.rejects"],
      ["kept", "archive", "file", "/tmp/kept"],
      ["load", "target", "postgres://db.example.com:5432", "sales.shop.orders"],
    ]);
    const at = (target: string, column: string) =>
      answer.columns.find((one) => one.target === target && one.column === column)?.from;
    expect(at("load", "email")).toEqual([
      { source: "src", field: "email", kinds: ["TRANSFORMATION"], masking: true },
    ]);
    expect(at("load", "id")).toEqual([{ source: "src", field: "id", kinds: ["IDENTITY"], masking: false }]);
    expect(at("v:quarantine", "row")?.map(({ field }) => field)).toEqual(["id", "email", "amount"]);
    expect(answer.datasets.at(-1)).toMatchObject({
      columns: ["id", "email", "amount"],
      complete: true,
      rows: [
        { source: "src", field: "amount", kinds: ["FILTER"], masking: false },
        { source: "src", field: "id", kinds: ["FILTER"], masking: false },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain("hunter22");
  });

  test("finds the pipelines before and behind it by the table, wherever it is configured", async () => {
    const { ctx } = await whole();
    const before = await getLineage({ ctx, input: { id: "writer" } });
    expect(names(before.downstream)).toEqual(["reader"]);
    expect(before.upstream).toEqual([]);
    const behind = await getLineage({ ctx, input: { id: "reader" } });
    expect(names(behind.upstream)).toEqual(["writer"]);
    expect(behind.upstream[0]?.tables).toEqual([
      { namespace: "postgres://db.example.com:5432", name: "sales.shop.orders" },
    ]);
    expect(behind.downstream).toEqual([]);
    const { data } = await getTableLineage({ ctx, input: { table: "shop.orders" } });
    expect(data.map((one) => [one.name, names(one.writtenBy), names(one.readBy)])).toEqual([
      ["sales.shop.orders", ["writer"], ["reader"]],
    ]);
    expect((await getTableLineage({ ctx, input: { table: "ders" } })).data).toEqual([]);
  });

  test("says what is not known of a source that declares nothing, until a run has seen its columns", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, "orders");
    const first = await getLineage({ ctx, input: { id } });
    expect(first.datasets).toMatchObject([
      { id: "src", columns: [], complete: false },
      {
        id: "load",
        namespace: `penstock://${ctx.tenant}`,
        name: "warehouse.shop.orders",
        columns: [],
        complete: false,
        rest: ["src"],
      },
    ]);
    const run = await claimed(ctx, await request(ctx, id));
    const columns = { src: [{ name: "nr", type: "bigint" }] };
    const counts = { read: 0, loaded: 0, rejected: 0, filtered: 0, deduplicated: 0, unmatched: 0 };
    await finishRun(run, {
      status: "completed",
      ledger: { balanced: true, ...counts, nodes: {}, edges: [], columns },
    });
    const second = await getLineage({ ctx, input: { id } });
    expect(second.columns).toEqual([
      {
        target: "load",
        column: "nr",
        from: [{ source: "src", field: "nr", kinds: ["IDENTITY"], masking: false }],
      },
    ]);
    expect(second.datasets.every(({ complete }) => complete)).toBe(true);
  });

  test("is bounded by the tenant, and a draft without a plan has none", async () => {
    const { ctx } = await whole();
    const other = await testCtx();
    await expect(getLineage({ ctx: other, input: { id: "writer" } })).rejects.toMatchObject({
      code: "pipeline_not_found",
    });
    expect((await getTableLineage({ ctx: other, input: { table: "shop.orders" } })).data).toEqual([]);
    const half = structuredClone(writer) as { id: string; nodes: { ops?: unknown }[] };
    half.id = "half";
    Object.assign(half.nodes[1] ?? {}, { ops: [{ op: "filter", expr: "amount >" }] });
    await save(ctx, half);
    await expect(getLineage({ ctx, input: { id: "half" } })).rejects.toMatchObject({
      code: "not_executable",
    });
  });
});
