import type pg from "pg";

/** Numbers in [0, 1) that come again with the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The columns of a table that {@link change} works on: a key of two, values of some types, one that is stored apart. */
export const WORKED = `a int, b text, n numeric(20,4), v text, big text, j jsonb, t timestamptz, x bytea, tags text[],
  primary key (a, b)`;
/** What brings it about that long values are stored apart, where an update that leaves them does not tell them. */
export const APART = "alter table TABLE alter big set storage external";

const BIG = "(select string_agg(md5(r::text || random()::text), '') from generate_series(1, 100) r)";

/** One transaction of some random changes; a few are rolled back. */
export async function change(client: pg.Client, table: string, random: () => number): Promise<void> {
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
    if (dice < 0.98) return `truncate ${table}`;
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

/** Every value of that table as text that both engines write alike, in order of the key. */
export function comparable(kind: "duckdb" | "postgres" | "source", table: string): string {
  const values =
    kind === "duckdb"
      ? "j::varchar as j, epoch_us(t)::varchar as t, lower(hex(x)) as x, tags::varchar as tags"
      : `j::text as j, (extract(epoch from t) * 1000000)::bigint::text as t, encode(x, 'hex') as x, ${kind === "source" ? "to_jsonb(tags)" : "tags"}::text as tags`;
  const order = kind === "duckdb" ? "b" : 'b collate "C"';
  return `select a, b, cast(n as varchar) as n, v, md5(big) as big, ${values} from ${table} order by a, ${order}`;
}
