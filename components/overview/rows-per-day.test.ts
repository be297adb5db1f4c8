import { expect, test } from "vitest";
import type { RunSummary } from "#lib/runs/schema.ts";
import { rowsPerDay } from "./rows-per-day.ts";

const now = new Date(2026, 2, 3, 12).getTime();

function run(startedAt: Date | null, queuedAt: Date, rowsOut: number, rowsRejected = 0): RunSummary {
  return {
    runId: "r",
    pipelineId: "p",
    pipelineSlug: "p",
    pipelineName: "P",
    pipelineVersion: 1,
    status: "completed",
    trigger: "manual",
    requestedBy: "u",
    requestedByName: null,
    attempt: 1,
    rowsRead: rowsOut + rowsRejected,
    rowsOut,
    rowsRejected,
    error: null,
    queuedAt: queuedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: null,
  };
}

test("every day is there, oldest first, also over the end of a month", () => {
  expect(rowsPerDay([], 4, now).map(({ day }) => day)).toEqual(["28 Feb", "1 Mar", "2 Mar", "3 Mar"]);
});

test("rows count on the day the run started, or was queued if it has not", () => {
  const days = rowsPerDay(
    [
      run(new Date(2026, 2, 2, 0, 1), new Date(2026, 2, 1, 23, 59), 10, 2),
      run(null, new Date(2026, 2, 3, 9), 5),
      run(new Date(2026, 2, 3, 1), new Date(2026, 2, 3, 1), 7),
    ],
    3,
    now,
  );
  expect(days).toEqual([
    { day: "1 Mar", loaded: 0, rejected: 0 },
    { day: "2 Mar", loaded: 10, rejected: 2 },
    { day: "3 Mar", loaded: 12, rejected: 0 },
  ]);
});

test("older runs are left out", () => {
  expect(
    rowsPerDay([run(new Date(2026, 1, 1), new Date(2026, 1, 1), 9)], 3, now).map((d) => d.loaded),
  ).toEqual([0, 0, 0]);
});
