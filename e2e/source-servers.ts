import pg from "pg";
import { findMariadb, startMariadb } from "#tests/servers/mariadb.ts";
import { startSnowflakeWire } from "#tests/servers/snowflake-wire.ts";
import { findSwift, startSwiftS3 } from "#tests/servers/swift-s3.ts";
import { findPostgres, startPostgres } from "#tests/services.ts";

/** A real outside system with something in it, as somebody would connect it. */
export type SourceServer = {
  /** What is said for it in the chat, and how the form calls it. */
  said: string;
  title: string;
  /** The fields that have to be given, by their labels. */
  fields: Record<string, string>;
  /** Fields that the chat does not ask for: how they are said, and how the form calls them. */
  optional?: { said: string; fields: Record<string, string>; ticked: string[] };
  secret: string;
  /** Two of the streams it offers, with the rows of each, ordered by id. */
  picked: { name: string; rows: Row[] }[];
  /** How many streams there are. */
  streams: number;
  stop: () => Promise<void>;
};

export type Row = { id: number; name: string; amount: string };

/** Every kind that is walked through, and whether its server is installed on this machine. */
export const sourceServers = {
  PostgreSQL: { found: findPostgres() !== undefined, start: postgres },
  MariaDB: { found: findMariadb(), start: mariadb },
  "Amazon S3": { found: findSwift(), start: s3 },
  // A server of ours that speaks its wire protocol: no test can have an account.
  Snowflake: { found: true, start: snowflake },
};

const EMPTY_TABLES = 28;
const SECRET = "c4nary-s3cret-of-e2e";

const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    name: at % 7 === 0 ? `Łódź, "quoted" ${at}` : `row ${at}`,
    amount: ((at * 137 + 250) / 100).toFixed(2),
  }));

const ORDERS = rows(240);
const CUSTOMERS = rows(37);

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Statements that make two tables with rows and 28 without. */
function statements(): string[] {
  const columns = "(id integer primary key, name varchar(80) not null, amount numeric(12,2))";
  const filled = Object.entries({ orders: ORDERS, customers: CUSTOMERS }).flatMap(([table, all]) => [
    `create table ${table} ${columns}`,
    `insert into ${table} values ${all.map(({ id, name, amount }) => `(${id}, ${literal(name)}, ${amount})`).join(", ")}`,
  ]);
  const others = Array.from({ length: EMPTY_TABLES }, (_, at) => `create table other_${at + 1} ${columns}`);
  return [...filled, ...others];
}

async function postgres(): Promise<SourceServer> {
  const server = await startPostgres();
  await server.createDatabase("shop");
  const client = new pg.Client({ connectionString: server.databaseUrl("shop") });
  await client.connect();
  for (const statement of statements()) await client.query(statement);
  await client.query(`create role reader login password '${SECRET}'`);
  await client.query("grant select on all tables in schema public to reader");
  await client.query("analyze");
  await client.end();
  return {
    said: "postgres",
    title: "PostgreSQL",
    fields: {
      Host: "127.0.0.1",
      Port: String(server.port),
      Database: "shop",
      Username: "reader",
      Password: SECRET,
    },
    secret: SECRET,
    picked: [
      { name: "public.orders", rows: ORDERS },
      { name: "public.customers", rows: CUSTOMERS },
    ],
    streams: EMPTY_TABLES + 2,
    stop: server.stop,
  };
}

async function mariadb(): Promise<SourceServer> {
  const server = await startMariadb();
  await server.run("create database shop character set utf8mb4");
  for (const statement of statements()) await server.run(statement, "shop");
  await server.run(`create user reader identified by '${SECRET}'`);
  await server.run("grant select on shop.* to reader");
  return {
    said: "mariadb",
    title: "MySQL",
    fields: {
      Host: "127.0.0.1",
      Port: String(server.port),
      Database: "shop",
      Username: "reader",
      Password: SECRET,
    },
    secret: SECRET,
    picked: [
      { name: "shop.orders", rows: ORDERS },
      { name: "shop.customers", rows: CUSTOMERS },
    ],
    streams: EMPTY_TABLES + 2,
    stop: server.stop,
  };
}

async function snowflake(): Promise<SourceServer> {
  const wire = await startSnowflakeWire({
    account: "myorg-shop",
    user: "LOADER",
    password: SECRET,
    roles: ["READER"],
    warehouses: { WH: "running" },
    database: "SHOP",
    schemas: ["PUBLIC"],
  });
  // As Snowflake keeps names that are not quoted: in capitals.
  for (const statement of statements())
    await wire.run(
      statement
        .replace(
          /^(create table|insert into) (\w+)/,
          (_, verb, table) => `${verb} "PUBLIC"."${table.toUpperCase()}"`,
        )
        .replace(
          /\((id) (integer.*), (name) (.*), (amount) (numeric.*)\)$/,
          '("ID" $2, "NAME" $4, "AMOUNT" $6)',
        ),
    );
  return {
    said: "snowflake",
    title: "Snowflake",
    fields: {
      Account: "myorg-shop",
      Warehouse: "WH",
      Database: "SHOP",
      Schema: "PUBLIC",
      Role: "READER",
      Username: "LOADER",
      Password: SECRET,
    },
    optional: { said: `access_url=${wire.url}`, fields: { Address: wire.url }, ticked: [] },
    secret: SECRET,
    picked: [
      { name: "PUBLIC.ORDERS", rows: ORDERS },
      { name: "PUBLIC.CUSTOMERS", rows: CUSTOMERS },
    ],
    streams: EMPTY_TABLES + 2,
    stop: wire.stop,
  };
}

async function s3(): Promise<SourceServer> {
  const server = await startSwiftS3(SECRET);
  await server.makeBucket("exports");
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = (all: Row[]) =>
    ["id,name,amount", ...all.map(({ id, name, amount }) => `${id},${quote(name)},${amount}`), ""].join("\n");
  await server.put("exports", "orders/2026-01.csv", csv(ORDERS.slice(0, 100)));
  await server.put("exports", "orders/2026-02.csv", csv(ORDERS.slice(100)));
  await server.put("exports", "customers/all.csv", csv(CUSTOMERS));
  return {
    said: "s3",
    title: "Amazon S3",
    fields: {
      Bucket: "exports",
      Region: server.region,
      "Access key ID": server.owner.access_key_id,
      "Secret access key": server.owner.secret_access_key,
    },
    optional: {
      said: `endpoint=${server.endpoint} path_style=true`,
      fields: { Endpoint: server.endpoint },
      ticked: ["Path style"],
    },
    secret: server.owner.secret_access_key,
    picked: [
      { name: "orders/*.csv", rows: ORDERS },
      { name: "customers/all.csv", rows: CUSTOMERS },
    ],
    streams: 2,
    stop: server.stop,
  };
}
