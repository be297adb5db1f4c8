import pg from "pg";
import { findPostgres, startPostgres } from "../services.ts";
import { type MirrorSourceKind, rowText } from "./source.ts";

/** Mirrors of a PostgreSQL's tables. */
export const postgresSource: MirrorSourceKind = {
  title: "PostgreSQL",
  installed: () => findPostgres() !== undefined,
  start: async () => {
    const server = await startPostgres();
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("create schema shop");
    const { host, port, user: username, password } = server;
    const count = async (from: string) =>
      Number((await admin.query(`select count(*) as n from ${from}`)).rows[0].n);
    return {
      connector: "postgres",
      fields: { host, port, username, password, database: "postgres", sslmode: "prefer" },
      run: (sql) => admin.query(sql),
      worked: { columns: COLUMNS, more: APART },
      change: (table, random, emptying = true) => change(admin, table, random, emptying),
      rows: async (table) => (await admin.query(comparable("source", table))).rows.map(rowText),
      mirrored: comparable,
      numbers: (from, to) => `generate_series(${from}, ${to}) n`,
      lose: async () => {
        // The server notices only after a while that a follower has gone.
        while ((await count("pg_replication_slots where active")) > 0);
        await admin.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots");
      },
      lost: /is not there any more\. The table is read anew/,
      followers: () => count("pg_replication_slots"),
      stop: async () => {
        await admin.end();
        await server.stop();
      },
    };
  },
};

/** A key of two, values of some types, one that is stored apart. */
const COLUMNS = `a int, b text, n numeric(20,4), v text, big text, j jsonb, t timestamptz, x bytea, tags text[],
  primary key (a, b)`;
/** What brings it about that long values are stored apart, where an update that leaves them does not tell them. */
const APART = "alter table TABLE alter big set storage external";

const BIG = "(select string_agg(md5(r::text || random()::text), '') from generate_series(1, 100) r)";

async function change(
  client: pg.Client,
  table: string,
  random: () => number,
  emptying: boolean,
): Promise<void> {
  const int = (below: number) => Math.floor(random() * below);
  const key = () => `a = ${int(40)} and b = '${"xyz"[int(3)]}'`;
  const value = () =>
    [
      `n = ${int(2) ? "null" : (random() * 1e6).toFixed(4)}`,
      `v = ${["null", "''", "'plain'", `E'a "quoted", \\\\ line\\n${int(9)}'`][int(4)]}`,
      `big = ${int(4) ? BIG : "null"}`,
      `j = '{"k": [${int(9)}, "é"]}'`,
      `t = now() + ${int(1000)} * interval '1.000001 s'`,
      `x = decode(md5('${int(99)}'), 'hex')`,
      `tags = array['a', null, '${int(9)}']`,
    ][int(7)];
  const one = (): string => {
    const dice = random();
    if (dice < 0.35)
      return `insert into ${table} (a, b, n, v, big, j, t) values (${int(40)}, '${"xyz"[int(3)]}', ${int(99)}.5, 'new', ${BIG}, '[]', now()) on conflict do nothing`;
    if (dice < 0.4)
      return `insert into ${table} (a, b, v) select a, 'many', 'of one statement' from generate_series(0, ${int(30)}) a on conflict do nothing`;
    if (dice < 0.7) return `update ${table} set ${value()}, a = a where ${key()}`;
    if (dice < 0.76) return `update ${table} set ${value()} where a < ${int(40)}`;
    if (dice < 0.82) return `update ${table} set a = a + 1000 where ${key()}`;
    if (dice < 0.86)
      return `update ${table} set a = a - 1000, ${value()} where a >= 1000 and not exists (select from ${table} o where o.a = ${table}.a - 1000 and o.b = ${table}.b)`;
    if (dice < 0.97) return `delete from ${table} where ${key()}`;
    if (dice < 0.98 && emptying) return `truncate ${table}`;
    return `savepoint s; delete from ${table}; rollback to s`;
  };
  const statements = Array.from({ length: 1 + int(8) }, one);
  await client
    .query(`begin; ${statements.join("; ")}; ${random() < 0.1 ? "rollback" : "commit"}`)
    .catch(async (error: { code?: string }) => {
      await client.query("rollback");
      // Two rows came to one key: the transaction did not happen.
      if (error.code !== "23505") throw error;
    });
}

function comparable(where: "duckdb" | "postgres" | "source", table: string): string {
  const duckdb = where === "duckdb";
  const values = [
    ...["a::varchar", "b", "n::varchar", "v", "md5(big)", "j::varchar"],
    duckdb ? "epoch_us(t)::varchar" : "(extract(epoch from t) * 1000000)::bigint::varchar",
    duckdb ? "lower(hex(x))" : "encode(x, 'hex')",
    where === "source" ? "to_jsonb(tags)::varchar" : "tags::varchar",
  ];
  const order = duckdb ? "b" : 'b collate "C"';
  return `select ${values.map((value, at) => `${value} as c${at}`).join(", ")} from ${table} order by a, ${order}`;
}
