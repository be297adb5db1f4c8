import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatIrType, postgresType, sqlIdentifier } from "#lib/ir/index.ts";
import { findPostgres, hasPostgresExtension, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { postgresConnector } from "./postgres.ts";

/** A type, what it is in an IR, its values, and what of them is read where that is another text. */
type Case = {
  type: string;
  ir: string;
  values: string[];
  read?: (string | undefined)[];
  note?: RegExp;
  needs?: string;
};

const L = (text: string) => `'${text.replaceAll("'", "''")}'`;
const WORDS = [
  "",
  " ",
  "a,b",
  'say "hi"',
  "two\nlines",
  "\r\n",
  "\\.",
  "\\N",
  "NULL",
  "Grüße 🚀",
  "a\tb",
  "'",
];
const plainText = WORDS.map(L);

const CASES: Case[] = [
  { type: "smallint", ir: "smallint", values: ["-32768", "32767", "0"] },
  { type: "integer", ir: "integer", values: ["-2147483648", "2147483647"] },
  { type: "bigint", ir: "bigint", values: ["-9223372036854775808", "9223372036854775807"] },
  { type: "numeric(12,2)", ir: "decimal(12,2)", values: ["-9999999999.99", "0.00", "0.01", "'NaN'"] },
  { type: "numeric(38,10)", ir: "decimal(38,10)", values: ["1234567890123456789012345678.0123456789"] },
  { type: "numeric(5,-2)", ir: "decimal(7,0)", values: ["1234567", "100"] },
  { type: "numeric(2,4)", ir: "decimal(4,4)", values: ["0.0099", "-0.0001"] },
  {
    type: "numeric(39,0)",
    ir: "string",
    note: /38 digits/,
    values: ["999999999999999999999999999999999999999"],
  },
  {
    type: "numeric",
    ir: "string",
    note: /exact text/,
    values: ["1e-30", `1${"0".repeat(200)}.5`, "'Infinity'", "'-Infinity'", "'NaN'", "1.10"],
  },
  { type: "real", ir: "double", values: ["0.1", "1e-38", "3.4028235e38", "'NaN'", "'-Infinity'", "'-0'"] },
  {
    type: "double precision",
    ir: "double",
    values: ["0.1", "1.7976931348623157e308", "5e-324", "0.30000000000000004", "'NaN'", "'Infinity'", "'-0'"],
  },
  {
    type: "money",
    ir: "decimal(19,2)",
    note: /sign/,
    values: ["-92233720368547758.08", "12.3"],
    read: ["-92233720368547758.08", "12.30"],
  },
  { type: "text", ir: "string", values: plainText },
  { type: "varchar(40)", ir: "string", values: plainText },
  { type: "char(6)", ir: "string", note: /fill up/, values: ["'ab'", "' a'"], read: ["ab", " a"] },
  { type: "name", ir: "string", values: [L("a b")] },
  { type: '"char"', ir: "string", values: ["'x'", "''"] },
  { type: "boolean", ir: "boolean", values: ["true", "false"] },
  { type: "bit(1)", ir: "boolean", values: ["B'1'", "B'0'"], read: ["true", "false"] },
  { type: "bit(9)", ir: "string", note: /Bits/, values: ["B'101010101'"] },
  { type: "bit varying", ir: "string", note: /Bits/, values: ["B''", "B'10'"] },
  {
    type: "date",
    ir: "date",
    values: ["'0044-03-15 BC'", "'infinity'", "'-infinity'", "'5874897-12-31'", "'2024-02-29'"],
  },
  { type: "time", ir: "time", values: ["'00:00:00'", "'24:00:00'", "'23:59:59.999999'"] },
  { type: "time(0)", ir: "time", values: ["'23:59:59'"] },
  { type: "timetz", ir: "string", note: /zone/, values: ["'12:00:00.5+05:30'", "'24:00:00-12'"] },
  {
    type: "timestamp",
    ir: "timestamp",
    values: [
      "'infinity'",
      "'4713-01-01 00:00:00 BC'",
      "'294276-12-31 23:59:59.999999'",
      "'2024-01-01 00:00:00.000001'",
    ],
  },
  {
    type: "timestamptz",
    ir: "timestamptz",
    values: ["'-infinity'", "'2024-03-31 02:30:00.123456 Europe/Berlin'", "'0001-01-01 00:00:00+14'"],
  },
  {
    type: "interval",
    ir: "string",
    note: /8601/,
    values: ["'1 year 2 mons -3 days 04:05:06.789'", "'0'", "'-00:00:01'"],
    read: ["P1Y2M-3DT4H5M6.789S", "PT0S", "PT-1S"],
  },
  { type: "uuid", ir: "uuid", values: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"] },
  {
    type: "json",
    ir: "json",
    note: /NUL/,
    values: [
      L('{"b":1, "a":[null,1.0]}'),
      L('"x\\u0000y\\\\u0000\\\\\\u0000"'),
      L("null"),
      L('{"a":1,"a":2}'),
    ],
    read: ['{"a": [null, 1.0], "b": 1}', '"xy\\\\u0000\\\\"', "null", '{"a": 2}'],
  },
  { type: "jsonb", ir: "json", values: [L('{"a": "q\\"\\n", "n": 1e400}'), L("null"), L('""'), "'[]'"] },
  { type: "bytea", ir: "binary", values: ["'\\x'", "'\\x00ff0a225c'"] },
  {
    type: "integer[]",
    ir: "json",
    note: /Array/,
    values: ["'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'"],
    read: ["[]", "[1, null, 3]", "[[1, 2], [3, 4]]"],
  },
  {
    type: "text[]",
    ir: "json",
    note: /Array/,
    values: [`array['a,b', 'say "hi"', null, 'NULL']`],
    read: ['["a,b", "say \\"hi\\"", null, "NULL"]'],
  },
  {
    type: "timestamptz[]",
    ir: "json",
    note: /Array/,
    values: ["array['2024-01-01 00:00:00+00'::timestamptz]"],
    read: ['["2024-01-01T00:00:00+00:00"]'],
  },
  { type: "mood", ir: "string", note: /allowed values/, values: ["'happy'", "'so so'"] },
  { type: "positive", ir: "decimal(10,2)", values: ["1.50"] },
  { type: "tags", ir: "json", note: /Array/, values: ["'{a,b}'"], read: ['["a", "b"]'] },
  { type: "pair", ir: "json", note: /object/, values: ["row(1, 'x,y')"], read: ['{"a": 1, "b": "x,y"}'] },
  { type: "int4range", ir: "string", note: /Range/, values: ["'[1,5)'", "'empty'", "'(,)'"] },
  { type: "tstzrange", ir: "string", note: /Range/, values: ["'[2024-01-01 00:00:00+00,)'"] },
  { type: "int4multirange", ir: "string", note: /Range/, values: ["'{[1,3),[5,7)}'"] },
  {
    type: "inet",
    ir: "string",
    note: /Address/,
    values: ["'192.168.0.1'", "'192.168.0.1/24'", "'::1'"],
    read: ["192.168.0.1", "192.168.0.1/24", "::1"],
  },
  { type: "cidr", ir: "string", note: /Network/, values: ["'10.0.0.0/8'"] },
  { type: "macaddr", ir: "string", note: /Address/, values: ["'08:00:2b:01:02:03'"] },
  { type: "xml", ir: "string", note: /XML/, values: [L("<a>1 &lt; 2</a>")] },
  { type: "oid", ir: "bigint", values: ["4294967295"] },
  { type: "xid8", ir: "string", note: /PostgreSQL/, values: ["'18446744073709551615'"] },
  { type: "point", ir: "string", note: /PostgreSQL/, values: ["'(1.5,-2)'"] },
  { type: "tsvector", ir: "string", note: /PostgreSQL/, values: [L("'a':1 'b'")] },
  { type: "citext", ir: "string", note: /case/, values: ["'MiXed'"], needs: "citext" },
  {
    type: "hstore",
    ir: "json",
    note: /object/,
    values: [`'"a b"=>"1", c=>NULL'`],
    read: ['{"c": null, "a b": "1"}'],
    needs: "hstore",
  },
];

describe.skipIf(!findPostgres())("every type of a PostgreSQL source arrives", () => {
  const cases = CASES.filter(({ needs }) => !needs || hasPostgresExtension(needs));
  let server: PostgresServer;
  let admin: pg.Client;
  let config: PostgresSourceConfig;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    // What is written must not depend on how the server writes by itself.
    await admin.query(
      `alter database postgres set timezone = 'Asia/Kolkata'; alter database postgres set datestyle = 'German';
       alter database postgres set intervalstyle = 'sql_standard'; alter database postgres set extra_float_digits = -3;
       alter database postgres set bytea_output = 'escape';
       create type mood as enum ('happy', 'so so'); create domain positive as numeric(10,2) check (value > 0);
       create domain tags as text[]; create type pair as (a int, b text);`,
    );
    for (const { needs } of cases) if (needs) await admin.query(`create extension if not exists ${needs}`);
    await admin.query(
      "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set extra_float_digits = 1; set bytea_output = 'hex'",
    );
    const { host, port, user: username, password } = server;
    config = { host, port, username, password, database: "postgres", sslmode: "prefer" };
  }, 90_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  }, 90_000);

  const textsOf = async (table: string) => {
    const { rows } = await admin.query<{ v: string | null }>(`select v::text as v from ${table} order by n`);
    return rows.map(({ v }) => v);
  };

  test.each(cases.map((each, at) => ({ ...each, at })))(
    "$type → $ir",
    async ({ type, ir, values, read, note, at }) => {
      const source = `types.${sqlIdentifier(`of.${at}`)}`;
      await admin.query(
        `create schema if not exists types; create table ${source} (n int primary key, v ${type})`,
      );
      const all = [...values, "null"];
      await admin.query(
        `insert into ${source} values ${all.map((value, n) => `(${n}, ${value})`).join(", ")}`,
      );
      // What the source itself says, but for types that an IR holds in another way.
      const shown = await admin.query<{ v: string | null }>(`select v::text as v from ${source} order by n`);
      const expected = [...(read ?? shown.rows.slice(0, -1).map(({ v }) => v)), null];
      for (const format of ["csv", "binary"] as const) {
        const opened = await postgresConnector.read({ tenant: "t", config }, { table: `types.of.${at}` });
        const column = opened.columns.find(({ name }) => name === "v");
        expect(column && formatIrType(column.type)).toBe(ir);
        if (note) expect(column?.note).toMatch(note);
        else expect(column?.note).toBeUndefined();
        const target = `target_${format}_${at}`;
        const list = opened.columns.map(({ name, type }) => `${name} ${postgresType(type)}`);
        await admin.query(`create table ${target} (${list.join(", ")})`);
        const { stream, done } = await (opened[format] as NonNullable<typeof opened.binary>)();
        await pipeline(stream, admin.query(copyFrom(`copy ${target} from stdin (format ${format})`)));
        expect(await done).toBe(all.length);
        await opened.close();
        expect(await textsOf(target)).toEqual(expected);
      }
      const { rows } = await postgresConnector.preview(
        { tenant: "t", config },
        { stream: `types.of.${at}`, rows: 50 },
      );
      expect(rows).toHaveLength(all.length);
    },
  );

  const anyText = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replaceAll("\0", ""));
  const anyRow = fc.record({
    words: fc.option(fc.oneof(anyText, fc.constantFrom(...WORDS))),
    number: fc.option(fc.double().map((value) => (Object.is(value, -0) ? "-0" : String(value)))),
    count: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
    bytes: fc.option(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`),
    ),
    at: fc.option(
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31") })
        .map((date) => date.toISOString()),
    ),
    flag: fc.option(fc.boolean()),
    list: fc.option(fc.array(fc.option(anyText), { maxLength: 4 })),
  });

  test("whatever stands in a row arrives, as text and in binary form", { timeout: 30_000 }, async () => {
    const columns =
      "n int, words text, number float8, count int8, bytes bytea, at timestamptz, flag bool, list text[]";
    await admin.query(`create table any_rows (${columns})`);
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 60 }), async (rows) => {
        await admin.query("truncate any_rows");
        for (const [n, row] of rows.entries())
          await admin.query("insert into any_rows values ($1, $2, $3, $4, $5, $6, $7, $8)", [
            n,
            ...Object.values(row),
          ]);
        const shown = (list: string) =>
          `select n, words, number::text, count, bytes::text, at::text, flag, ${list} as list from`;
        const expected = await admin.query(`${shown("to_jsonb(list)")} any_rows order by n`);
        for (const format of ["csv", "binary"] as const) {
          const opened = await postgresConnector.read({ tenant: "t", config }, { table: "public.any_rows" });
          const list = opened.columns.map(({ name, type }) => `${name} ${postgresType(type)}`);
          await admin.query(`drop table if exists any_target; create table any_target (${list.join(", ")})`);
          const { stream } = await (opened[format] as NonNullable<typeof opened.binary>)();
          await pipeline(stream, admin.query(copyFrom(`copy any_target from stdin (format ${format})`)));
          await opened.close();
          expect((await admin.query(`${shown("list")} any_target order by n`)).rows).toEqual(expected.rows);
        }
      }),
      { numRuns: 12 },
    );
  });
});
