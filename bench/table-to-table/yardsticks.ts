import { execFileSync } from "node:child_process";
import path from "node:path";
import pg from "pg";
import { startMariadb } from "#tests/servers/mariadb.ts";
import { findPostgres, type PostgresServer } from "#tests/services.ts";
import type { Task } from "./moving-child.ts";

/** A source of orders with what it is measured against. */
export type Yard = {
  name: string;
  /** The other way, in words. */
  against: string;
  task: Pick<Task, "connector" | "config" | "stream">;
  /** Columns of the empty table that both load into. */
  columns: string;
  /** The other way, into the server's database. */
  pipe: () => void;
  stop: () => Promise<void>;
};

const psql = () => path.join(findPostgres() ?? "", "psql");
/** A shell with a pipe that fails if any part does; words are given as variables, never as text of the script. */
const shell = (script: string, env: Record<string, string>) =>
  execFileSync("bash", ["-o", "pipefail", "-ec", script], {
    env: { NODE_ENV: "production", PATH: process.env.PATH, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });

/** Runs statements one after another on a database. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** Orders in another database of the same PostgreSQL. */
export async function postgresYard(server: PostgresServer, target: string, rows: number): Promise<Yard> {
  const database = `source_${rows}`;
  await server.createDatabase(database);
  const columns =
    "id bigint, customer_id integer, amount numeric(12,2), status text, created_at timestamptz, note text";
  await onServer(server.databaseUrl(database), (client) =>
    client.query(`create table orders (${columns});
      insert into orders select i, (i * 7919) % 100000, ((i * 31) % 100000) / 100.0,
        (array['new', 'paid', 'shipped', 'returned'])[i % 4 + 1], '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 second',
        case when i % 7 = 0 then 'said "é' || i || '", twice' when i % 5 = 0 then null else 'plain note number ' || i end
      from generate_series(1::bigint, ${rows}) i; analyze orders; checkpoint`),
  );
  const { host, port, user: username, password } = server;
  return {
    name: "PostgreSQL",
    against: "pg_dump --data-only | psql",
    task: {
      connector: "postgres",
      config: { host, port, username, password, database, sslmode: "disable" },
      stream: "public.orders",
    },
    columns,
    pipe: () =>
      shell('"$DUMP" -t public.orders --data-only "$FROM" | "$PSQL" -qX -v ON_ERROR_STOP=1 "$TO"', {
        DUMP: path.join(findPostgres() ?? "", "pg_dump"),
        PSQL: psql(),
        FROM: server.databaseUrl(database),
        TO: target,
      }),
    stop: async () => undefined,
  };
}

/** The same orders in a MariaDB of its own. */
export async function mariadbYard(target: string, rows: number): Promise<Yard> {
  const { host, port, user: username, password, run, stop } = await startMariadb();
  await run("create database shop");
  await run(
    `create table orders (id bigint, customer_id int, amount decimal(12,2), status varchar(10), created_at datetime, note text);
     insert into orders select seq, (seq * 7919) % 100000, ((seq * 31) % 100000) / 100,
       elt(seq % 4 + 1, 'new', 'paid', 'shipped', 'returned'), timestamp('2024-01-01') + interval seq second,
       case when seq % 7 = 0 then concat('said "é', seq, '", twice') when seq % 5 = 0 then null else concat('plain note number ', seq) end
     from seq_1_to_${rows}`,
    "shop",
  );
  return {
    name: "MariaDB",
    against: "mariadb -B | psql \\copy",
    task: {
      connector: "mysql",
      config: { host, port, username, password, database: "shop", ssl: "disable" },
      stream: "shop.orders",
    },
    columns:
      "id bigint, customer_id integer, amount numeric(12,2), status text, created_at timestamp, note text",
    pipe: () =>
      shell(
        `mariadb --no-defaults -h "$HOST" -P "$PORT" -u "$NAME" --default-character-set=utf8mb4 -BNq -e 'select * from orders' shop | "$PSQL" -qX "$TO" -c "\\\\copy orders from stdin (null 'NULL')"`,
        { HOST: host, PORT: String(port), NAME: username, MYSQL_PWD: password, PSQL: psql(), TO: target },
      ),
    stop,
  };
}
