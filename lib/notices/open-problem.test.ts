import { expect, test } from "vitest";
import { type Problem, seeProblem } from "./open-problem.ts";

const minute = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 60_000);

test("tells a pipeline that fails every minute at once, then after 1, 3, 7, 15, 31 hours and then daily", () => {
  let problem: Problem | undefined;
  const told: [hour: number, seen: number][] = [];
  for (let count = 0; count <= 5 * 24 * 60; count++) {
    const now = seeProblem(problem, { subject: `run:${count}`, at: minute(count) });
    if (now?.tell) told.push([count / 60, now.problem.seen]);
    problem = now?.problem;
  }
  expect(told.map(([hour]) => hour)).toEqual([0, 1, 3, 7, 15, 31, 55, 79, 103]);
  expect(told.slice(0, 3).map(([, seen]) => seen)).toEqual([1, 61, 181]);
});

test("counts the same run once", () => {
  const first = seeProblem(undefined, { subject: "run:1:1", at: minute(0) });
  expect(first?.tell).toBe(true);
  expect(seeProblem(first?.problem, { subject: "run:1:1", at: minute(600) })).toBeUndefined();
});

test("begins anew with what was not seen for a week", () => {
  const first = seeProblem(undefined, { subject: "a", at: minute(0) });
  const later = seeProblem(first?.problem, { subject: "b", at: minute(7 * 24 * 60 + 1) });
  expect(later).toMatchObject({ tell: true, problem: { seen: 1, told: 1 } });
});
