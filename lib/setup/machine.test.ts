import { describe, expect, test } from "vitest";
import type { Stream } from "#lib/connectors/schema.ts";
import { interpret } from "./interpret.ts";
import { initialSetup, transition } from "./machine.ts";
import type { Setup, SetupEvent, Transition } from "./state.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const step = (setup: Setup, event: SetupEvent): Transition => transition(setup, event, NOW);
/** Events one after another, each on what the one before left. */
const follow = (setup: Setup, ...events: SetupEvent[]): Setup =>
  events.reduce((one, event) => step(one, event).setup, setup);

const stream = (name: string, more: Partial<Stream> = {}): Stream => ({
  name,
  kind: "table",
  columns: [
    { name: "id", type: "integer" },
    { name: "updated_at", type: "timestamptz" },
    { name: "total", type: "decimal(12,2)" },
  ],
  primaryKey: ["id"],
  rowEstimate: 10,
  bytes: 1000,
  syncModes: ["full_refresh", "incremental"],
  cursorFields: ["updated_at", "id"],
  ...more,
});
const NAMES = ["public.orders", "public.customers", "public.logs"];
const fields = { host: "db", port: 5432, database: "shop", username: "reader" };
const failure = {
  stage: "authenticate" as const,
  code: "wrong_password",
  field: "password",
  message: "The server refuses the password of reader.",
  fix: "Type the password again.",
};
const give = (more: Record<string, string | number> = {}, held: string[] = []): SetupEvent => ({
  type: "give_fields",
  fields: more,
  held,
});
const picked = (
  names: string[],
  unknown: string[] = [],
  how: "only" | "add" | "remove" = "only",
): SetupEvent => ({
  type: "streams_picked",
  streams: names.map((name) => stream(name)),
  unknown,
  how,
});
const daily: SetupEvent = {
  type: "set_schedule",
  schedule: { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" },
};

const begun = follow(initialSetup(), { type: "begin" });
const asking = follow(begun, { type: "choose_connector", connector: "postgres" });
const testing = follow(asking, give(fields, ["password"]));
const discovering = follow(testing, { type: "tested" });
const choosing = follow(discovering, { type: "discovered", found: { total: 3, names: NAMES } });
const syncing = follow(choosing, picked(["public.orders", "public.customers"]));
const reviewing = follow(syncing, daily);
const executing = follow(reviewing, { type: "confirm" });
const made = {
  source_id: "s1",
  pipeline_id: "p1",
  pipeline_slug: "shop",
  schedule: { ok: true },
  initial_sync: { ok: true, run_id: "r1" },
};
const done = follow(executing, { type: "executed", outcome: made });
const failed = follow(executing, {
  type: "executed",
  outcome: { error: "The pipeline could not be saved." },
});
const states = { begun, asking, testing, discovering, choosing, syncing, reviewing, executing, done, failed };

test("the way through", () => {
  expect(Object.values(states).map(({ state }) => state)).toEqual([
    "select_source_type",
    "gather_credentials",
    "test_connection",
    "discover_schema",
    "select_streams",
    "configure_sync",
    "review",
    "execute",
    "done",
    "failed",
  ]);
});

describe("what the specification gives byte for byte", () => {
  test("a conversation begins with the question for the source", () => {
    const { setup, answer, effects } = step(initialSetup(), { type: "begin" });
    expect(setup.state).toBe("select_source_type");
    expect(answer.message).toBe("Welcome! What type of data source would you like to connect?");
    expect(answer.data).toEqual({});
    expect(answer.options).toHaveLength(10);
    expect(answer.options[0]).toEqual({ value: "postgres", label: "PostgreSQL" });
    expect(effects).toEqual([]);
  });
  test.each([
    [
      "postgres",
      "To connect to PostgreSQL, I'll need: Host, Port, Database, Username, Password",
      ["host", "port", "database", "username", "password"],
    ],
    [
      "mysql",
      "To connect to MySQL, I'll need: Host, Port, Database, Username, Password",
      ["host", "port", "database", "username", "password"],
    ],
    [
      "snowflake",
      "To connect to Snowflake, I'll need: Account, Warehouse, Database, Schema, Role, Username, Password",
      ["account", "warehouse", "database", "schema", "role", "username", "password"],
    ],
    [
      "s3",
      "To connect to Amazon S3, I'll need: Bucket, Region, Access key ID, Secret access key",
      ["bucket", "region", "access_key_id", "secret_access_key"],
    ],
  ])("%s", (message, said, required_fields) => {
    const { setup, answer } = step(begun, interpret({ setup: begun, message }).event);
    const reply = JSON.stringify({ state: setup.state, ...answer });
    expect(reply).toBe(
      JSON.stringify({ state: "gather_credentials", message: said, options: [], data: { required_fields } }),
    );
  });
});

describe("select_source_type", () => {
  test("a connector that is not guided is set up in the form", () => {
    const { setup, answer } = step(begun, { type: "choose_connector", connector: "azure_blob" });
    expect(setup.state).toBe("gather_credentials");
    expect(answer.options).toEqual([{ value: "open form", label: "Open the form" }]);
    expect(answer.data).toEqual({
      required_fields: ["account", "container", "account_key"],
      form: "azure_blob",
    });
  });
  test.each(["oracle", "__proto__", "constructor"])("%s is no connector", (connector) => {
    expect(step(begun, { type: "choose_connector", connector }).setup).toEqual(begun);
  });
  test("connector and fields at once begin the test", () => {
    const { setup, effects } = step(begun, {
      type: "give_fields",
      connector: "postgres",
      fields,
      held: ["password"],
    });
    expect(setup).toMatchObject({
      state: "test_connection",
      connector: "postgres",
      config: fields,
      held: ["password"],
    });
    expect(effects).toEqual([{ type: "test_connection" }]);
  });
  test("fields without a connector belong nowhere", () => {
    const { setup, answer } = step(begun, give(fields));
    expect(setup).toEqual(begun);
    expect(answer.message).toContain("Say first which kind of source it is.");
  });
});

describe("gather_credentials", () => {
  test("asks for what is still missing", () => {
    const { setup, answer, effects } = step(asking, give(fields));
    expect(setup.state).toBe("gather_credentials");
    expect(answer.message).toBe("I still need: Password");
    expect(answer.data).toEqual({ required_fields: ["password"], config: fields, held: [] });
    expect(effects).toEqual([]);
  });
  test("tests as soon as nothing is missing", () => {
    const { setup, effects } = step(follow(asking, give(fields)), give({}, ["password"]));
    expect(setup.state).toBe("test_connection");
    expect(effects).toEqual([{ type: "test_connection" }]);
  });
  test("a value that cannot be right is told by its field, the others are kept", () => {
    const { setup, answer, effects } = step(asking, give({ ...fields, port: 99_999 }, ["password"]));
    expect(setup).toMatchObject({ state: "gather_credentials", config: { host: "db" }, held: ["password"] });
    expect(answer.message).toBe("Port must be a number from 1 to 65535. I still need: Port");
    expect(answer.data.refused).toEqual([{ field: "port", message: "must be a number from 1 to 65535" }]);
    expect(effects).toEqual([]);
  });
  test("an empty text takes a field away, a secret one too", () => {
    const { setup } = step(testing, give({ host: "", password: "" }));
    expect(setup).toMatchObject({ state: "gather_credentials", held: [] });
    expect(setup.config).not.toHaveProperty("host");
  });
  test("a secret never gets into what is known, even where it stands among the others", () => {
    const { setup } = step(asking, give({ ...fields, password: "hunter2" }));
    expect(JSON.stringify(setup)).not.toContain("hunter2");
    expect(setup.held).toEqual([]);
  });
  test("of two secrets that stand for each other the new one counts", () => {
    const snow = follow(
      begun,
      { type: "choose_connector", connector: "snowflake" },
      give({}, ["password"]),
      give({}, ["private_key"]),
    );
    expect(snow.held).toEqual(["private_key"]);
  });
  test("after a failed check: what, where and how to go on", () => {
    const { setup, answer } = step(testing, { type: "tested", failure });
    expect(setup.state).toBe("gather_credentials");
    expect(answer.data).toEqual({
      required_fields: [],
      config: fields,
      held: ["password"],
      check: { ok: false, ...failure },
    });
    expect(answer.message).toBe(
      "I could not connect. The server refuses the password of reader. Type the password again.",
    );
    const again = step(setup, { type: "retry" });
    expect(again.effects).toEqual([{ type: "test_connection" }]);
    expect(again.setup.failure).toBeUndefined();
  });
  test("another connector keeps what means the same, and no secret", () => {
    const { setup, effects, answer } = step(
      follow(asking, give({ ...fields, sslmode: "require" }, ["password"]), { type: "back" }),
      {
        type: "choose_connector",
        connector: "mysql",
      },
    );
    expect(setup).toMatchObject({ state: "gather_credentials", connector: "mysql", held: [], picked: [] });
    expect(setup.config).toEqual({ host: "db", database: "shop", username: "reader" });
    expect(effects).toEqual([{ type: "shred" }]);
    expect(answer.message).toBe("MySQL then. I keep: Host, Database, Username. I still need: Port, Password");
  });
  test("the form keeps what was entered", () => {
    const { setup, answer } = step(follow(asking, give(fields)), { type: "open_form" });
    expect(setup.config).toEqual(fields);
    expect(answer.data).toMatchObject({ form: "postgres", required_fields: ["password"], config: fields });
  });
  test("what is not understood is not repeated", () => {
    const { setup, answer } = step(asking, { type: "not_understood" });
    expect(setup).toEqual(asking);
    expect(answer.message).toContain("I did not understand that.");
    expect(answer.message).toContain("I'll need: Host, Port");
  });
});

describe("test_connection and discover_schema", () => {
  test("run by themselves", () => {
    expect(step(testing, { type: "tested" }).effects).toEqual([{ type: "discover_schema" }]);
    expect(step(discovering, { type: "discovered", found: { total: 3, names: NAMES } }).setup.state).toBe(
      "select_streams",
    );
  });
  test("a catalogue that cannot be listed is a matter of the connection", () => {
    const { setup, answer } = step(discovering, { type: "discover_failed", failure });
    expect(setup.state).toBe("gather_credentials");
    expect(answer.data.check).toMatchObject({ ok: false, code: "wrong_password" });
  });
  test("are begun again if what ran them died", () => {
    expect(step(testing, { type: "retry" }).effects).toEqual([{ type: "test_connection" }]);
    expect(step(discovering, { type: "retry" }).effects).toEqual([{ type: "discover_schema" }]);
  });
  test("what comes back too late changes nothing", () => {
    for (const setup of [begun, asking, choosing, reviewing, done]) {
      expect(step(setup, { type: "tested", failure }).setup).toEqual(setup);
      expect(step(setup, { type: "discovered", found: { total: 1, names: ["x"] } }).setup).toEqual(setup);
      expect(step(setup, { type: "executed", outcome: { error: "late" } }).setup).toEqual(setup);
    }
  });
});

describe("select_streams", () => {
  test("tells how many there are and the first names", () => {
    const { answer } = step(discovering, { type: "discovered", found: { total: 3, names: NAMES } });
    expect(answer.data).toEqual({ total: 3, streams: NAMES, picked: [] });
    expect(answer.message).toBe(
      "I found 3 tables: public.orders, public.customers and public.logs. Which do you want?",
    );
    expect(answer.options[0]).toEqual({ value: "all", label: "All 3" });
  });
  test("of none it says why that may be, and what was asked for", () => {
    const found = {
      total: 0,
      names: [],
      query: "SELECT 1",
      causes: ["The database is empty.", "GRANT USAGE is missing"],
    };
    const { setup, answer } = step(discovering, { type: "discovered", found });
    expect(setup.state).toBe("select_streams");
    expect(answer.message).toContain(
      "found no tables. Possible causes: The database is empty; GRANT USAGE is missing.",
    );
    expect(answer.data).toMatchObject({ total: 0, causes: found.causes, query: "SELECT 1" });
    expect(step(setup, { type: "select", selection: { by: "all" }, how: "only" }).effects).toEqual([]);
    expect(step(setup, { type: "retry" }).effects).toEqual([{ type: "discover_schema" }]);
  });
  test("a choice is looked up, then proposed with the best cursor", () => {
    const selection = { by: "first" as const, count: 2 };
    expect(step(choosing, { type: "select", selection, how: "only" }).effects).toEqual([
      { type: "pick_streams", selection, how: "only" },
    ]);
    const { setup, answer } = step(choosing, picked(["public.orders", "public.customers"], ["nope"]));
    expect(setup.state).toBe("configure_sync");
    expect(setup.picked).toMatchObject([
      {
        name: "public.orders",
        syncMode: "incremental",
        cursorField: "updated_at",
        table: "postgresql_shop.orders",
      },
      {
        name: "public.customers",
        syncMode: "incremental",
        cursorField: "updated_at",
        table: "postgresql_shop.customers",
      },
    ]);
    expect(answer.message).toContain("I did not find nope.");
  });
  test("nothing found leaves the choice open", () => {
    const { setup, answer } = step(choosing, picked([], ["nope"]));
    expect(setup.state).toBe("select_streams");
    expect(answer.message).toContain("I did not find nope.");
  });
  test("more than one connection takes are refused, and nothing changes", () => {
    const many = Array.from({ length: 201 }, (_, at) => `public.t${at}`);
    const { setup, answer } = step(choosing, picked(many));
    expect(setup).toEqual(choosing);
    expect(answer.message).toContain("at most 200 tables");
  });
  test("a table that a pipeline cannot name is left out, and told", () => {
    const { setup, answer } = step(
      choosing,
      picked(["public.orders", "public.odd name", "information_schema.tables"]),
    );
    expect(setup.picked.map(({ name }) => name)).toEqual(["public.orders"]);
    expect(answer.message).toContain("public.odd name and information_schema.tables");
  });
  test("two tables of one name go to two tables", () => {
    const { setup } = step(choosing, picked(["a.orders", "b.orders", "c.Orders"]));
    expect(setup.picked.map(({ table }) => table)).toEqual([
      "postgresql_shop.orders",
      "postgresql_shop.b_orders",
      "postgresql_shop.c_orders",
    ]);
  });
  test("yes takes the only one there is", () => {
    const one = follow(discovering, { type: "discovered", found: { total: 1, names: ["public.orders"] } });
    expect(step(one, { type: "confirm" }).effects).toEqual([
      { type: "pick_streams", selection: { by: "all" }, how: "only" },
    ]);
    expect(step(choosing, { type: "confirm" }).setup).toEqual(choosing);
  });
});

describe("configure_sync", () => {
  test("a cadence leads to the review", () => {
    const { setup } = step(syncing, daily);
    expect(setup.state).toBe("review");
  });
  test("yes takes what is suggested", () => {
    expect(step(syncing, { type: "confirm" }).setup).toMatchObject({
      state: "review",
      schedule: { kind: "cron", expression: "0 6 * * *", timezone: "UTC" },
    });
  });
  test("on request only is a cadence too", () => {
    const { setup, answer } = step(syncing, { type: "set_schedule", schedule: null });
    expect(setup).toMatchObject({ state: "review", schedule: null });
    expect(answer.data).toMatchObject({ schedule: null, next_runs: [] });
  });
  test.each([
    { kind: "cron" as const, expression: "0 0 30 2 *", timezone: "UTC" },
    { kind: "cron" as const, expression: "61 * * * *", timezone: "UTC" },
    { kind: "cron" as const, expression: "0 6 * * *", timezone: "Moon/Base" },
    { kind: "rrule" as const, rrule: "FREQ=NEVER" },
  ])("a schedule that cannot be is refused: %o", (schedule) => {
    expect(step(syncing, { type: "set_schedule", schedule }).setup).toEqual(syncing);
  });
  test("everything each time, for one or for all", () => {
    const one = step(syncing, { type: "set_sync", streams: ["orders"], syncMode: "full_refresh" }).setup;
    expect(one.picked.map(({ syncMode }) => syncMode)).toEqual(["full_refresh", "incremental"]);
    expect(one.picked[0]).not.toHaveProperty("cursorField");
    const both = step(syncing, { type: "set_sync", syncMode: "full_refresh" }).setup;
    expect(both.picked.map(({ syncMode }) => syncMode)).toEqual(["full_refresh", "full_refresh"]);
  });
  test("a column that cannot tell what is new is refused with those that can", () => {
    const { setup, answer } = step(syncing, { type: "set_sync", streams: ["orders"], cursorField: "total" });
    expect(setup).toEqual(syncing);
    expect(answer.message).toContain("It could go by updated_at and id.");
  });
  test("another cursor, in any case", () => {
    expect(
      step(syncing, { type: "set_sync", streams: ["orders"], cursorField: "ID" }).setup.picked[0],
    ).toMatchObject({ cursorField: "id" });
  });
  test("without a cursor a table is read wholly, without a key rows are added", () => {
    const streams = [
      stream("a.x", { cursorFields: [], syncModes: ["full_refresh"] }),
      stream("a.y", { primaryKey: [] }),
    ];
    const { setup, answer } = step(choosing, { type: "streams_picked", streams, unknown: [], how: "only" });
    expect(answer.data.streams).toMatchObject([
      { sync_mode: "full_refresh", load_mode: "truncate" },
      { sync_mode: "incremental", load_mode: "append" },
    ]);
    expect(
      step(setup, { type: "set_sync", streams: ["x"], syncMode: "incremental" }).answer.message,
    ).toContain("no column that tells what is new");
  });
  test("another table, if it is one and free", () => {
    const moved = step(syncing, { type: "set_sync", streams: ["orders"], table: "sales.bills" }).setup;
    expect(moved.picked[0]?.table).toBe("sales.bills");
    for (const table of ["pg_catalog.x", "a b", "x; DROP TABLE y", "postgresql_shop.customers"])
      expect(step(syncing, { type: "set_sync", streams: ["orders"], table }).setup).toEqual(syncing);
  });
});

describe("review", () => {
  test("tells everything, and the next three runs", () => {
    const { answer } = step(syncing, daily);
    expect(answer.data).toEqual({
      connector: "postgres",
      title: "PostgreSQL shop",
      config: fields,
      held: ["password"],
      streams: ["orders", "customers"].map((name) => ({
        name: `public.${name}`,
        sync_mode: "incremental",
        cursor_field: "updated_at",
        primary_key: ["id"],
        load_mode: "upsert",
        table: `postgresql_shop.${name}`,
      })),
      target_schema: "postgresql_shop",
      destination: null,
      schedule: daily.type === "set_schedule" ? daily.schedule : null,
      schedule_text: "at 06:00, every day, Europe/Berlin",
      next_runs: ["2026-01-01T05:00:00.000Z", "2026-01-02T05:00:00.000Z", "2026-01-03T05:00:00.000Z"],
    });
  });
  test("title, schema and destination", () => {
    const named = follow(reviewing, { type: "set_title", title: " Web  shop " });
    expect(named).toMatchObject({ title: "Web shop", targetSchema: "web_shop" });
    expect(named.picked[0]?.table).toBe("web_shop.orders");
    const placed = follow(
      named,
      { type: "set_destination", schema: "staging", destination: "reporting" },
      { type: "set_title", title: "Other" },
    );
    expect(placed).toMatchObject({
      title: "Other",
      targetSchema: "staging",
      destination: "reporting",
      state: "review",
    });
    expect(follow(placed, { type: "set_destination", destination: "" })).not.toHaveProperty("destination");
    expect(follow(reviewing, { type: "set_destination", schema: "pg_catalog" })).toEqual(reviewing);
    expect(follow(reviewing, { type: "set_title", title: "https://u:secretsecret@h" })).toEqual(reviewing);
  });
  test("a correction of the connection goes through the test again and keeps the rest", () => {
    const corrected = step(reviewing, give({ port: 5433 }));
    expect(corrected.setup.state).toBe("test_connection");
    expect(corrected.effects).toEqual([{ type: "test_connection" }]);
    const found = step(follow(corrected.setup, { type: "tested" }), {
      type: "discovered",
      found: { total: 2, names: ["public.orders"] },
    });
    expect(found.effects).toEqual([
      {
        type: "pick_streams",
        selection: { by: "names", names: ["public.orders", "public.customers"] },
        how: "only",
      },
    ]);
    const changed = follow(found.setup, picked(["public.orders"], ["public.customers"]));
    expect(changed).toMatchObject({
      state: "review",
      config: { port: 5433 },
      picked: [{ name: "public.orders", table: "postgresql_shop.orders" }],
    });
    const none = step(found.setup, picked([], ["public.orders", "public.customers"]));
    expect(none.setup).toMatchObject({ state: "select_streams", picked: [] });
  });
  test("what was decided about a stream outlives the correction", () => {
    const decided = follow(
      reviewing,
      { type: "set_sync", streams: ["orders"], syncMode: "full_refresh" },
      { type: "set_sync", streams: ["orders"], table: "a.b" },
    );
    const again = follow(
      decided,
      give({ port: 5433 }),
      { type: "tested" },
      { type: "discovered", found: { total: 3, names: NAMES } },
      picked(["public.orders", "public.customers"]),
    );
    expect(again.picked[0]).toMatchObject({ syncMode: "full_refresh", table: "a.b" });
  });
  test("streams may be added and left out", () => {
    expect(
      step(reviewing, { type: "select", selection: { by: "names", names: ["logs"] }, how: "add" }).effects,
    ).toHaveLength(1);
    expect(follow(reviewing, picked(["public.logs"], [], "add")).picked).toHaveLength(3);
    expect(
      follow(reviewing, { type: "select", selection: { by: "names", names: ["orders"] }, how: "remove" })
        .picked,
    ).toHaveLength(1);
    expect(follow(reviewing, { type: "select", selection: { by: "all" }, how: "remove" })).toMatchObject({
      state: "select_streams",
      picked: [],
    });
  });
  test("yes makes it", () => {
    expect(step(reviewing, { type: "confirm" })).toMatchObject({
      setup: { state: "execute" },
      effects: [{ type: "execute" }],
    });
  });
});

describe("execute, done and failed", () => {
  test("all went well", () => {
    const { answer } = step(executing, { type: "executed", outcome: made });
    expect(answer.data).toEqual({ connection_id: "p1", ...made });
    expect(answer.message).toBe(
      "PostgreSQL shop is connected: the source and its pipeline are saved. The schedule is set. The first run has started.",
    );
  });
  test("a part that did not work is told, and retry mends it", () => {
    const outcome = {
      ...made,
      schedule: { ok: false, error: "the queue is down" },
      initial_sync: { ok: false, error: "no worker" },
    };
    const { setup, answer } = step(executing, { type: "executed", outcome });
    expect(setup.state).toBe("done");
    expect(answer.message).toContain(
      "The schedule could not be set: the queue is down. The first run could not be started: no worker.",
    );
    expect(answer.options[0]).toEqual({ value: "retry", label: "Try again" });
    expect(step(setup, { type: "retry" })).toMatchObject({
      setup: { state: "execute" },
      effects: [{ type: "execute" }],
    });
    expect(step(done, { type: "retry" }).effects).toEqual([]);
  });
  test("nothing that was made is changed from here", () => {
    for (const event of [
      give({ port: 1 }),
      daily,
      { type: "choose_connector", connector: "mysql" } as const,
      { type: "set_title", title: "x" } as const,
    ]) {
      expect(step(done, event)).toMatchObject({ setup: done, effects: [] });
      expect(step(executing, event)).toMatchObject({ setup: executing, effects: [] });
    }
    expect(step(done, { type: "cancel" }).setup).toEqual(done);
    expect(step(done, { type: "back" }).setup).toEqual(done);
  });
  test("what failed can be tried again, looked at, changed or left", () => {
    expect(step(failed, { type: "retry" }).effects).toEqual([{ type: "execute" }]);
    expect(step(failed, { type: "back" }).setup.state).toBe("review");
    expect(step(failed, give({ port: 5433 })).setup.state).toBe("test_connection");
    expect(step(failed, { type: "start_over" })).toMatchObject({
      setup: { state: "select_source_type" },
      effects: [{ type: "shred" }],
    });
    expect(step(failed, { type: "help" }).answer.data.error).toBe("The pipeline could not be saved.");
  });
  test("execute is begun again if what ran it died", () => {
    for (const type of ["retry", "confirm"] as const)
      expect(step(executing, { type }).effects).toEqual([{ type: "execute" }]);
  });
});

describe("everywhere", () => {
  test.each(Object.entries(states))(
    "%s: help and status change nothing and say something",
    (_name, setup) => {
      for (const type of ["help", "status", "not_understood"] as const) {
        const { setup: left, effects, answer } = step(setup, { type });
        expect(left).toEqual(setup);
        expect(effects).toEqual([]);
        expect(answer.message.length).toBeGreaterThan(20);
      }
    },
  );
  test.each([
    ["begun", "select_source_type"],
    ["asking", "select_source_type"],
    ["testing", "gather_credentials"],
    ["discovering", "gather_credentials"],
    ["choosing", "gather_credentials"],
    ["syncing", "select_streams"],
    ["reviewing", "configure_sync"],
    ["executing", "review"],
  ] as const)("back from %s", (name, state) => {
    const { setup, effects } = step(states[name], { type: "back" });
    expect(setup.state).toBe(state);
    expect(effects).toEqual([]);
    expect(setup.config).toEqual(states[name].config);
  });
  test.each(["asking", "testing", "choosing", "syncing", "reviewing"] as const)(
    "cancel from %s forgets",
    (name) => {
      const { setup, effects, answer } = step(states[name], { type: "cancel" });
      expect(setup).toEqual({ ...initialSetup(), state: "failed" });
      expect(effects).toEqual(name === "asking" ? [] : [{ type: "shred" }]);
      expect(answer.message).toContain("Nothing was made");
      expect(step(setup, { type: "choose_connector", connector: "mysql" }).setup.state).toBe(
        "gather_credentials",
      );
    },
  );
  test.each([
    [asking, "review", "gather_credentials"],
    [choosing, "review", "select_streams"],
    [syncing, "review", "configure_sync"],
    [reviewing, "select_streams", "select_streams"],
    [reviewing, "gather_credentials", "gather_credentials"],
    [reviewing, "execute", "execute"],
    [asking, "execute", "gather_credentials"],
  ] as const)("to a step that cannot be reached yet: the last one before it", (setup, to, state) => {
    expect(step(setup, { type: "go_to", state: to }).setup.state).toBe(state);
  });
  test("several facts, with at most one effect that comes back", () => {
    const events: SetupEvent[] = [
      daily,
      { type: "select", selection: { by: "all" }, how: "only" },
      { type: "retry" },
    ];
    const { setup, effects } = step(choosing, { type: "several", events });
    expect(setup.schedule).toBeDefined();
    expect(effects).toHaveLength(1);
  });
  test("a schedule that was said early leads straight to the review", () => {
    expect(follow(choosing, daily, picked(["public.orders"])).state).toBe("review");
  });
  test("what is offered can be said", () => {
    for (const setup of [...Object.values(states), follow(testing, { type: "tested", failure })]) {
      for (const { value } of step(setup, { type: "help" }).answer.options)
        expect([setup.state, value, interpret({ setup, message: value }).event.type]).not.toContain(
          "not_understood",
        );
    }
  });
});
