import { expect } from "vitest";
import { type CapabilityCase, transformCase } from "./case.ts";

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

/** Every function of a group and of a whole input. */
export const aggregateCases: CapabilityCase[] = [
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
];
