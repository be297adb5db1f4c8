import { expect } from "vitest";
import { type CapabilityCase, transformCase } from "./case.ts";

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

const between = CASTS.flatMap(([to, good, read, bad, format]): CapabilityCase[] => {
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

/** Every type that text can become, what becomes of text that is not of it, and types of each other. */
export const castCases: CapabilityCase[] = [
  ...between,
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
];
