import { createHash } from "node:crypto";
import { expect } from "vitest";
import { type CapabilityCase, expectTransform, transformCase } from "./case.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

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

/** Every op of a transform but casts and aggregates, with each of its options. */
export const opCases: CapabilityCase[] = [
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
