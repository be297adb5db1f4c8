import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

const url = inject("postgresUrl") ?? "";
const loadMode = "blue_green";
const COLUMNS = ["id integer", "v string"];
const MANY = 20_000;

/** Rows of one letter, so that a reader can tell which table it saw, and whether all of it. */
const rowsOf = (letter: string, rows = MANY) =>
  `id,v\n${Array.from({ length: rows }, (_, id) => `${id},${letter}\n`).join("")}`;

const load = (lab: PlanLab, table: string, csv: string, more: object = {}) =>
  lab.run([lab.csv(csv, COLUMNS), lab.target("src", table, { loadMode, ...more })]);

describe.each(["duckdb", "postgres"] as const)("a table that is put in another's place in %s", (kind) => {
  describe.skipIf(kind === "postgres" && !url)("", () => {
    let lab: PlanLab;
    beforeAll(() => {
      lab = openPlanLab(kind === "postgres" ? url : undefined);
    });
    afterAll(() => lab.close());

    test("is read whole, the old one or the new one, at any moment", async () => {
      const table = lab.table();
      await load(lab, table, rowsOf("a"));
      const seen = new Set<string>();
      let over = false;
      const read = async () => {
        while (!over) {
          const [row] = await lab.query(
            `select count(*) as n, min(v) as least, max(v) as most from ${table}`,
          );
          seen.add(`${Number(row?.n)} ${row?.least} ${row?.most}`);
        }
      };
      const readers = [read(), read()];
      for (const letter of ["b", "c", "d"])
        expect(await load(lab, table, rowsOf(letter))).toMatchObject({ status: "completed" });
      over = true;
      await Promise.all(readers);
      expect([...seen].filter((one) => !/^20000 (.) \1$/.test(one))).toEqual([]);
      expect(seen.size).toBeGreaterThan(1);
    });

    test("stays as it was when rows do not fit, when a hook fails, and when the run is cancelled", async () => {
      const table = lab.table();
      await load(lab, table, "id,v\n1,a\n");
      const clash = await lab.run([
        lab.csv("id,v\nx,b\n", ["id string", "v string"]),
        lab.target("src", table, { loadMode }),
      ]);
      expect(clash).toMatchObject({ status: "failed", error: { code: "type_mismatch", nodeId: "out" } });
      const hook = await load(lab, table, "id,v\n2,b\n", { postHook: "ANALYZE nothing_of_that_name" });
      expect(hook).toMatchObject({ status: "failed", error: { code: "load_failed", nodeId: "out" } });
      const stop = new AbortController();
      const ran = lab.run([lab.csv(rowsOf("c", 200_000), COLUMNS), lab.target("src", table, { loadMode })], {
        signal: stop.signal,
        onNode: (nodeId, state) => {
          if (nodeId === "out" && state === "running") stop.abort(new Error("cancelled"));
        },
      });
      await expect(ran).rejects.toThrow("cancelled");
      expect(await lab.rows(table)).toEqual([{ id: 1, v: "a" }]);
      await expect(lab.query(`select 1 from ${table}__next`)).rejects.toThrow();
    });

    test("hooks run on the old table before, and on the new one after", async () => {
      const table = lab.table();
      await load(lab, table, "id,v\n1,a\n");
      const hooks = { preHook: `ANALYZE ${table}`, postHook: `ANALYZE ${table}` };
      expect(await load(lab, table, "id,v\n2,b\n3,c\n", hooks)).toMatchObject({ status: "completed" });
      expect(await lab.rows(table)).toHaveLength(2);
    });

    test("a target that was loaded by an earlier attempt is not loaded again", async () => {
      const [table, other] = [lab.table(), lab.table()];
      await lab.run([lab.csv("id,v\n7,8\n", ["id integer", "v integer"]), lab.target("src", other)]);
      const nodes = [
        lab.csv("id,v\n1,a\n2,b\n", COLUMNS),
        lab.target("src", table, { loadMode }, "one"),
        lab.target("src", other, { loadMode }, "two"),
      ];
      const runId = lab.table();
      expect(await lab.run(nodes, { runId })).toMatchObject({ status: "failed", error: { nodeId: "two" } });
      const first = await lab.query(`select count(*) as n from ${table}`);
      await lab.query(`delete from ${table} where id = 1`);
      await lab.query(`drop table ${other}`);
      expect(await lab.run(nodes, { runId })).toMatchObject({
        status: "completed",
        ledger: { balanced: true, nodes: { one: { inserted: 2 }, two: { inserted: 2 } } },
      });
      expect(Number(first[0]?.n)).toBe(2);
      expect(await lab.rows(table)).toHaveLength(1);
    });
  });
});

test("views in the built-in warehouse read the new table", async () => {
  const lab = openPlanLab();
  const table = lab.table();
  await load(lab, table, "id,v\n1,a\n");
  await lab.query(`create view ${table}_view as select v from ${table}`);
  await lab.query(`create unique index ${table.replace(".", "_")}_id on ${table} (id)`);
  expect(await load(lab, table, "id,v\n2,b\n")).toMatchObject({ status: "completed" });
  expect(await lab.rows(`${table}_view`)).toEqual([{ v: "b" }]);
  // The index came along: what it does not allow fails, and changes nothing.
  const twice = await load(lab, table, "id,v\n3,c\n3,d\n");
  expect(twice).toMatchObject({ status: "failed", error: { code: "duplicate_key", nodeId: "out" } });
  expect(await lab.rows(table)).toEqual([{ id: 2, v: "b" }]);
  await lab.close();
});

describe.skipIf(!url)("a table of PostgreSQL keeps, when it is replaced,", () => {
  let lab: PlanLab;
  let client: pg.Client;
  beforeAll(async () => {
    lab = openPlanLab(url);
    client = new pg.Client({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await lab.close();
  });

  /** What the catalogue says of a table, with nothing in it that tells one table from another of its name. */
  async function portrait(table: string) {
    const one = async (sql: string) =>
      (await client.query({ text: sql.replaceAll("TABLE", `'${table}'::regclass`), rowMode: "array" })).rows;
    return {
      columns: await one(
        `select attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attcompression, attstorage, attstattarget,
           attacl::text, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum), pg_get_serial_sequence('${table}', attname)
         from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = TABLE and attnum > 0 order by attnum`,
      ),
      constraints: await one(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = TABLE order by 1",
      ),
      indexes: await one(
        "select pg_get_indexdef(indexrelid), indisreplident, indisclustered from pg_index where indrelid = TABLE order by 1",
      ),
      statistics: await one(
        "select pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxrelid = TABLE",
      ),
      table: await one(
        `select pg_get_userbyid(relowner), reloptions, relpersistence, relreplident,
           (select array_agg(a::text order by a::text) from unnest(relacl) a), obj_description(oid, 'pg_class') from pg_class where oid = TABLE`,
      ),
    };
  }

  test("its owner, grants, comments, keys, indexes and their names, sequences and settings", async () => {
    const table = lab.table();
    const [schema = "", name = ""] = table.split(".");
    const [owner, reader] = [`${schema}_${name}_owner`, `${schema}_${name}_reader`];
    await client.query(`
      create schema if not exists ${schema};
      create role ${owner}; create role ${reader}; grant create, usage on schema ${schema} to ${owner};
      create table ${schema}.kinds (v text primary key); insert into ${schema}.kinds values ('a'), ('b');
      create unlogged table ${table} (id integer constraint own_key primary key, v text not null default 'a' constraint known references ${schema}.kinds,
        serial_no serial, identity_no bigint generated always as identity (start 7), twice integer generated always as (id * 2) stored,
        parent integer constraint own_parent references ${table}, constraint small check (id < 1000000)) with (fillfactor = 70, toast.autovacuum_enabled = false);
      create index by_v on ${table} (v, id desc) where id > 0; create index by_v_too on ${table} (v, id desc) where id > 0;
      create unique index by_lower on ${table} (lower(v), id); create statistics ${schema}.together (dependencies) on id, v from ${table};
      comment on table ${table} is 'It''s all here'; comment on column ${table}.v is 'A letter'; comment on index ${schema}.by_v is 'Quick';
      alter table ${table} owner to ${owner}; alter table ${table} alter column v set statistics 50;
      grant select on ${table} to ${reader} with grant option; grant insert on ${table} to public; grant update (v) on ${table} to ${reader};
      alter table ${table} replica identity using index own_key; alter table ${table} cluster on by_lower;
      alter default privileges in schema ${schema} grant delete on tables to ${reader};
      insert into ${table} (id) values (1), (2)`);
    const before = await portrait(table);
    expect(before.indexes).toHaveLength(4);
    for (const letter of ["a", "b"]) {
      const ran = await load(lab, table, `id,v\n5,${letter}\n6,${letter}\n`);
      expect(ran.error).toBeUndefined();
      expect(await portrait(table)).toEqual(before);
    }
    const rows = await lab.query(
      `select id, v, serial_no, identity_no::integer, twice from ${table} order by id`,
    );
    expect(rows.map((row) => Object.values(row).join())).toEqual(["5,b,5,11,10", "6,b,6,12,12"]);
    for (const [csv, code] of [
      ["id,v\n5,b\n5,b\n", "duplicate_key"],
      ["id,v\n5,zzz\n", "load_failed"],
      ["id,v\n2000000,b\n", "load_failed"],
    ] as const)
      expect((await load(lab, table, csv)).error).toMatchObject({ code, nodeId: "out" });
    expect(await portrait(table)).toEqual(before);
    expect(await lab.rows(table)).toHaveLength(2);
  });

  test.each([
    ["a view", "create view S.seen as select v from S.T", "view S.seen reads it"],
    [
      "a materialized view",
      "create materialized view S.kept as select v from S.T",
      "materialized view S.kept reads it",
    ],
    [
      "another table's key",
      "create table S.child (id integer references S.T)",
      "constraint child_id_fkey on table S.child is bound to it",
    ],
    [
      "a trigger",
      "create trigger clip before update on S.T for each row execute function suppress_redundant_updates_trigger()",
      "trigger clip on table S.T is bound to it",
    ],
    [
      "a policy",
      "alter table S.T enable row level security; create policy own on S.T using (true)",
      "policy own on table S.T is bound to it, row level security is on",
    ],
    [
      "a publication",
      "create publication S_T for table S.T",
      "publication of table S.T in publication S_T is bound to it",
    ],
    [
      "a rule",
      "create rule quiet as on delete to S.T do instead nothing",
      "rule quiet on table S.T is bound to it",
    ],
    ["a table that inherits from it", "create table S.heir () inherits (S.T)", "table S.heir is bound to it"],
    [
      "a column of its type",
      "create table S.holder (row S.T)",
      "column row of table S.holder is bound to it",
    ],
  ])("its place, refusing the load by name, where %s is bound to it", async (_title, statement, said) => {
    const table = lab.table();
    const [schema = "", name = ""] = table.split(".");
    // A schema of its own: names stand in what is said.
    const own = `${schema}_${name}`;
    const fill = (text: string) =>
      text
        .replaceAll(/\bS_T\b/g, `${own}_p`)
        .replaceAll(/\bS\./g, `${own}.`)
        .replaceAll(/\.T\b/g, ".t");
    await client.query(
      `create schema ${own}; create table ${own}.t (id integer primary key, v text); insert into ${own}.t values (1, 'a')`,
    );
    await client.query(fill(statement));
    expect(await load(lab, `${own}.t`, "id,v\n2,b\n")).toMatchObject({
      status: "failed",
      error: {
        code: "table_tied",
        nodeId: "out",
        retryable: false,
        message: `Table ${own}.t cannot be replaced: ${fill(said)}`,
      },
    });
    expect(await lab.query(`select id, v from ${own}.t`)).toEqual([{ id: 1, v: "a" }]);
  });

  test("its owner and grants, too, when a mere member of the owning role loads it; others may not", async () => {
    const table = lab.table();
    const [schema = "", name = ""] = table.split(".");
    const [owner, member, stranger] = ["owners", "member", "stranger"].map(
      (role) => `${schema}_${name}_${role}`,
    );
    await client.query(`
      create schema if not exists ${schema}; create role ${owner}; create role ${member} login password 'secret' in role ${owner};
      create role ${stranger} login password 'secret'; grant usage, create on schema ${schema} to ${owner}, ${stranger};
      create table ${table} (id integer generated by default as identity primary key, v text); insert into ${table} (v) values ('a');
      alter table ${table} owner to ${owner}; grant all on ${table} to ${stranger};
      create table if not exists ${schema}._penstock_loads (run_id text, node_id text, table_name text not null, counts jsonb not null,
        loaded_at timestamptz not null default now(), primary key (run_id, node_id)); grant all on ${schema}._penstock_loads to public`);
    const before = await portrait(table);
    const as = (username = "") =>
      openPlanLab(Object.assign(new URL(url), { username, password: "secret" }).href);
    const [theirs, strangers] = [as(member), as(stranger)];
    const ran = await load(theirs, table, "id,v\n7,b\n");
    expect(ran.error).toBeUndefined();
    expect(await portrait(table)).toEqual(before);
    expect((await load(strangers, table, "id,v\n8,c\n")).error).toMatchObject({
      code: "destination_denied",
      nodeId: "out",
    });
    expect(await lab.rows(table)).toEqual([{ id: 7, v: "b" }]);
    for (const one of [theirs, strangers]) await one.close();
  });

  test("the same for who looks with an older snapshot: the old rows or the new ones, never none", async () => {
    const table = lab.table();
    await load(lab, table, rowsOf("a"));
    await client.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
    await load(lab, table, rowsOf("b"));
    const { rows } = await client.query(`select count(*)::int as n, min(v) as v from ${table}`);
    await client.query("commit");
    expect(rows).toEqual([{ n: MANY, v: "b" }]);
  });

  test("no two loads at once: the second waits for the first", async () => {
    const table = lab.table();
    await load(lab, table, rowsOf("a"));
    const both = await Promise.all(["b", "c"].map((letter) => load(lab, table, rowsOf(letter))));
    expect(both.map(({ status }) => status)).toEqual(["completed", "completed"]);
    const [row] = await lab.query(
      `select count(*)::int as n, count(distinct v)::int as letters from ${table}`,
    );
    expect(row).toEqual({ n: MANY, letters: 1 });
  });

  test("what a reader holds until it is done, and can be cancelled while it waits for that", async () => {
    const table = lab.table();
    await load(lab, table, "id,v\n1,a\n");
    await client.query(`begin; select * from ${table}`);
    const stop = new AbortController();
    const ran = lab.run([lab.csv("id,v\n2,b\n", COLUMNS), lab.target("src", table, { loadMode })], {
      signal: stop.signal,
    });
    ran.catch(() => undefined);
    const other = openPlanLab(url);
    const waits = `select 1 from pg_locks where not granted and relation = '${table}'::regclass`;
    while ((await other.query(waits)).length === 0) await delay(10);
    stop.abort(new Error("cancelled"));
    await expect(ran).rejects.toThrow("cancelled");
    await client.query("commit");
    expect(await other.rows(table)).toEqual([{ id: 1, v: "a" }]);
    await other.close();
  });
});
