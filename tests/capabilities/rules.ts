import { expect } from "vitest";
import type { CapabilityCase } from "./case.ts";

/** A rule, the type of the column, values that hold it, and values that break it. NULL breaks only not_null. */
const RULES: [rule: string, type: string, holds: string[], breaks: string[]][] = [
  ["not_null", "string", ["a", '""'], [""]],
  ["gt:0", "integer", ["1", ""], ["0", "-1"]],
  ["gt:0", "string", ["1", "0.1", ""], ["0", "abc"]],
  ["gte:2024-01-02", "date", ["2024-01-02", ""], ["2024-01-01"]],
  ["gte:1.50", "decimal(6,2)", ["1.50", ""], ["1.49"]],
  ["lt:10", "double", ["9.99", ""], ["10"]],
  ["lte:10", "bigint", ["10", ""], ["11"]],
  ["eq:a", "string", ["a", ""], ["b", "A"]],
  ["eq:7", "decimal(6,2)", ["7.00", ""], ["7.01"]],
  ["neq:a", "string", ["b", ""], ["a"]],
  ["between:1,10", "integer", ["1", "10", ""], ["0", "11"]],
  ["between:2024-01-01,2024-12-31", "timestamp", ["2024-06-01 12:00:00", ""], ["2025-01-01 00:00:00"]],
  ["in:a,b\\,c", "string", ["a", '"b,c"', ""], ["b", "c"]],
  ["in:1,2", "integer", ["1", "2", ""], ["3"]],
  ["regex:^A[0-9]+$", "string", ["A1", ""], ["A", "xA1"]],
  ["length_min:2", "string", ["éé", ""], ["é", '""']],
  ["length_max:2", "string", ["éé", ""], ["abc"]],
  ["email", "string", ["a@b.co", ""], ["a@b", "a b@c.co", "a@@b.co", "a@b..co"]],
  ["url", "string", ["https://ex.org/a?b=c", ""], ["ex.org", "https://"]],
  [
    "uuid",
    "string",
    ["6f9619ff-8b86-d011-b42d-00cf4fc964ff", ""],
    ["6f9619ff", "6f9619ff-8b86-d011-b42d-00cf4fc964fg"],
  ],
  ["date", "string", ["2024-02-29", ""], ["2023-02-29", "29.02.2024", "soon"]],
];

const ACTIONS = ["quarantine", "drop", "warn", "abort"] as const;

/** Every row rule with every outcome. */
export const ruleCases: CapabilityCase[] = RULES.flatMap(([rule, type, holds, breaks]) =>
  ACTIONS.map((onFail): CapabilityCase => {
    const name = rule.split(":")[0] ?? rule;
    const values = [...holds, ...breaks];
    const csv = `n,v\n${values.map((value, index) => `${index + 1},${value}`).join("\n")}\n`;
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    return {
      line: `rule ${name}`,
      title: `${rule} on ${type}, ${onFail}`,
      run: async (lab) => {
        const table = lab.table();
        const ran = await lab.run([
          lab.csv(csv, ["n integer", `v ${type}`]),
          { id: "check", kind: "validate", input: "src", rowLevel: [{ id: "r1", field: "v", rule, onFail }] },
          lab.target("check", table),
        ]);
        if (onFail === "abort") {
          expect(ran.error).toMatchObject({
            code: "row_failed",
            nodeId: "check",
            rule: "r1",
            row: holds.length + 1,
            retryable: false,
          });
          await expect(lab.rows(table)).rejects.toThrow();
          return;
        }
        expect(ran.error).toBeUndefined();
        const kept = onFail === "warn" ? values.length : holds.length;
        expect((await lab.rows(table)).map(({ n }) => n)).toEqual(numbers(kept));
        const rejected = values.length - kept;
        expect(ran.ledger).toMatchObject({ balanced: true, read: values.length, loaded: kept, rejected });
        expect(ran.rejects.map(({ nodeId, rule: by, rowNumber }) => [nodeId, by, rowNumber])).toEqual(
          onFail === "quarantine" ? breaks.map((_, index) => ["check", "r1", holds.length + index + 1]) : [],
        );
        expect(ran.warnings).toMatchObject(
          onFail === "warn" ? [{ code: "rule_warning", nodeId: "check", rule: "r1" }] : [],
        );
        expect(ran.status).toBe("completed_with_errors");
      },
    };
  }),
);
