import { describe, expect, test } from "vitest";
import { interpret } from "./interpret.ts";
import type { Setup } from "./state.ts";

const base: Setup = { state: "select_source_type", config: {}, held: [], picked: [] };
const empty: Setup = { ...base, state: "gather_credentials", connector: "postgres" };
const known = { host: "db", port: 5432, database: "shop", username: "reader" };
const asksPassword: Setup = { ...empty, config: known };
const stream = (name: string): Setup["picked"][number] => ({
  name,
  kind: "table",
  columns: [
    { name: "id", type: "integer" },
    { name: "updated_at", type: "timestamptz" },
  ],
  primaryKey: ["id"],
  rowEstimate: 1,
  syncModes: ["full_refresh", "incremental"],
  cursorFields: ["updated_at", "id"],
  syncMode: "incremental",
  cursorField: "updated_at",
  table: `shop.${name.split(".").at(-1)}`,
});
const NAMES = ["public.orders", "public.order_items", "public.customers", "public.logs", "sales.invoices"];
const choosing: Setup = {
  ...asksPassword,
  state: "select_streams",
  held: ["password"],
  found: { total: NAMES.length, names: NAMES },
};
const picked = ["public.orders", "public.customers"].map(stream);
const syncing: Setup = {
  ...choosing,
  state: "configure_sync",
  picked,
  title: "PostgreSQL shop",
  targetSchema: "shop",
};
const reviewing: Setup = {
  ...syncing,
  state: "review",
  schedule: { kind: "cron", expression: "0 6 * * *", timezone: "UTC" },
};

/** The event of a message, its secrets beside it where there are some. */
const read = (setup: Setup, message: string) => {
  const { event, secrets } = interpret({ setup, message });
  return Object.keys(secrets).length > 0 ? { ...event, secrets } : event;
};

const connector = (name: string) => ({ type: "choose_connector", connector: name });

describe("which connector", () => {
  test.each([
    ["postgres", "postgres"],
    ["Postgres", "postgres"],
    ["PostgreSQL", "postgres"],
    ["postgresql please", "postgres"],
    ["pg", "postgres"],
    ["postgrse", "postgres"],
    ["posgres", "postgres"],
    ["I want to connect to Postgres", "postgres"],
    ["let's use postgres", "postgres"],
    ["we have a postgres database", "postgres"],
    ["a PostgreSQL database, please", "postgres"],
    ["My source is MySQL", "mysql"],
    ["mysql", "mysql"],
    ["my sql", "mysql"],
    ["mariadb", "mysql"],
    ["MariaDB server", "mysql"],
    ["myslq", "mysql"],
    ["snowflake", "snowflake"],
    ["snowflakes", "snowflake"],
    ["Snow Flake", "snowflake"],
    ["s3", "s3"],
    ["Amazon S3", "s3"],
    ["an S3 bucket", "s3"],
    ["aws s3", "s3"],
    ["load data from s3", "s3"],
    ["gcs", "gcs"],
    ["google cloud storage", "gcs"],
    ["azure blob", "azure_blob"],
    ["Azure Blob Storage", "azure_blob"],
    ["sftp", "sftp"],
    ["ftp", "ftp"],
    ["http", "http_pull"],
    ["local files", "local_fs"],
    ["Ich möchte postgres", "postgres"],
    ["quiero conectar mysql", "mysql"],
    ["je veux snowflake", "snowflake"],
    ["it's an amazon s3 bucket", "s3"],
    ["load a csv from s3", "s3"],
    ["PostgreSQL 15", "postgres"],
  ])("%s", (message, name) => {
    expect(read(base, message)).toEqual(connector(name));
  });

  test.each(["oracle", "hello", "what?", "the weather is nice", "postgres or mysql", "not sure yet"])(
    "%s is none",
    (message) => {
      expect(read(base, message).type).toBe("not_understood");
    },
  );

  test.each([
    ["no, mysql", "mysql"],
    ["actually mysql", "mysql"],
    ["switch to s3", "s3"],
    ["sorry, I mean snowflake", "snowflake"],
  ])("%s changes it while a password is asked for", (message, name) => {
    expect(read(asksPassword, message)).toEqual(connector(name));
  });
});

const all = { type: "give_fields", fields: known, held: ["password"], secrets: { password: "s3cr:t@x" } };
const pg = { ...all, connector: "postgres" };

describe("how it is reached", () => {
  test.each<[string, Setup, object]>([
    ["postgres://reader:s3cr%3At%40x@db:5432/shop", base, pg],
    ["postgresql://reader:s3cr:t@x@db/shop", base, pg],
    ["connect to postgres://reader:s3cr%3At%40x@db:5432/shop please", base, pg],
    ["postgres: postgres://reader:s3cr%3At%40x@db:5432/shop", base, pg],
    ["postgresql+psycopg2://reader:s3cr%3At%40x@db/shop", base, pg],
    ["jdbc:postgresql://db:5432/shop?user=reader&password=s3cr%3At%40x", base, pg],
    ["postgres://reader:s3cr%3At%40x@db:5432/shop", empty, all],
    ["psql -h db -p 5432 -U reader shop", empty, { type: "give_fields", fields: known, held: [] }],
    ["PGPASSWORD='s3cr:t@x' psql --host=db --username reader -d shop", base, pg],
    ["psql postgres://reader:s3cr%3At%40x@db/shop", base, pg],
    ["host=db port=5432 dbname=shop user=reader password='s3cr:t@x'", base, pg],
    ["host=db port=5432 dbname=shop user=reader password=s3cr:t@x", empty, all],
    ["Server=db,5432;Database=shop;User Id=reader;Password=s3cr:t@x;", empty, all],
    ["Host=db;Port=5432;Database=shop;Username=reader;Password=s3cr:t@x", empty, all],
    ["host: db\nport: 5432\ndatabase: shop\nuser: reader\npassword: s3cr:t@x", empty, all],
    ["Host: db\nPort: 5432\nDatabase: shop\nUsername: reader\nPassword: s3cr:t@x", empty, all],
    ["PGHOST=db\nPGPORT=5432\nPGDATABASE=shop\nPGUSER=reader\nPGPASSWORD=s3cr:t@x", base, pg],
    [
      "export PGHOST=db\nexport PGPORT=5432\nexport PGDATABASE=shop\nexport PGUSER=reader\nexport PGPASSWORD='s3cr:t@x'",
      base,
      pg,
    ],
    ['{"host":"db","port":5432,"database":"shop","user":"reader","password":"s3cr:t@x"}', empty, all],
    [
      '{"type":"postgres","host":"db","port":"5432","dbname":"shop","username":"reader","password":"s3cr:t@x"}',
      base,
      pg,
    ],
    ["- host: db\n- port: 5432\n- database: shop\n- user: reader\n- password: s3cr:t@x", empty, all],
    ["host is db, port 5432, database shop, user reader, password s3cr:t@x", empty, all],
    ["The host is db and the port is 5432. Database shop, username reader, password is s3cr:t@x", empty, all],
    ["host db port 5432 database shop user reader password s3cr:t@x", empty, all],
    ["db:5432/shop, user reader, the password is s3cr:t@x", empty, all],
    ["db, 5432, shop, reader, s3cr:t@x", empty, all],
    ["db 5432 shop reader s3cr:t@x", empty, all],
    ["db\n5432\nshop\nreader\ns3cr:t@x", empty, all],
    ["postgres at db:5432, database shop, user reader, password s3cr:t@x", base, pg],
    ["postgres on db:5432/shop with user reader and password s3cr:t@x", base, pg],
  ])("%s", (message, setup, event) => {
    expect(read(setup, message)).toEqual(event);
  });

  const fields = (values: object, secrets: Record<string, string> = {}) => {
    const held = Object.keys(secrets);
    return { type: "give_fields", fields: values, held, ...(held.length > 0 && { secrets }) };
  };

  test.each<[string, Setup, object]>([
    ["db.example.com:5433", empty, fields({ host: "db.example.com", port: 5433 })],
    ["db.example.com", empty, fields({ host: "db.example.com" })],
    ["localhost:5432", empty, fields({ host: "localhost", port: 5432 })],
    ["10.0.0.7", empty, fields({ host: "10.0.0.7" })],
    ["the port is 5433", empty, fields({ port: 5433 })],
    ["port 5433", empty, fields({ port: 5433 })],
    ["user is reader", empty, fields({ username: "reader" })],
    ['the database is called "my shop"', empty, fields({ database: "my shop" })],
    ["sslmode require", empty, fields({ sslmode: "require" })],
    ["encryption: verify-full", empty, fields({ sslmode: "verify-full" })],
    ["the password is hunter2", asksPassword, fields({}, { password: "hunter2" })],
    ["password: correct horse battery", asksPassword, fields({}, { password: "correct horse battery" })],
    ["hunter2", asksPassword, fields({}, { password: "hunter2" })],
    ["postgres", asksPassword, fields({}, { password: "postgres" })],
    ["correct horse battery staple", asksPassword, fields({}, { password: "correct horse battery staple" })],
    ['"quoted secret"', asksPassword, fields({}, { password: "quoted secret" })],
    [
      "test",
      { ...empty, config: { host: "db", port: 1, username: "u" }, held: ["password"] },
      fields({ database: "test" }),
    ],
    [
      "5433",
      { ...empty, config: { host: "db", database: "d", username: "u" }, held: ["password"] },
      fields({ port: 5433 }),
    ],
    ["das Passwort ist hunter2", asksPassword, fields({}, { password: "hunter2" })],
  ])("%s", (message, setup, event) => {
    expect(read(setup, message)).toEqual(event);
  });

  const place = (name: string, values: object, secrets: Record<string, string> = {}) => ({
    ...fields(values, secrets),
    connector: name,
  });

  test.each<[string, object]>([
    [
      "mysql://reader:pw@db/shop",
      place(
        "mysql",
        known === undefined ? {} : { host: "db", port: 3306, database: "shop", username: "reader" },
        { password: "pw" },
      ),
    ],
    ["jdbc:mariadb://db:3307/shop", place("mysql", { host: "db", port: 3307, database: "shop" })],
    [
      "mysql+pymysql://reader:pw@db/shop?ssl-mode=REQUIRED",
      place(
        "mysql",
        { host: "db", port: 3306, database: "shop", username: "reader", ssl: "require" },
        { password: "pw" },
      ),
    ],
    [
      "mysql -h db -P 3307 -u reader -ppw shop",
      place("mysql", { host: "db", port: 3307, username: "reader", database: "shop" }, { password: "pw" }),
    ],
    ["s3://landing/2026/orders", place("s3", { bucket: "landing", prefix: "2026/orders" })],
    ["arn:aws:s3:::landing/x", place("s3", { bucket: "landing", prefix: "x" })],
    [
      "https://landing.s3.eu-central-1.amazonaws.com/a/b",
      place("s3", { bucket: "landing", region: "eu-central-1", prefix: "a/b" }),
    ],
    [
      "AWS_ACCESS_KEY_ID=AKIAABCDEFGHIJKLMNOP\nAWS_SECRET_ACCESS_KEY=abcd/efgh+ijkl\nAWS_REGION=eu-central-1",
      place(
        "s3",
        { region: "eu-central-1" },
        { access_key_id: "AKIAABCDEFGHIJKLMNOP", secret_access_key: "abcd/efgh+ijkl" },
      ),
    ],
    [
      "snowflake://reader:pw@acme-main/SHOP/PUBLIC?warehouse=WH&role=READ",
      place(
        "snowflake",
        {
          account: "acme-main",
          warehouse: "WH",
          database: "SHOP",
          schema: "PUBLIC",
          role: "READ",
          username: "reader",
        },
        { password: "pw" },
      ),
    ],
    ["https://acme-main.snowflakecomputing.com/console", place("snowflake", { account: "acme-main" })],
    [
      "snowsql -a acme-main -u reader -d SHOP -w WH -r READ -s PUBLIC",
      place("snowflake", {
        account: "acme-main",
        warehouse: "WH",
        database: "SHOP",
        schema: "PUBLIC",
        role: "READ",
        username: "reader",
      }),
    ],
    [
      "sftp://reader:pw@files.example.com:2222/in",
      place(
        "sftp",
        { host: "files.example.com", port: 2222, username: "reader", path: "/in" },
        { password: "pw" },
      ),
    ],
    ["ftp://files.example.com/in", place("ftp", { host: "files.example.com", path: "/in" })],
    ["gs://landing/in", place("gcs", { bucket: "landing", prefix: "in" })],
    ["https://data.example.com/exports/", place("http_pull", { url: "https://data.example.com/exports/" })],
    [
      "https://acct.blob.core.windows.net/box/in",
      place("azure_blob", { account: "acct", container: "box", prefix: "in" }),
    ],
  ])("%s", (message, event) => {
    expect(read(base, message)).toEqual(event);
  });

  test("a value that cannot be right is refused by name, and not repeated", () => {
    const { event } = interpret({ setup: empty, message: "port 99999, host db" });
    expect(event).toMatchObject({ fields: { host: "db" }, refused: [{ field: "port" }] });
    expect(JSON.stringify(event)).not.toContain("99999");
  });

  test.each([
    "the password is wrong",
    "where do I find the password?",
    "I do not know the host",
    "what is a port",
    "use port 5433 instead of it",
    "password?",
    "db.example.com and some more words",
  ])("%s gives nothing", (message) => {
    expect(read(message.startsWith("db") ? empty : asksPassword, message).type).toBe("not_understood");
  });

  test("words beside a form's values count too, where the form does not say otherwise", () => {
    const asked = { ...empty, config: { host: "db" } };
    const { event, secrets, said } = interpret({
      setup: asked,
      message: "the database is shop and the user is reader",
      fields: { username: "writer", password: "hunter22" },
    });
    expect(event).toMatchObject({ type: "give_fields", held: ["password"] });
    expect(event).toMatchObject({ fields: { database: "shop", username: "writer" } });
    expect(secrets).toEqual({ password: "hunter22" });
    expect(said).toBe("the database is shop and the user is reader");
  });

  test("a form's values need no names that people use", () => {
    const { event, secrets, said } = interpret({
      setup: base,
      message: "",
      fields: { connector: "gcs", bucket: "landing", service_account_json: '{"k":1}' },
    });
    expect(event).toEqual({
      type: "give_fields",
      connector: "gcs",
      fields: { bucket: "landing" },
      held: ["service_account_json"],
    });
    expect(secrets).toEqual({ service_account_json: '{"k":1}' });
    expect(said).toBe("");
  });
});

const choose = (selection: object, how = "only") => ({ type: "select", selection, how });
const names = (...list: string[]) => ({ by: "names", names: list });

describe("which streams", () => {
  test.each<[string, object]>([
    ["all", choose({ by: "all" })],
    ["All of them!", choose({ by: "all" })],
    ["everything", choose({ by: "all" })],
    ["all 5", choose({ by: "all" })],
    ["I want all tables", choose({ by: "all" })],
    ["take every table", choose({ by: "all" })],
    ["alle", choose({ by: "all" })],
    ["todas", choose({ by: "all" })],
    ["tout", choose({ by: "all" })],
    ["*", choose({ by: "all" })],
    ["the first three", choose({ by: "first", count: 3 })],
    ["first 2", choose({ by: "first", count: 2 })],
    ["the first five tables", choose({ by: "first", count: 5 })],
    ["top 4", choose({ by: "first", count: 4 })],
    ["the first one", choose({ by: "first", count: 1 })],
    ["die ersten drei", choose({ by: "first", count: 3 })],
    ["the last two", choose(names("public.logs", "sales.invoices"))],
    ["1, 3 and 5", choose(names("public.orders", "public.customers", "sales.invoices"))],
    ["1 and 2", choose(names("public.orders", "public.order_items"))],
    ["#2", choose(names("public.order_items"))],
    ["2-4", choose(names("public.order_items", "public.customers", "public.logs"))],
    ["the second", choose(names("public.order_items"))],
    ["number 3", choose(names("public.customers"))],
    ["all except logs", choose({ by: "except", names: ["logs"] })],
    ["everything but logs and invoices", choose({ by: "except", names: ["logs", "invoices"] })],
    ["all tables except the logs", choose({ by: "except", names: ["logs"] })],
    ["alles außer logs", choose({ by: "except", names: ["logs"] })],
    ["todo menos logs", choose({ by: "except", names: ["logs"] })],
    ["only the orders tables", choose({ by: "words", words: ["orders"] })],
    ["the order and customer tables", choose({ by: "words", words: ["order", "customer"] })],
    ["tables with order in the name", choose({ by: "words", words: ["order"] })],
    ["everything containing order", choose({ by: "words", words: ["order"] })],
    ["everything starting with order", choose(names("order*"))],
    ["all in the sales schema", choose(names("sales.*"))],
    ["orders and customers", choose(names("orders", "customers"))],
    ["orders, customers", choose(names("orders", "customers"))],
    ["public.orders", choose(names("public.orders"))],
    ["orders", choose(names("orders"))],
    ["just orders please", choose(names("orders"))],
    ["I'd like orders and logs", choose(names("orders", "logs"))],
    ["order*", choose(names("order*"))],
    ["public.* and invoices", choose(names("public.*", "invoices"))],
    ["the orders table", choose(names("orders"))],
    ["the orders and customers tables", choose(names("orders", "customers"))],
    ["anything with order", choose({ by: "words", words: ["order"] })],
    ["add logs", choose(names("logs"), "add")],
    ["logs too", choose(names("logs"), "add")],
  ])("%s", (message, event) => {
    expect(read(choosing, message)).toEqual(event);
  });

  test.each<[string, object]>([
    ["remove customers", choose(names("customers"), "remove")],
    ["without orders", choose(names("orders"), "remove")],
    ["add logs and invoices", choose(names("logs", "invoices"), "add")],
    ["also logs", choose(names("logs"), "add")],
    ["only orders", choose(names("orders"))],
    ["all except logs", choose({ by: "except", names: ["logs"] })],
  ])("later on: %s", (message, event) => {
    expect(read(reviewing, message)).toEqual(event);
  });

  test.each([
    "hello",
    "none",
    "what is this",
    "9",
    "the nicest ones",
    "ordrs",
    "DROP TABLE orders;",
    "<script>alert(1)</script>",
    "🙂",
    "1 or so",
  ])("%s chooses nothing", (message) => {
    expect(read(choosing, message).type).toBe("not_understood");
  });
});

const cron = (expression: string, timezone = "UTC") => ({
  type: "set_schedule",
  schedule: { kind: "cron", expression, timezone },
});
const minutes = (count: number) => ({ type: "set_schedule", schedule: { kind: "interval", minutes: count } });

describe("how often", () => {
  test.each<[string, object]>([
    ["every hour", cron("0 * * * *")],
    ["6am daily", cron("0 6 * * *")],
    ["let's do hourly", cron("0 * * * *")],
    ["run it at 7 instead", cron("0 7 * * *")],
    ["hourly", cron("0 * * * *")],
    ["daily at 6 in Berlin", cron("0 6 * * *", "Europe/Berlin")],
    ["every day at 6:00", cron("0 6 * * *")],
    ["run it every day at 6am Berlin time", cron("0 6 * * *", "Europe/Berlin")],
    ["weekdays at 18:30", cron("30 18 * * 1-5")],
    ["every Monday at 7", cron("0 7 * * 1")],
    ["every 15 minutes", minutes(15)],
    ["every two hours", minutes(120)],
    ["0 6 * * 1-5", cron("0 6 * * 1-5")],
    ["cron: */10 * * * *", cron("*/10 * * * *")],
    ["nightly at 2am in New York", cron("0 2 * * *", "America/New_York")],
    ["change the schedule to hourly", cron("0 * * * *")],
    ["täglich um 6 Uhr in Berlin", cron("0 6 * * *", "Europe/Berlin")],
    ["jede Stunde", cron("0 * * * *")],
    ["cada día a las 6", cron("0 6 * * *")],
    ["toutes les heures", cron("0 * * * *")],
    ["only when I say so", { type: "set_schedule", schedule: null }],
    ["manually", { type: "set_schedule", schedule: null }],
    ["on demand", { type: "set_schedule", schedule: null }],
    ["just once", { type: "set_schedule", schedule: null }],
    ["no schedule", { type: "set_schedule", schedule: null }],
  ])("%s", (message, event) => {
    expect(read(syncing, message)).toEqual(event);
  });
  test("a time alone keeps the days, a zone alone the time", () => {
    expect(read(reviewing, "at 7")).toEqual(cron("0 7 * * *"));
    expect(read(reviewing, "in Berlin")).toEqual(cron("0 6 * * *", "Europe/Berlin"));
  });
});

describe("how streams are kept, and where they go", () => {
  test.each<[string, object]>([
    [
      "orders incremental by updated_at",
      { type: "set_sync", streams: ["public.orders"], syncMode: "incremental", cursorField: "updated_at" },
    ],
    ["make orders incremental", { type: "set_sync", streams: ["public.orders"], syncMode: "incremental" }],
    ["incremental for all by id", { type: "set_sync", syncMode: "incremental", cursorField: "id" }],
    ["full refresh for all", { type: "set_sync", syncMode: "full_refresh" }],
    ["full refresh", { type: "set_sync", syncMode: "full_refresh" }],
    ["orders full refresh", { type: "set_sync", streams: ["public.orders"], syncMode: "full_refresh" }],
    [
      "full refresh for orders and customers",
      { type: "set_sync", streams: ["public.orders", "public.customers"], syncMode: "full_refresh" },
    ],
    [
      "use id as the cursor for orders",
      { type: "set_sync", streams: ["public.orders"], syncMode: "incremental", cursorField: "id" },
    ],
    ["put orders into sales.orders", { type: "set_sync", streams: ["public.orders"], table: "sales.orders" }],
    ["customers goes to clients", { type: "set_sync", streams: ["public.customers"], table: "clients" }],
    ["load into schema staging", { type: "set_destination", schema: "staging" }],
    ["into schema staging", { type: "set_destination", schema: "staging" }],
    ["target schema staging", { type: "set_destination", schema: "staging" }],
    ["use destination reporting", { type: "set_destination", destination: "reporting" }],
    ["into the warehouse", { type: "set_destination", destination: "" }],
    ['call it "The shop"', { type: "set_title", title: "The shop" }],
    ["the name is Shop", { type: "set_title", title: "Shop" }],
  ])("%s", (message, event) => {
    expect(read(syncing, message)).toEqual(event);
    expect(read(reviewing, message)).toEqual(event);
  });
});

describe("corrections and several facts", () => {
  test.each<[string, object]>([
    ["change the port to 5433", { type: "give_fields", fields: { port: 5433 }, held: [] }],
    ["the user is writer", { type: "give_fields", fields: { username: "writer" }, held: [] }],
    [
      "change the password to n3w",
      { type: "give_fields", fields: {}, held: ["password"], secrets: { password: "n3w" } },
    ],
    [
      "host should be db2.example.com",
      { type: "give_fields", fields: { host: "db2.example.com" }, held: [] },
    ],
    ["no, mysql", connector("mysql")],
  ])("%s", (message, event) => {
    for (const setup of [choosing, syncing, reviewing]) expect(read(setup, message)).toEqual(event);
  });
  test("streams and a schedule in one message", () => {
    expect(read(choosing, "orders and customers, every day at 6 in Berlin")).toEqual({
      type: "several",
      events: [cron("0 6 * * *", "Europe/Berlin"), choose(names("orders", "customers"))],
    });
    expect(read(choosing, "all except logs, hourly")).toEqual({
      type: "several",
      events: [cron("0 * * * *"), choose({ by: "except", names: ["logs"] })],
    });
  });
  test("modes and a schedule in one message", () => {
    expect(read(syncing, "orders full refresh, every hour")).toEqual({
      type: "several",
      events: [cron("0 * * * *"), { type: "set_sync", streams: ["public.orders"], syncMode: "full_refresh" }],
    });
  });
  test("one part that is not understood takes all of it", () => {
    expect(read(syncing, "orders full refresh, and paint it blue").type).toBe("not_understood");
  });
});

describe("moving about", () => {
  const everywhere = [base, empty, asksPassword, choosing, syncing, reviewing];
  test.each([
    ["help", "help"],
    ["?", "help"],
    ["status", "status"],
    ["back", "back"],
    ["go back", "back"],
    ["zurück", "back"],
    ["start over", "start_over"],
    ["cancel", "cancel"],
    ["abbrechen", "cancel"],
    ["retry", "retry"],
    ["try again", "retry"],
    ["go on", "confirm"],
    ["ok", "confirm"],
    ["yes please", "confirm"],
    ["open form", "open_form"],
  ])("%s, anywhere", (message, type) => {
    for (const setup of everywhere) expect(read(setup, message)).toEqual({ type });
  });
  test.each([
    "create it",
    "looks good",
    "perfect",
    "do it",
    "ja",
    "sí",
    "d'accord",
    "passt",
    "next",
    "LGTM",
    "Yes, create it.",
    "looks good, go ahead",
  ])("%s agrees", (message) => {
    expect(read(reviewing, message)).toEqual({ type: "confirm" });
  });
  test.each([
    ["change the streams", "select_streams"],
    ["change the schedule", "configure_sync"],
    ["change the connection", "gather_credentials"],
    ["show me the tables", "select_streams"],
    ["change the password", "gather_credentials"],
    ["change the source type", "select_source_type"],
  ])("%s", (message, state) => {
    expect(read(reviewing, message)).toEqual({ type: "go_to", state });
  });
});

const CANARY = "C4nary!Secret#77";
describe("what was said, without secrets", () => {
  test.each<[string, Setup]>([
    [`password: ${CANARY}`, asksPassword],
    [CANARY, asksPassword],
    [`the password is ${CANARY}`, reviewing],
    [`postgres://u:${CANARY.replace("#", "%23")}@h/d`, base],
    [`password ${CANARY}`, choosing],
    [CANARY, choosing],
    [CANARY, syncing],
    [`call it ${CANARY}`, reviewing],
    [`my pasword ${CANARY}`, empty],
    [`blah ${CANARY} blah`, empty],
    [`the token: ${CANARY}`, base],
    [`take the tables ${CANARY}`, choosing],
  ])("%s", (message, setup) => {
    const { event, said } = interpret({ setup, message });
    expect(JSON.stringify(event)).not.toContain("C4nary");
    if (message !== CANARY || setup === asksPassword)
      expect(said.replace(/^take the tables .*|^call it .*/, "")).not.toContain("C4nary");
  });
  test("what is not understood among the fields is left out whole", () => {
    expect(interpret({ setup: empty, message: "hmm, swordfish" }).said).toBe("***REDACTED***");
  });
  test("an ordinary sentence stays", () => {
    expect(interpret({ setup: choosing, message: "orders and customers" }).said).toBe("orders and customers");
    expect(interpret({ setup: reviewing, message: "change the password" }).said).toBe("change the password");
  });
});
