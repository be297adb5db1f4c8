import { createHash } from "node:crypto";
import { expect } from "vitest";
import { type CapabilityCase, expectTransform, transformCase } from "./case.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/** Text that a type takes, how it reads back, and text that it must not take. */
const CASTS: [type: string, good: string, read: unknown, bad: string, format?: string][] = [
  ["integer", "-2147483648", -2147483648, "2147483648"],
  ["integer", "+7", 7, "1.5"],
  ["smallint", "32767", 32767, "32768"],
  ["bigint", "9223372036854775807", "9223372036854775807", "9223372036854775808"],
  ["decimal(6,2)", "1234.50", "1234.50", "1.234"],
  ["decimal(6,2)", "-.5", "-0.50", "12345.00"],
  ["decimal(38,0)", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "x"],
  ["double", "1.5e3", 1500, "1,5"],
  ["boolean", "true", true, "maybe"],
  ["date", "2024-02-29", "2024-02-29", "2023-02-29"],
  ["date", "29.02.2024", "2024-02-29", "2024-02-29", "%d.%m.%Y"],
  ["time", "23:59:01", "23:59:01", "24:61:00"],
  ["timestamp", "2024-01-02 03:04:05", "2024-01-02 03:04:05", "2024-01-02 03:04:05+02"],
  ["timestamp", "02/01/2024 03:04", "2024-01-02 03:04:00", "2024-01-02", "%d/%m/%Y %H:%M"],
  ["timestamptz", "2024-01-02T03:04:05+02:00", "2024-01-02 01:04:05+00", "tomorrow"],
  ["uuid", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f96"],
  ["json", '{""a"":[1]}', '{"a":[1]}', "{a"],
];

const casts = CASTS.flatMap(([to, good, read, bad, format]): CapabilityCase[] => {
  const csv = `id,v\n1,"${good}"\n2,"${bad}"\n3,\n`;
  const given = { csv, columns: ["id integer", "v string"] };
  const op = { op: "cast", field: "v", to, ...(format !== undefined && { format }) };
  const title = `to ${to}${format === undefined ? "" : ` by ${format}`}, ${good}`;
  return [
    transformCase("op cast", `${title}, onError null`, {
      ...given,
      ops: [{ ...op, onError: "null" }],
      rows: [
        { id: 1, v: read },
        { id: 2, v: null },
        { id: 3, v: null },
      ],
      ledger: { read: 3, loaded: 3, rejected: 0 },
    }),
    transformCase("op cast", `${title}, onError quarantine`, {
      ...given,
      ops: [{ ...op, onError: "quarantine" }],
      rows: [
        { id: 1, v: read },
        { id: 3, v: null },
      ],
      ledger: { read: 3, loaded: 2, rejected: 1 },
      rejects: [{ nodeId: "t", rule: "cast:v", rowNumber: 2, row: { id: 2, v: bad } }],
    }),
    {
      line: "op cast",
      title: `${title}, onError fail`,
      run: async (lab) => {
        const table = lab.table();
        const ran = await lab.run([
          lab.csv(given.csv, given.columns),
          { id: "t", kind: "transform", input: "src", ops: [op] },
          lab.target("t", table),
        ]);
        expect(ran.error).toMatchObject({
          code: "row_failed",
          nodeId: "t",
          rule: "cast:v",
          row: 2,
          retryable: false,
        });
        await expect(lab.rows(table)).rejects.toThrow();
      },
    },
  ];
});

const people = "id,name,mail,phone\n1,Ada Lo,ada@ex.org,+49 30 123456\n2,Bob,nobody,12-34\n3,,,\n";
const PEOPLE = ["id integer", "name string", "mail string", "phone string"];
const mask = (field: string, strategy: string, values: unknown[]): CapabilityCase =>
  transformCase("op mask_pii", `${strategy} of ${field}`, {
    csv: people,
    columns: PEOPLE,
    ops: [
      { op: "drop", fields: ["name", "mail", "phone"].filter((name) => name !== field) },
      { op: "mask_pii", field, strategy },
    ],
    rows: values.map((value, index) => ({ id: index + 1, [field]: value })),
  });

const sales =
  "id,shop,price,day\n1,a,1.50,2024-01-03\n2,a,2.25,2024-01-01\n3,b,,2024-01-02\n4,b,4.00,2024-01-04\n5,a,1.50,2024-01-05\n";
const SALES = ["id integer", "shop string", "price decimal(8,2)", "day date"];
const metrics = [
  { fn: "count", as: "n" },
  { fn: "count", field: "price", as: "priced" },
  { fn: "count_distinct", field: "price", as: "prices" },
  { fn: "sum", field: "price", as: "total" },
  { fn: "avg", field: "price", as: "mean" },
  { fn: "min", field: "day", as: "earliest" },
  { fn: "max", field: "price", as: "dearest" },
  { fn: "median", field: "id", as: "middle" },
  { fn: "stddev", field: "id", as: "spread" },
  { fn: "first", field: "day", as: "opening" },
  { fn: "last", field: "day", as: "closing" },
];

/** Every op of a transform, with each of its options. */
export const opCases: CapabilityCase[] = [
  ...casts,
  transformCase("op cast", "numbers and moments to string and between each other", {
    csv: "id,n,at\n1,7,2024-01-02 03:04:05\n2,40000,\n",
    columns: ["id integer", "n decimal(8,2)", "at timestamp"],
    ops: [
      { op: "expression", field: "day", expr: "at" },
      { op: "cast", field: "day", to: "date" },
      { op: "cast", field: "at", to: "string" },
      { op: "expression", field: "small", expr: "n" },
      { op: "cast", field: "small", to: "smallint", onError: "null" },
      { op: "cast", field: "n", to: "integer" },
    ],
    rows: [
      { id: 1, n: 7, at: "2024-01-02 03:04:05", day: "2024-01-02", small: 7 },
      { id: 2, n: 40000, at: null, day: null, small: null },
    ],
  }),
  transformCase("op expression", "sets a column, adds one, and sees what an earlier one set", {
    csv: "id,a,b\n1,2,x\n2,,y\n",
    columns: ["id integer", "a integer", "b string"],
    ops: [
      { op: "expression", field: "a", expr: "coalesce(a, 0) * 10" },
      { op: "expression", field: "c", expr: "upper(b) || '-' || a" },
      { op: "expression", field: "d", expr: "a > 5 and b <> 'y'" },
    ],
    rows: [
      { id: 1, a: 20, b: "x", c: "X-20", d: true },
      { id: 2, a: 0, b: "y", c: "Y-0", d: false },
    ],
  }),
  transformCase("op rename", "keeps the place and the type", {
    csv: "id,a,b\n1,2,3\n",
    columns: ["id integer", "a integer", "b string"],
    ops: [{ op: "rename", from: "a", to: "z" }],
    rows: [{ id: 1, z: 2, b: "3" }],
  }),
  transformCase("op drop", "several columns", {
    csv: "id,a,b,c\n1,2,3,4\n",
    columns: ["id integer", "a string", "b string", "c string"],
    ops: [{ op: "drop", fields: ["a", "c"] }],
    rows: [{ id: 1, b: "3" }],
  }),
  transformCase("op add_field", "of every kind of value", {
    csv: "id\n1\n",
    columns: ["id integer"],
    ops: [
      { op: "add_field", field: "text", value: "it's" },
      { op: "add_field", field: "whole", value: 42 },
      { op: "add_field", field: "part", value: 1.5 },
      { op: "add_field", field: "flag", value: true },
      { op: "add_field", field: "nothing", value: null },
    ],
    rows: [{ id: 1, text: "it's", whole: 42, part: "1.5", flag: true, nothing: null }],
  }),
  transformCase("op hash", "sha256 in place and md5 beside, as node:crypto has them; NULL stays", {
    csv: 'id,v\n1,é\n2,\n3,""\n',
    columns: ["id integer", "v string"],
    ops: [
      { op: "hash", field: "v", algorithm: "md5", into: "m" },
      { op: "hash", field: "v", algorithm: "sha256" },
    ],
    rows: [
      { id: 1, v: sha256("é"), m: md5("é") },
      { id: 2, v: null, m: null },
      { id: 3, v: sha256(""), m: md5("") },
    ],
  }),
  mask("name", "redact", ["***", "***", null]),
  mask("name", "partial", ["A****o", "***", null]),
  mask("mail", "email", ["a***@ex.org", "***", null]),
  mask("phone", "phone", ["+** ** ****56", "**-**", null]),
  transformCase("op map_values", "without a default others stay, with one they get it, NULL stays NULL", {
    csv: "id,s,t,u\n1,a,a,a\n2,b,b,b\n3,,,\n",
    columns: ["id integer", "s string", "t string", "u string"],
    ops: [
      { op: "map_values", field: "s", mapping: { a: "first" } },
      { op: "map_values", field: "t", mapping: { a: "first" }, default: "other" },
      { op: "map_values", field: "u", mapping: { a: 1 }, default: 0 },
    ],
    rows: [
      { id: 1, s: "first", t: "first", u: 1 },
      { id: 2, s: "b", t: "other", u: 0 },
      { id: 3, s: null, t: null, u: null },
    ],
  }),
  transformCase("op split", "too few parts leave NULL, the last column keeps what is left", {
    csv: "id,v\n1,a-b\n2,a\n3,a-b-c-d\n4,\n5,--x\n",
    columns: ["id integer", "v string"],
    ops: [{ op: "split", field: "v", separator: "-", into: ["p", "q", "r"] }],
    rows: [
      { id: 1, v: "a-b", p: "a", q: "b", r: null },
      { id: 2, v: "a", p: "a", q: null, r: null },
      { id: 3, v: "a-b-c-d", p: "a", q: "b", r: "c-d" },
      { id: 4, v: null, p: null, q: null, r: null },
      { id: 5, v: "--x", p: "", q: "", r: "x" },
    ],
  }),
  transformCase("op merge", "leaves NULL out, with and without a separator", {
    csv: "id,a,b\n1,x,y\n2,,y\n",
    columns: ["id integer", "a string", "b string"],
    ops: [
      { op: "merge", fields: ["a", "b"], separator: " ", into: "ab" },
      { op: "merge", fields: ["b", "id"], separator: "", into: "b" },
    ],
    rows: [
      { id: 1, a: "x", b: "y1", ab: "x y" },
      { id: 2, a: null, b: "y2", ab: "y" },
    ],
  }),
  transformCase("op filter", "what is not true goes, unknown included", {
    csv: "id,a\n1,5\n2,1\n3,\n",
    columns: ["id integer", "a integer"],
    ops: [{ op: "filter", expr: "a > 2" }],
    rows: [{ id: 1, a: 5 }],
    ledger: { read: 3, loaded: 1, filtered: 2 },
  }),
  ...(
    [
      ["first by arrival", {}, [1, 3]],
      ["last by arrival", { keep: "last" }, [4, 5]],
      ["first by a column, NULL last", { keep: "first", orderBy: "d" }, [2, 3]],
      ["last by a column, NULL not chosen", { keep: "last", orderBy: "d" }, [4, 3]],
    ] as const
  ).map(([title, options, ids]) =>
    transformCase("op deduplicate", title, {
      csv: "id,k,d\n1,a,5\n2,a,1\n3,,2\n4,a,9\n5,,\n",
      columns: ["id integer", "k string", "d integer"],
      ops: [
        { op: "deduplicate", keys: ["k"], ...options },
        { op: "drop", fields: ["k", "d"] },
      ],
      rows: [...ids].sort().map((id) => ({ id })),
      ledger: { read: 5, loaded: 2, deduplicated: 3 },
    }),
  ),
  transformCase("op aggregate", "every function, by a group", {
    csv: sales,
    columns: SALES,
    ops: [{ op: "aggregate", groupBy: ["shop"], metrics }],
    rows: [
      {
        shop: "a",
        n: "3",
        priced: "3",
        prices: "2",
        total: "5.25",
        mean: 1.75,
        earliest: "2024-01-01",
        dearest: "2.25",
        middle: 2,
        spread: expect.closeTo(2.0817, 4),
        opening: "2024-01-03",
        closing: "2024-01-05",
      },
      {
        shop: "b",
        n: "2",
        priced: "1",
        prices: "1",
        total: "4.00",
        mean: 4,
        earliest: "2024-01-02",
        dearest: "4.00",
        middle: 3.5,
        spread: expect.closeTo(Math.SQRT1_2, 4),
        opening: "2024-01-02",
        closing: "2024-01-04",
      },
    ],
    ledger: { read: 5, loaded: 2 },
  }),
  transformCase("op summarize", "every function, over the whole input", {
    csv: sales,
    columns: SALES,
    ops: [{ op: "summarize", metrics }],
    rows: [
      {
        n: "5",
        priced: "4",
        prices: "3",
        total: "9.25",
        mean: 2.3125,
        earliest: "2024-01-01",
        dearest: "4.00",
        middle: 3,
        spread: expect.closeTo(Math.sqrt(2.5), 4),
        opening: "2024-01-03",
        closing: "2024-01-05",
      },
    ],
  }),
  transformCase("op aggregate", "first and last are of the rows that have a value", {
    csv: "id,k,v\n1,a,\n2,a,x\n3,a,y\n4,a,\n5,b,\n",
    columns: ["id integer", "k string", "v string"],
    ops: [
      {
        op: "aggregate",
        groupBy: ["k"],
        metrics: [
          { fn: "first", field: "v", as: "opening" },
          { fn: "count", as: "n" },
          { fn: "last", field: "v", as: "closing" },
        ],
      },
    ],
    rows: [
      { k: "a", opening: "x", n: "4", closing: "y" },
      { k: "b", opening: null, n: "1", closing: null },
    ],
  }),
  transformCase("op summarize", "one row even of nothing", {
    csv: "id,price\n",
    columns: ["id integer", "price decimal(8,2)"],
    ops: [
      {
        op: "summarize",
        metrics: [
          { fn: "count", as: "n" },
          { fn: "sum", field: "price", as: "total" },
        ],
      },
    ],
    rows: [{ n: "0", total: null }],
  }),
  ...(["left", "inner"] as const).map(
    (how): CapabilityCase => ({
      line: "op lookup_join",
      title: `${how}, on two columns, a column under a new name, the first of equal keys`,
      run: async (lab) => {
        const table = lab.table();
        const ran = await lab.run([
          lab.csv("id,a,b\n1,x,1\n2,x,2\n3,y,1\n4,,1\n", ["id integer", "a string", "b integer"]),
          lab.csv(
            "a,b,name\nx,1,one\nx,1,again\nx,2,two\n,1,none\n",
            ["a string", "b integer", "name string"],
            "names",
          ),
          {
            id: "t",
            kind: "transform",
            input: "src",
            ops: [
              {
                op: "lookup_join",
                with: "names",
                on: [
                  { left: "a", right: "a" },
                  { left: "b", right: "b" },
                ],
                select: [{ field: "name", as: "title" }],
                how,
              },
            ],
          },
          lab.target("t", table),
        ]);
        expect(ran.error).toBeUndefined();
        const rows = (await lab.rows(table)).map(({ id, title }) => [id, title]);
        const found = [
          [1, "one"],
          [2, "two"],
        ];
        expect(rows).toEqual(how === "inner" ? found : [...found, [3, null], [4, null]]);
        expect(ran.ledger).toMatchObject({ balanced: true, unmatched: how === "inner" ? 2 : 0 });
        expect(ran.warnings).toMatchObject([{ code: "lookup_ambiguous", nodeId: "t" }]);
      },
    }),
  ),
  {
    line: "node transform",
    title: "many ops one after the other, in their order",
    run: async (lab) =>
      void (await expectTransform(lab, {
        csv: "id,v\n1,a\n2,b\n3,a\n4,c\n",
        columns: ["id integer", "v string"],
        ops: [
          { op: "rename", from: "v", to: "w" },
          { op: "deduplicate", keys: ["w"], keep: "last" },
          { op: "filter", expr: "w <> 'c'" },
          { op: "aggregate", groupBy: ["w"], metrics: [{ fn: "max", field: "id", as: "top" }] },
          { op: "expression", field: "top", expr: "top + 1" },
        ],
        rows: [
          { w: "a", top: 4 },
          { w: "b", top: 3 },
        ],
      })),
  },
];
