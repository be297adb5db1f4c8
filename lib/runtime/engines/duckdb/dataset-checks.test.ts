import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import type { IrType, PlanDatasetCheck } from "#lib/ir/schema.ts";
import { Survey } from "./dataset-checks.ts";

const folder = mkdtempSync(path.join(tmpdir(), "penstock-checks-"));
let engine: Duckdb;
beforeAll(async () => {
  engine = await openDuckdb({
    memoryBytes: 64 * 1_048_576,
    threads: 2,
    directories: [folder],
    spill: path.join(folder, "spill"),
  });
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const abort = { onFail: "abort" } as const;
const key = (...fields: string[]): PlanDatasetCheck => ({ check: "duplicateKey", fields, ...abort });
const reference: PlanDatasetCheck = {
  check: "fkIntegrity",
  field: "a",
  references: { node: "other", field: "id" },
  ...abort,
};

async function judge(
  values: string,
  types: [string, IrType["name"]][],
  checks: { check: PlanDatasetCheck; referenced?: string }[],
) {
  const columns = types.map(([name, type]) => ({ name, type: { name: type } as IrType }));
  const survey = new Survey(checks, columns);
  const from = `(SELECT * FROM (VALUES ${values}) t(${types.map(([name]) => name).join(", ")}))`;
  return survey.judge((await engine.rows(survey.sql(from)))[0] ?? {});
}

describe("checks of a whole dataset, in one scan", () => {
  it("counts NULL as a value of a key, as often as it stands there", async () => {
    const [type] = [[["a", "bigint"]] as [string, IrType["name"]][]];
    const check = [{ check: key("a") }];
    expect(await judge("(1), (2), (NULL)", type, check)).toEqual([undefined]);
    expect((await judge("(1), (NULL), (NULL)", type, check))[0]).toMatch(/^1 rows repeat/);
    expect((await judge("(1), (1), (1)", type, check))[0]).toMatch(/^2 rows repeat/);
  });

  it("takes a key of several columns for one, NULL in any of them or all", async () => {
    const types: [string, IrType["name"]][] = [
      ["a", "bigint"],
      ["b", "string"],
    ];
    const check = [{ check: key("a", "b") }];
    const apart = "(1, 'x'), (1, 'y'), (2, 'x'), (NULL, 'x'), (1, NULL), (NULL, NULL)";
    expect(await judge(apart, types, check)).toEqual([undefined]);
    expect((await judge(`${apart}, (NULL, NULL), (NULL, 'x')`, types, check))[0]).toMatch(/^2 rows repeat/);
  });

  it.each([
    ["bigint", "(1), (2), (NULL)", "('1'), ('2'), ('3'), (NULL)", undefined],
    ["bigint", "(1), (2), (2)", "('1')", /^2 rows .* such as 2$/],
    ["bigint", "(1)", "('01'), ('1.0')", /^1 rows/],
    ["bigint", "(1)", "('not a number'), ('1')", undefined],
    ["bigint", "(NULL::BIGINT)", "(NULL::VARCHAR)", undefined],
    ["bigint", "(1)", "(NULL::VARCHAR)", /^1 rows/],
    ["string", "('a'), ('A')", "('a')", /^1 rows .* such as A$/],
    ["date", "(DATE '2024-01-01')", "('2024-01-01')", undefined],
  ] as const)("a reference of %s %s to %s", async (type, values, others, expected) => {
    const referenced = `(SELECT * FROM (VALUES ${others}) r(value))`;
    const [failed] = await judge(values, [["a", type]], [{ check: reference, referenced }]);
    if (expected === undefined) expect(failed).toBeUndefined();
    else expect(failed).toMatch(expected);
  });

  it("judges all of them at once, each by itself", async () => {
    const failed = await judge(
      "(1, TIMESTAMPTZ '2020-01-01'), (1, NULL), (5, NULL)",
      [
        ["a", "bigint"],
        ["moment", "timestamptz"],
      ],
      [
        { check: { check: "rowCount", min: 4, ...abort } },
        { check: { check: "cardinality", field: "a", max: 2, ...abort } },
        { check: { check: "freshness", field: "moment", maxAgeMinutes: 60, ...abort } },
        { check: key("a") },
        { check: reference, referenced: "(SELECT '1' AS value)" },
      ],
    );
    expect(failed).toEqual([
      "3 rows; at least 4 are wanted",
      undefined,
      expect.stringContaining("the newest moment is 2020-01-01"),
      expect.stringMatching(/^1 rows repeat/),
      expect.stringMatching(/^1 rows .* such as 5$/),
    ]);
  });
});
