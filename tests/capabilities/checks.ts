import { expect } from "vitest";
import type { IrNode, PlanLab } from "#tests/plan-kit.ts";
import type { CapabilityCase } from "./case.ts";

const now = () => new Date(Date.now() - 60_000).toISOString();

/** A check, rows (without header) that hold it, and rows that do not. Columns: id, k, at. */
const CHECKS: [check: string, options: IrNode, holds: () => string, breaks: () => string, says: RegExp][] = [
  ["rowCount", { min: 2 }, () => "1,a,\n2,b,\n", () => "1,a,\n", /1 rows; at least 2/],
  ["rowCount", { max: 1 }, () => "1,a,\n", () => "1,a,\n2,b,\n", /2 rows; at most 1/],
  ["rowCount", { min: 1 }, () => "1,a,\n", () => "", /0 rows; at least 1/],
  [
    "freshness",
    { field: "at", maxAgeMinutes: 10 },
    () => `1,a,2020-01-01T00:00:00Z\n2,b,${now()}\n`,
    () => "1,a,2020-01-01T00:00:00Z\n",
    /newest at is 2020-01-01/,
  ],
  ["freshness", { field: "at", maxAgeMinutes: 10 }, () => `1,a,${now()}\n`, () => "1,a,\n", /no moment/],
  [
    "cardinality",
    { field: "k", min: 2 },
    () => "1,a,\n2,b,\n",
    () => "1,a,\n2,a,\n3,,\n",
    /1 distinct .* at least 2/,
  ],
  [
    "cardinality",
    { field: "k", max: 1 },
    () => "1,a,\n2,a,\n3,,\n",
    () => "1,a,\n2,b,\n",
    /2 distinct .* at most 1/,
  ],
  [
    "duplicateKey",
    { fields: ["id", "k"] },
    () => "1,a,\n1,b,\n",
    () => "1,a,\n1,a,\n1,a,\n",
    /2 rows repeat the values/,
  ],
];

async function runCheck(lab: PlanLab, check: string, options: IrNode, rows: string, more: IrNode[] = []) {
  const table = lab.table();
  const ran = await lab.run([
    lab.csv(`id,k,at\n${rows}`, ["id integer", "k string", "at timestamptz"]),
    ...more,
    { id: "check", kind: "validate", input: "src", datasetLevel: { [check]: options } },
    lab.target("check", table),
  ]);
  return { table, ran };
}

async function expectCheck(
  lab: PlanLab,
  [check, options, holds, breaks, says]: (typeof CHECKS)[number],
  more: IrNode[] = [],
) {
  for (const onFail of [undefined, "abort", "warn"] as const) {
    const given = { ...options, ...(onFail && { onFail }) };
    const good = await runCheck(lab, check, given, holds(), more);
    expect(good.ran).toMatchObject({ status: "completed", warnings: [], ledger: { balanced: true } });
    const { ran, table } = await runCheck(lab, check, given, breaks(), more);
    const found = { nodeId: "check", rule: check, message: expect.stringMatching(says) };
    if (onFail === "warn") {
      expect(ran).toMatchObject({
        status: "completed_with_errors",
        warnings: [{ code: "check_warning", ...found }],
      });
      expect(await lab.rows(table)).toHaveLength(breaks().split("\n").length - 1);
    } else {
      expect(ran).toMatchObject({
        status: "failed",
        error: { code: "check_failed", ...found, retryable: false },
      });
      await expect(lab.rows(table)).rejects.toThrow();
    }
  }
}

/** Every dataset check, holding and not, aborting and warning. */
export const checkCases: CapabilityCase[] = [
  ...CHECKS.map(
    (given): CapabilityCase => ({
      line: `dataset_check ${given[0]}`,
      title: `${JSON.stringify(given[1])} by default, abort and warn`,
      run: (lab) => expectCheck(lab, given),
    }),
  ),
  {
    line: "dataset_check fkIntegrity",
    title: "NULL refers to nothing",
    run: (lab) => expectReference(lab, "node"),
  },
  {
    line: "config_key fkIntegrity.references.node",
    title: "against another node's column",
    run: (lab) => expectReference(lab, "node"),
  },
  {
    line: "config_key fkIntegrity.references.table",
    title: "against a table in the destination",
    run: (lab) => expectReference(lab, "table"),
  },
  {
    line: "node validate",
    title: "a dataset check counts the rows that rules reject",
    run: async (lab) => {
      const table = lab.table();
      const ran = await lab.run([
        lab.csv("id\n1\n2\n-3\n", ["id integer"]),
        {
          id: "check",
          kind: "validate",
          input: "src",
          datasetLevel: { rowCount: { min: 3, max: 3 } },
          rowLevel: [{ id: "r", field: "id", rule: "gt:0" }],
        },
        lab.target("check", table),
      ]);
      expect(ran).toMatchObject({
        status: "completed_with_errors",
        ledger: { balanced: true, rejected: 1, loaded: 2 },
      });
    },
  },
  {
    line: "config_key quarantine.table",
    title: "rejected rows are copied as they stood at the failing node",
    run: async (lab) => {
      const [table, copy] = [lab.table(), lab.table()];
      const nodes = [
        lab.csv("id,k\n1,a\n-2,b\n3,\n", ["id integer", "k string"]),
        {
          id: "t",
          kind: "transform",
          input: "src",
          ops: [{ op: "expression", field: "twice", expr: "id * 2" }],
        },
        {
          id: "check",
          kind: "validate",
          input: "t",
          rowLevel: [
            { id: "positive", field: "twice", rule: "gt:0" },
            { id: "there", field: "k", rule: "not_null" },
          ],
          quarantine: { table: copy },
        },
        { id: "after", kind: "transform", input: "check", ops: [{ op: "drop", fields: ["k"] }] },
        lab.target("after", table),
      ];
      const runId = lab.table();
      for (const attempt of [1, 2]) {
        const ran = await lab.run(nodes, { runId });
        expect({ attempt, ...ran }).toMatchObject({
          status: "completed_with_errors",
          ledger: { balanced: true },
        });
        const copied = await lab.query(`SELECT * FROM ${copy} ORDER BY row_number`);
        expect(copied).toMatchObject([
          { run_id: runId, node_id: "check", rule: "positive" },
          { run_id: runId, node_id: "check", rule: "there" },
        ]);
        expect(copied.map(({ row }) => (typeof row === "string" ? JSON.parse(row) : row))).toEqual([
          { id: -2, k: "b", twice: -4 },
          { id: 3, k: null, twice: 6 },
        ]);
      }
    },
  },
];

async function expectReference(lab: PlanLab, by: "node" | "table"): Promise<void> {
  const known = lab.table();
  const keys = lab.csv("key\na\nb\n", ["key string"], "keys");
  const filled = await lab.run([keys, lab.target("keys", known)]);
  expect(filled.status).toBe("completed");
  const references = by === "node" ? { node: "keys", field: "key" } : { table: known, field: "key" };
  await expectCheck(
    lab,
    [
      "fkIntegrity",
      { field: "k", references },
      () => "1,a,\n2,,\n",
      () => "1,a,\n2,x,\n",
      /1 rows have a k .* such as x/,
    ],
    by === "node" ? [keys] : [],
  );
}
