import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Stream } from "#lib/connectors/schema.ts";
import { parsePipelineIR } from "#lib/ir/index.ts";
import { initialSetup, transition } from "./machine.ts";
import { pipelineOf } from "./pipeline-of.ts";
import type { Setup, SetupEvent } from "./state.ts";

const follow = (setup: Setup, ...events: SetupEvent[]): Setup =>
  events.reduce((one, event) => transition(one, event, new Date(0)).setup, setup);
const table = (name: string, more: Partial<Stream> = {}): Stream => ({
  name,
  kind: "table",
  columns: [
    { name: "id", type: "integer" },
    { name: "updated_at", type: "timestamptz" },
  ],
  primaryKey: ["id"],
  rowEstimate: null,
  bytes: null,
  syncModes: ["full_refresh", "incremental"],
  cursorFields: ["updated_at"],
  ...more,
});
const choosing = (connector: string): Setup => ({
  ...follow(initialSetup(), { type: "begin" }, { type: "choose_connector", connector }),
  state: "select_streams",
  found: { total: 9, names: [] },
});
const pick = (setup: Setup, streams: Stream[], ...events: SetupEvent[]): Setup =>
  follow(setup, { type: "streams_picked", streams, unknown: [], how: "only" }, ...events);
const hourly: SetupEvent = {
  type: "set_schedule",
  schedule: { kind: "cron", expression: "0 * * * *", timezone: "UTC" },
};
const made = (setup: Setup) => pipelineOf(setup, { sourceName: "shop", slug: "shop-load" });

/** What is wrong with it, at the strength at which it is published; with the columns that the source told. */
function issues(setup: Setup): string[] {
  const ir = made(setup);
  const columns = Object.fromEntries(
    setup.picked.map(({ columns }, at) => [
      ir.nodes[at * 2]?.id ?? "",
      columns.map(({ name, type }) => ({ name, type })),
    ]),
  );
  const catalogue = {
    sources: [{ ref: "shop", connector: setup.connector ?? "" }],
    destinations: [{ name: "lake", kind: "postgres" }],
    columns,
  };
  const parsed = parsePipelineIR(ir, { strength: "executable", catalogue });
  return parsed.ok
    ? parsed.warnings.map(({ message }) => message)
    : parsed.issues.map(({ code, path, message }) => `${code} ${path} ${message}`);
}

describe("pipelineOf", () => {
  test("one source and one target for each stream", () => {
    const setup = pick(
      choosing("postgres"),
      [
        table("public.orders"),
        table("public.events", { primaryKey: [] }),
        table("public.countries", { cursorFields: [] }),
      ],
      hourly,
      { type: "set_title", title: "Shop" },
      { type: "set_destination", destination: "lake" },
    );
    expect(made(setup)).toEqual({
      kind: "pipeline",
      version: "1.0",
      id: "shop-load",
      metadata: { name: "Shop" },
      schedule: { kind: "cron", expression: "0 * * * *", timezone: "UTC" },
      nodes: [
        {
          id: "orders",
          kind: "source",
          sourceRef: "shop",
          connector: "postgres",
          config: {
            stream: "public.orders",
            syncMode: "incremental",
            cursorField: "updated_at",
            primaryKey: ["id"],
          },
        },
        {
          id: "load_orders",
          kind: "target",
          input: "orders",
          destination: "lake",
          schema: "shop.orders",
          loadMode: "upsert",
          upsertKey: ["id"],
        },
        {
          id: "events",
          kind: "source",
          sourceRef: "shop",
          connector: "postgres",
          config: { stream: "public.events", syncMode: "incremental", cursorField: "updated_at" },
        },
        {
          id: "load_events",
          kind: "target",
          input: "events",
          destination: "lake",
          schema: "shop.events",
          loadMode: "append",
        },
        {
          id: "countries",
          kind: "source",
          sourceRef: "shop",
          connector: "postgres",
          config: { stream: "public.countries", syncMode: "full_refresh", primaryKey: ["id"] },
        },
        {
          id: "load_countries",
          kind: "target",
          input: "countries",
          destination: "lake",
          schema: "shop.countries",
          loadMode: "truncate",
          allowEmpty: true,
        },
      ],
    });
    expect(issues(setup)).toEqual([]);
  });

  test("files are read as they were found, and replace the table only if there are some", () => {
    const files = {
      path: "in/orders",
      pattern: { type: "glob" as const, value: "*.csv" },
      format: { type: "csv" as const },
    };
    const stream = table("in/orders/*.csv", {
      kind: "files",
      files,
      primaryKey: [],
      cursorFields: [],
      syncModes: ["full_refresh"],
    });
    const setup = pick(choosing("s3"), [stream], { type: "set_schedule", schedule: null });
    const [source, target] = made(setup).nodes;
    expect(source).toMatchObject({ connector: "s3", config: files });
    expect(target).toMatchObject({ schema: "amazon_s3.orders", loadMode: "truncate" });
    expect(target).not.toHaveProperty("allowEmpty");
    expect(made(setup)).not.toHaveProperty("schedule");
    expect(issues(setup)).toEqual([]);
  });

  test("a table that is nothing but its key is not merged", () => {
    const link = table("public.links", { primaryKey: ["id", "updated_at"] });
    const setup = pick(choosing("postgres"), [link], hourly);
    expect(made(setup).nodes[1]).toMatchObject({ loadMode: "append" });
    expect(issues(setup)).toEqual([]);
  });

  test("200 streams, all with one name", { timeout: 30_000 }, () => {
    const streams = Array.from({ length: 200 }, (_, at) =>
      table(`s${at % 50}.${"Load_orders_".repeat(4)}${at < 50 ? "" : at}`),
    );
    const setup = pick(choosing("mysql"), streams, hourly);
    expect(setup.picked).toHaveLength(200);
    expect(issues(setup)).toEqual([]);
  });

  test("whatever is picked, and however it is called, can be published", { timeout: 60_000 }, () => {
    const column = fc.oneof(
      fc.constantFrom("id", "updated_at", "Order Id", 'q"t', "né", "id", "a".repeat(130), "tab\there"),
      fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
    );
    const part = fc.oneof(
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/),
      fc.constantFrom("orders", "Orders", "ORDERS", "pg_x", "x__next", "sqlite_y", "__", "_1", "sys"),
      fc.string({ maxLength: 12, unit: "grapheme" }),
    );
    const stream = fc
      .record({
        schema: part,
        name: part,
        columns: fc.uniqueArray(column, { maxLength: 5, selector: (name) => name.toLowerCase() }),
        keys: fc.nat(3),
        cursors: fc.nat(2),
        view: fc.boolean(),
        inc: fc.boolean(),
      })
      .map(
        ({ schema, name, columns, keys, cursors, view, inc }): Stream => ({
          name: `${schema}.${name}`,
          kind: view ? "view" : "table",
          columns: columns.map((one) => ({ name: one, type: "string" })),
          primaryKey: columns.slice(0, keys),
          rowEstimate: null,
          bytes: null,
          syncModes: inc ? ["full_refresh", "incremental"] : ["full_refresh"],
          cursorFields: columns.slice(-cursors),
        }),
      );
    const change = fc.constantFrom<SetupEvent>(
      { type: "set_sync", syncMode: "full_refresh" },
      { type: "set_sync", syncMode: "incremental" },
      { type: "set_destination", schema: "staging" },
      { type: "set_title", title: 'Odd "name" <b>' },
      { type: "set_title", title: "2026" },
      hourly,
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(stream, { minLength: 1, maxLength: 12, selector: ({ name }) => name }),
        fc.array(change, { maxLength: 3 }),
        (streams, changes) => {
          const setup = pick(choosing("postgres"), streams, ...changes, hourly);
          if (setup.picked.length === 0) return;
          const ids = made(setup).nodes.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          const tables = setup.picked.map(({ table }) => table.toLowerCase());
          expect(new Set(tables).size).toBe(tables.length);
          expect(issues(setup)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
