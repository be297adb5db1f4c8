import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { DataError, type OpenedTable } from "#lib/connectors/index.ts";
import { uniqueId } from "#tests/factories.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { type ReadableSource, type ResolveSource, reachSource } from "./index.ts";

const url = inject("postgresUrl") ?? "";
const kinds = ["duckdb", "postgres"] as const;

describe.skipIf(!url)("tables of a PostgreSQL as sources", () => {
  const labs: Partial<Record<(typeof kinds)[number], PlanLab>> = {};
  const labOf = (kind: (typeof kinds)[number]) => labs[kind] as PlanLab;
  const schema = uniqueId("src");
  let admin: pg.Client;
  let config: Record<string, unknown>;
  beforeAll(async () => {
    labs.duckdb = openPlanLab();
    labs.postgres = openPlanLab(url);
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create schema ${schema}`);
    const { hostname, port, username, password, pathname } = new URL(url);
    const database = pathname.slice(1);
    config = { host: hostname, port: Number(port), database, username, password, sslmode: "disable" };
  });
  afterAll(async () => {
    await admin.query(`drop schema ${schema} cascade`);
    await admin.end();
    await labs.duckdb?.close();
    await labs.postgres?.close();
  });

  /** A node that reads a new table. */
  async function table(lab: PlanLab, columns: string, rows: string, more: IrNode = {}, id = "src") {
    const stream = `${schema}.${uniqueId("t")}`;
    await admin.query(
      `create table ${stream} (${columns}); insert into ${stream} ${rows}; analyze ${stream}`,
    );
    const from = lab.saved("postgres", config);
    return { id, kind: "source", ...from, config: { stream, syncMode: "full_refresh", ...more } };
  }
  const streamOf = (node: { config: { stream: string } }) => node.config.stream;
  const texts = "extract(epoch from tz)::text as tz, encode(x, 'hex') as x";
  /** Every source table opened by way of a change to it. */
  const altered =
    (change: (table: OpenedTable) => OpenedTable): ResolveSource =>
    async (step) => {
      const source = await reachSource({ tenant: "t_demo", config }, step);
      if (source.kind !== "table") return source;
      return {
        kind: "table",
        open: async (request) => change(await source.open(request)),
      } satisfies ReadableSource;
    };

  const TYPES = `id bigint primary key, i integer, s smallint, n numeric(22,2), f double precision, b boolean, d date, t time,
    ts timestamp, tz timestamptz, u uuid, j jsonb, x bytea, v text, free numeric, tags text[]`;
  const VALUES = `values (1, -5, 7, 12345678901234567890.12, 1e-3, false, '0001-01-01', '23:59:59.999999',
    '2024-01-02 03:04:05.123456', '2024-01-02T03:04:05.654321+02:00', '6f9619ff-8b86-d011-b42d-00cf4fc964ff',
    '{"a": "é\\\\", "b": [1, null]}', '\\x00ff5c22', E'back\\\\slash, "q"\\ttab\\nline\\r\\n\\\\.', 1.00000000000000000001, '{a,NULL}'),
    (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (3, 0, 0, 0, 'NaN', true, '9999-12-31', '00:00', 'infinity', '-infinity', null, '"x"', '', '', 0, '{}')`;

  describe.each(kinds)("into %s", (kind) => {
    test.each<[string, IrNode[]]>([
      ["as they are", []],
      [
        "through a check of every row",
        [{ id: "m", kind: "validate", input: "src", rowLevel: [{ id: "r", field: "id", rule: "gt:0" }] }],
      ],
      [
        "through a transform",
        [{ id: "m", kind: "transform", input: "src", ops: [{ op: "add_field", field: "extra", value: 1 }] }],
      ],
    ])("values of every type arrive, %s", async (_title, middle) => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(lab, TYPES, VALUES);
      const ran = await lab.run([source, ...middle, lab.target(middle.length > 0 ? "m" : "src", into)]);
      expect(ran.error).toBeUndefined();
      expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: 3, loaded: 3 } });
      const names = "id,i,s,n,f,b,d,t,ts,u,v,free".split(",");
      const cast = kind === "postgres" ? "text" : "varchar";
      const exact = (from: string, as: string) =>
        `select ${names.map((name) => `cast(${name} as ${as}) as ${name}`).join(", ")} from ${from} order by 1`;
      const [there, here] = [
        (await admin.query(exact(streamOf(source), "text"))).rows,
        await lab.query(exact(into, cast)),
      ];
      if (kind === "postgres") {
        expect(here).toEqual(there);
        const rest = (from: string) => `select id, ${texts}, j, ts from ${from} order by id`;
        expect(await lab.query(rest(into))).toEqual((await admin.query(rest(streamOf(source)))).rows);
      } else {
        const plain = ({ f: _f, ts: _ts, ...row }: Record<string, unknown>) => row;
        expect(here.map(plain)).toEqual(there.map(plain));
        expect(
          await lab.query(
            `select hex(x) as x, cast(j as varchar) as j, epoch_us(tz) as tz from ${into} where id = 1`,
          ),
        ).toEqual([{ x: "00FF5C22", j: expect.stringContaining("é"), tz: "1704157445654321" }]);
        expect(
          await lab.query(
            `select v, octet_length(x) as x, isinf(tz) as tz, isnan(f) as f from ${into} where id = 3`,
          ),
        ).toEqual([{ v: "", x: "0", tz: true, f: true }]);
      }
    });

    test("one column alone, with NULL and empty text in it", async () => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(lab, "v text", "values ('a'), (null), (''), ('\\.'), (null)");
      const ran = await lab.run([source, lab.target("src", into)]);
      expect(ran).toMatchObject({ status: "completed", ledger: { read: 5, loaded: 5 } });
      expect(await lab.query(`select v from ${into} order by v nulls last`)).toEqual(
        ["", "\\.", "a", null, null].map((v) => ({ v })),
      );
    });

    test("only the columns asked for, and an upsert of what changed", async () => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(
        lab,
        "id int primary key, v text, secret text",
        "select i, 'v' || i, 's' from generate_series(1, 100) i",
        { columns: ["id", "v"] },
      );
      const nodes = [source, lab.target("src", into, { loadMode: "upsert", upsertKey: ["id"] })];
      await lab.run(nodes);
      await admin.query(
        `update ${streamOf(source)} set v = 'new' where id = 7; insert into ${streamOf(source)} values (101, 'x', 's')`,
      );
      expect(await lab.run(nodes)).toMatchObject({
        status: "completed",
        ledger: { balanced: true, nodes: { out: { in: 101, inserted: 1, updated: 1, unchanged: 99 } } },
      });
      expect(Object.keys((await lab.rows(into))[0] ?? {})).toEqual(["id", "v"]);
    });

    test("a source that grows a column or widens one is followed; one that changes its mind is refused", async () => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(lab, "id int, n smallint", "values (1, 1)");
      const nodes = [source, lab.target("src", into)];
      await lab.run(nodes);
      await admin.query(
        `alter table ${streamOf(source)} add column extra text default 'x', alter column n type bigint; update ${streamOf(source)} set n = 4294967296`,
      );
      expect((await lab.run(nodes)).error).toBeUndefined();
      expect(
        (await lab.query(`select n, extra from ${into} order by n`)).map(({ n, extra }) => [
          String(n),
          extra,
        ]),
      ).toEqual([
        ["1", null],
        ["4294967296", "x"],
      ]);
      await admin.query(`alter table ${streamOf(source)} alter column n type text`);
      expect(await lab.run(nodes)).toMatchObject({
        status: "failed",
        error: { code: "type_mismatch", nodeId: "out" },
      });
    });

    test("twelve tables in one plan: one that is not there keeps no other from being loaded", async () => {
      const lab = labOf(kind);
      const from = lab.saved("postgres", config);
      const names = Array.from({ length: 12 }, (_, at) => `${schema}.${uniqueId("many")}_${at}`);
      for (const [at, name] of names.entries())
        if (at !== 5)
          await admin.query(
            `create table ${name} as select i as id, 'é' || i as v from generate_series(1, ${(at + 1) * 100}) i`,
          );
      const into = names.map(() => lab.table());
      const nodes = names.flatMap((stream, at): IrNode[] => [
        { id: `s${at}`, kind: "source", ...from, config: { stream, syncMode: "full_refresh" } },
        lab.target(`s${at}`, into[at] ?? "", { loadMode: "truncate" }, `t${at}`),
      ]);
      const runId = uniqueId("run");
      const ran = await lab.run(nodes, { runId });
      expect(ran).toMatchObject({
        status: "failed",
        error: { nodeId: "s5", code: "stream_not_found", retryable: false },
      });
      expect(ran.ledger).toMatchObject({ read: 7200, loaded: 7200 });
      await admin.query(`create table ${names[5]} as select 1 as id, null::text as v`);
      const again = await lab.run(nodes, { runId });
      expect(again).toMatchObject({
        status: "completed",
        ledger: { balanced: true, read: 7201, loaded: 7201 },
      });
      for (const [at, table] of into.entries())
        expect(await lab.query(`select count(*) as n from ${table}`)).toEqual([
          { n: at === 5 ? "1" : String((at + 1) * 100) },
        ]);
    }, 60_000);

    test.each<[string, (pid: number) => Promise<unknown>]>([
      ["dies", (pid) => admin.query("select pg_terminate_backend($1)", [pid])],
    ])(
      "a source that %s in the middle leaves nothing, and may be tried again",
      async (_title, kill) => {
        const lab = labOf(kind);
        const into = lab.table();
        const source = await table(
          lab,
          "id int, v text",
          "select i, repeat('x', 200) from generate_series(1, 400000) i",
        );
        const killing = killReader(streamOf(source), kill);
        const nodes = [source, lab.target("src", into)];
        const runId = uniqueId("run");
        const ran = await lab.run(nodes, { runId });
        await killing;
        expect(ran).toMatchObject({ status: "failed", error: { nodeId: "src", retryable: true } });
        expect(ran.error?.message).toMatch(/source|server|connection/i);
        expect(await tableExists(lab, into)).toBe(false);
        expect(await lab.run(nodes, { runId })).toMatchObject({
          status: "completed",
          ledger: { loaded: 400_000 },
        });
      },
      60_000,
    );

    test("a run that is cancelled in the middle ends within two seconds, on both sides", async () => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(
        lab,
        "id int, v text",
        "select i, repeat('x', 200) from generate_series(1, 400000) i",
      );
      const controller = new AbortController();
      let aborted = 0;
      const cancelling = killReader(streamOf(source), async () => {
        aborted = performance.now();
        controller.abort(new Error("cancelled"));
      });
      await expect(lab.run([source, lab.target("src", into)], { signal: controller.signal })).rejects.toThrow(
        "cancelled",
      );
      expect(performance.now() - aborted).toBeLessThan(2_000);
      await cancelling;
      for (;;) {
        const { rows } = await admin.query(
          "select 1 from pg_stat_activity where query ilike $1 and pid <> pg_backend_pid() and state = 'active'",
          [`copy%${streamOf(source).split(".")[1]}%`],
        );
        if (rows.length === 0) break;
        expect(performance.now() - aborted).toBeLessThan(4_000);
        await delay(20);
      }
      expect(await tableExists(lab, into)).toBe(false);
    }, 60_000);

    test("what the source said it sent is compared with what arrived", async () => {
      const lab = labOf(kind);
      const into = lab.table();
      const source = await table(lab, "id int, v text", "values (1, 'a'), (2, 'b')");
      const lossy = altered(({ binary: _, ...table }) => ({
        ...table,
        csv: async () => {
          const { stream, done } = await table.csv();
          return { stream, done: done.then((rows) => (rows ?? 0) + 1) };
        },
      }));
      const ran = await lab.run([source, lab.target("src", into)], { resolveSource: lossy });
      expect(ran).toMatchObject({ status: "failed", error: { code: "rows_lost" } });
      expect(await tableExists(lab, into)).toBe(false);
    });

    test("a stream that breaks off without a word of ours is a lost connection", async () => {
      const lab = labOf(kind);
      const source = await table(lab, "id int, v text", "select i, 'v' from generate_series(1, 200000) i");
      const broken = altered(({ binary: _, ...table }) => ({
        ...table,
        csv: async () => {
          const opened = await table.csv();
          opened.stream.once("readable", () => setImmediate(() => opened.stream.destroy(new Error("reset"))));
          return { ...opened, done: new Promise<number>(() => undefined) };
        },
      }));
      const ran = await lab.run([source, lab.target("src", lab.table())], { resolveSource: broken });
      expect(ran).toMatchObject({
        status: "failed",
        error: { code: "connection_closed", nodeId: "src", retryable: true },
      });
    });

    test("a source that cannot be reached says so at its node", async () => {
      const lab = labOf(kind);
      const refused: ResolveSource = async () => {
        throw new DataError("closed_port", "Nothing answers there", { retryable: true });
      };
      const source = await table(lab, "id int", "values (1)");
      const ran = await lab.run([source, lab.target("src", lab.table())], { resolveSource: refused });
      expect(ran).toMatchObject({
        status: "failed",
        error: { code: "closed_port", nodeId: "src", retryable: true },
      });
    });
  });

  test("rows go over in binary where both sides have the same types, else as text", async () => {
    const lab = labOf("postgres");
    const asked: string[] = [];
    const watched = altered((table) => ({
      ...table,
      csv: () => {
        asked.push("csv");
        return table.csv();
      },
      ...(table.binary && {
        binary: () => {
          asked.push("binary");
          return (table.binary as NonNullable<OpenedTable["binary"]>)();
        },
      }),
    }));
    const source = await table(lab, TYPES, VALUES);
    const into = lab.table();
    const progress: { rowsRead: number; rowsExpected?: number }[] = [];
    const given = { resolveSource: watched, onProgress: (so: (typeof progress)[0]) => progress.push(so) };
    await lab.run([source, lab.target("src", into)], given);
    await lab.run([source, lab.target("src", into, { loadMode: "truncate" })], given);
    await lab.query(`alter table ${into} alter column i type bigint`);
    expect((await lab.run([source, lab.target("src", into)], given)).error).toBeUndefined();
    expect(asked).toEqual(["binary", "binary", "csv"]);
    const many = await table(
      lab,
      "id int, v text",
      "select i, repeat('x', 300) from generate_series(1, 600000) i",
    );
    await lab.run([many, lab.target("src", lab.table())], given);
    const last = progress.at(-1);
    expect(last?.rowsRead).toBeGreaterThan(1_000);
    expect(last?.rowsRead).toBeLessThan(700_000);
    expect(last?.rowsExpected).toBe(600_000);
  }, 60_000);

  test("tables are joined, looked up in and checked like files", async () => {
    const lab = labOf("postgres");
    const orders = await table(
      lab,
      "id int, customer int, amount numeric(8,2)",
      "values (1, 1, 5), (2, 2, -1), (3, 9, 2)",
      {},
      "orders",
    );
    const customers = await table(lab, "id int, name text", "values (1, 'a'), (2, 'b')", {}, "customers");
    const into = lab.table();
    const ran = await lab.run([
      orders,
      customers,
      {
        id: "check",
        kind: "validate",
        input: "orders",
        rowLevel: [{ id: "positive", field: "amount", rule: "gt:0" }],
      },
      {
        id: "both",
        kind: "join",
        left: "check",
        right: "customers",
        on: [{ left: "customer", right: "id" }],
        how: "left",
      },
      lab.target("both", into),
    ]);
    expect(ran).toMatchObject({
      status: "completed_with_errors",
      ledger: { balanced: true, read: 5, loaded: 2, rejected: 1 },
      rejects: [{ nodeId: "check", rule: "positive", row: { id: 2 } }],
    });
    expect((await lab.rows(into)).map(({ id, name }) => [id, name])).toEqual([
      [1, "a"],
      [3, null],
    ]);
  });

  /** Waits until the source's rows are on their way, then does something to the backend that sends them. */
  async function killReader(stream: string, act: (pid: number) => Promise<unknown>): Promise<void> {
    const name = stream.split(".")[1] ?? "";
    for (;;) {
      const { rows } = await admin.query<{ pid: number }>(
        "select c.pid from pg_stat_progress_copy c join pg_stat_activity a using (pid) where c.command = 'COPY TO' and c.tuples_processed > 1000 and a.query like $1",
        [`%${name}%`],
      );
      if (rows[0]) {
        await act(rows[0].pid);
        return;
      }
      await delay(1);
    }
  }
  async function tableExists(lab: PlanLab, name: string): Promise<boolean> {
    const [inSchema = "", table = ""] = name.split(".");
    const found = await lab.query(
      `select 1 as x from information_schema.tables where table_schema = '${inSchema}' and table_name = '${table}'`,
    );
    return found.length > 0;
  }
});
