import { expect, test } from "vitest";
import { groupRejects } from "./group-rejects.ts";

test("rejects are told once for each rule and reason, the most frequent first", () => {
  const once = { rule: "range", reason: "too big", row: { a: 9 } };
  const often = { rule: "not_null", reason: "is empty", row: { a: null } };
  expect(groupRejects([once, often, { ...often, row: { a: 1 } }])).toEqual([
    { ...often, count: 2 },
    { ...once, count: 1 },
  ]);
  expect(groupRejects([])).toEqual([]);
});
