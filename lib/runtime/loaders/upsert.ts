import type pg from "pg";
import { DataError } from "#lib/connectors/index.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { columnList } from "./copy-in.ts";
import type { LoadCounts, LoadInput } from "./loader.ts";
import { STAGE, stageRows } from "./stage-rows.ts";

/**
 * How the destination plans an upsert's statements. Memory of one sort or join before it goes to disk: a hash of 64 MB is
 * beyond the processor's caches, and MERGE took a sixth longer. Without hashing, keys are counted by sorting, at a third
 * of the time. Compiling statements gave nothing.
 */
const PLANNING = { work_mem: "'16MB'", enable_hashagg: "off", jit: "off" };
/** The first release with MERGE. */
const MERGES = 150_000;

/** What an upsert's statements are made of: `t` is the table, `s` the stage. */
type Parts = { table: string; match: string; set: string; differs: string; list: string; given: string };

/** Inserts or updates by the key; of rows with one key the last counts. @throws DataError `null_key` */
export async function upsert(
  client: pg.Client,
  table: string,
  input: LoadInput,
  counts: LoadCounts,
): Promise<void> {
  const { step, rows } = input;
  const keys = step.upsertKey.map(sqlIdentifier);
  await plan(client, (setting) => `${setting} = ${PLANNING[setting]}`);
  counts.in = await stageRows(client, input);
  counts.deduplicated = await lastOfEachKey(client, step.upsertKey);
  await client.query(`analyze ${STAGE} (${keys.join(", ")})`);
  await client.query(`lock table ${table} in share row exclusive mode`);
  const values = rows.columns
    .filter(({ name }) => !step.upsertKey.includes(name))
    .map(({ name }) => sqlIdentifier(name));
  const all = (alias: string) => values.map((value) => `${alias}.${value}`).join(", ");
  const parts = {
    table,
    match: keys.map((key) => `t.${key} = s.${key}`).join(" and "),
    set: values.map((value) => `${value} = s.${value}`).join(", "),
    differs: `(${all("t")}) is distinct from (${all("s")})`,
    list: columnList(rows.columns),
    given: rows.columns.map(({ name }) => `s.${sqlIdentifier(name)}`).join(", "),
  };
  const inOne = values.length > 0 && (await countsItself(client, table, step.upsertKey));
  Object.assign(counts, await (inOne ? merge(client, parts) : oneByOne(client, parts)));
  counts.unchanged = counts.in - counts.deduplicated - counts.inserted - counts.updated;
  await plan(client, (setting) => `${setting} to default`);
}

/** For this transaction; what hooks do in it later is planned as ever. */
async function plan(client: pg.Client, set: (setting: keyof typeof PLANNING) => string): Promise<void> {
  const settings = Object.keys(PLANNING) as (keyof typeof PLANNING)[];
  await client.query(settings.map((setting) => `set local ${set(setting)}`).join("; "));
}

/** Leaves the last row of each key in the stage. @returns how many it took away. @throws DataError `null_key` */
async function lastOfEachKey(client: pg.Client, key: readonly string[]): Promise<number> {
  const keys = key.map(sqlIdentifier);
  const list = keys.join(", ");
  const missing = keys.map((key) => `${key} is null`).join(" or ");
  const { rows } = await client.query<{ nulls: string | null; twice: string | null }>(
    `select sum(n) filter (where ${missing}) as nulls, sum(n - 1) as twice
     from (select ${list}, count(*) as n from ${STAGE} group by ${list}) x`,
  );
  const nulls = Number(rows[0]?.nulls ?? 0);
  if (nulls > 0)
    throw new DataError("null_key", `${nulls} rows have no value in the key ${key.join(", ")}`, {
      hint: "Add a not_null rule before the target",
    });
  if (Number(rows[0]?.twice ?? 0) === 0) return 0;
  const { rowCount } = await client.query(
    `delete from ${STAGE} where ctid in (select c from (select ctid as c, row_number() over (partition by ${list} order by ctid desc) as r from ${STAGE}) x where r > 1)`,
  );
  return rowCount ?? 0;
}

/**
 * True if one MERGE does it and the server's own statistics of the transaction tell inserted from updated rows: an
 * ordinary table without triggers, in which the key is unique, on a server that has MERGE and counts.
 */
async function countsItself(client: pg.Client, table: string, key: readonly string[]): Promise<boolean> {
  const columns = `array[${key.map(sqlLiteral).join(", ")}]::text[]`;
  const { rows } = await client.query<{ can: boolean }>(
    `select current_setting('server_version_num')::int >= ${MERGES} and current_setting('track_counts')::boolean
       and c.relkind = 'r' and not c.relhastriggers and not c.relhasrules and not c.relhassubclass
       and exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
         and i.indpred is null and i.indexprs is null and i.indnkeyatts = cardinality(${columns})
         and (select array_agg(a.attname::text) from pg_attribute a
           where a.attrelid = c.oid and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])) <@ ${columns}) as can
     from pg_class c where c.oid = $1::regclass`,
    [table],
  );
  return rows[0]?.can ?? false;
}

async function merge(
  client: pg.Client,
  { table, match, set, differs, list, given }: Parts,
): Promise<Pick<LoadCounts, "inserted" | "updated">> {
  const before = await written(client, table);
  await client.query(
    `merge into ${table} t using ${STAGE} s on ${match}
     when matched and ${differs} then update set ${set}
     when not matched then insert (${list}) values (${given})`,
  );
  const after = await written(client, table);
  return { inserted: after.inserted - before.inserted, updated: after.updated - before.updated };
}

/** Rows that this transaction has written to a table so far. */
async function written(client: pg.Client, table: string): Promise<{ inserted: number; updated: number }> {
  const { rows } = await client.query<{ inserted: string; updated: string }>(
    "select n_tup_ins as inserted, n_tup_upd as updated from pg_stat_xact_user_tables where relid = $1::regclass",
    [table],
  );
  return { inserted: Number(rows[0]?.inserted ?? 0), updated: Number(rows[0]?.updated ?? 0) };
}

/** The same in two statements, where a key may be there twice: both rows are brought up to date, counted as one. */
async function oneByOne(
  client: pg.Client,
  { table, match, set, differs, list }: Parts,
): Promise<Pick<LoadCounts, "inserted" | "updated">> {
  let updated = 0;
  if (set !== "") {
    const { rows } = await client.query<{ n: string }>(
      `with changed as (update ${table} t set ${set} from ${STAGE} s where ${match} and ${differs} returning s.ctid as row)
       select count(distinct row) as n from changed`,
    );
    updated = Number(rows[0]?.n ?? 0);
  }
  const { rowCount } = await client.query(
    `insert into ${table} (${list}) select ${list} from ${STAGE} s where not exists (select 1 from ${table} t where ${match})`,
  );
  return { inserted: rowCount ?? 0, updated };
}
