import pg from "pg";
import { connectorOf, type DiscoverRequest } from "#lib/connectors/index.ts";
import { type PostgresServer, startPostgres } from "#tests/services.ts";
import { figuresOf, inTurn, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const TABLES = Number(flag("tables") ?? 10_000);
const RUNS = Number(flag("runs") ?? 30);
const SCHEMAS = 20;
/** Tables that are made in one transaction: each holds locks until its end. */
const TOGETHER = 500;
const PAGE = 50;
const READER = { user: "reader", password: "of-the-reader" };

/** Pages of a PostgreSQL catalogue of many tables, each over a connection of its own, against a plain list of names. */
export default async function discover(): Promise<BenchResult> {
  const server = await startPostgres();
  try {
    await makeTables(server);
    const config = {
      host: server.host,
      port: server.port,
      database: "postgres",
      username: READER.user,
      password: READER.password,
      sslmode: "prefer",
    };
    const postgres = connectorOf("postgres");
    const page = (request: Partial<DiscoverRequest> = {}) =>
      postgres.discover({ tenant: "bench", config }, { limit: PAGE, ...request });
    const first = await page();
    if (first.total !== TABLES || first.streams.length !== PAGE)
      throw new Error(`The first page has ${first.streams.length} of ${first.total}`);
    const middle = Buffer.from("shop_10.").toString("base64url");
    const bytes = Buffer.byteLength(JSON.stringify(first));
    const times = await inTurn(
      {
        yardstick: () => plainNames(server),
        first: () => page(),
        middle: () => page({ cursor: middle }),
        filtered: () => page({ filter: "table_77" }),
        nothing: () => page({ filter: "no such table" }),
        three: () => page({ names: ["shop_0.table_1", "shop_1.table_2", "shop_2.table_3"] }),
        names: () => postgres.names({ tenant: "bench", config }),
      },
      RUNS,
    );
    const said = {
      yardstick: "plain select of all names",
      first: `first page, ${PAGE} tables with columns and keys`,
      middle: "a page from the middle",
      filtered: "filtered page",
      nothing: "filter that nothing has, with the causes",
      three: "three tables by name",
      names: "all names",
    };
    return {
      about: `A PostgreSQL with ${TABLES.toLocaleString("en")} tables of nine columns in ${SCHEMAS} schemas, seen by a user who is no superuser. Each measurement signs in, asks and signs out; the yardstick does the same with \`select\` of the names in pg_class. Milliseconds.`,
      columns: ["", "p50", "p99", "× the plain select", "spread"],
      rows: Object.entries(times).map(([name, own]) => {
        const { median, p99 } = figuresOf(own);
        const ratio = pairedRatio(own, times.yardstick);
        const spread = `${ratio.min.toPrecision(2)}–${ratio.max.toPrecision(2)}`;
        return [said[name as keyof typeof said], median, p99, ratio.median, spread];
      }),
      notes: [`The first page is ${Math.round(bytes / 1000)} KB of JSON; ${RUNS} runs in turn.`],
    };
  } finally {
    await server.stop();
  }
}

async function makeTables(server: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(`create role ${READER.user} login password '${READER.password}'`);
    for (let schema = 0; schema < SCHEMAS; schema++)
      await client.query(`create schema shop_${schema}; grant usage on schema shop_${schema} to ${READER.user};
        alter default privileges in schema shop_${schema} grant select on tables to ${READER.user}`);
    for (let from = 0; from < TABLES; from += TOGETHER)
      await client.query(`do $$ begin
        for n in ${from} .. ${Math.min(from + TOGETHER, TABLES) - 1} loop
          execute format('create table shop_%s.table_%s (id bigint primary key,
            customer_id int, amount numeric(12,2), state text, tags text[], detail jsonb, ref uuid,
            created_at timestamptz, updated_at timestamptz)', n % ${SCHEMAS}, n);
        end loop; end $$`);
    await client.query("analyze");
  } finally {
    await client.end();
  }
}

async function plainNames(server: PostgresServer): Promise<void> {
  const { host, port } = server;
  const client = new pg.Client({ host, port, database: "postgres", ...READER });
  await client.connect();
  try {
    await client.query(`select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      order by 1, 2`);
  } finally {
    await client.end();
  }
}
