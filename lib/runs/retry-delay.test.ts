import { expect, test } from "vitest";
import { limits } from "#lib/limits.ts";
import { retryDelay } from "./finish-run.ts";

test("exponential back-off doubles up to the maximum; fixed stays", () => {
  const first = limits.runRetryMs;
  expect([1, 2, 3, 4].map((failures) => retryDelay(failures, "exponential"))).toEqual([
    first,
    2 * first,
    4 * first,
    8 * first,
  ]);
  expect(retryDelay(9, "exponential")).toBe(limits.runRetryMaxMs);
  expect(retryDelay(10_000, "exponential")).toBe(limits.runRetryMaxMs);
  expect([1, 5, 10].map((failures) => retryDelay(failures, "fixed"))).toEqual([first, first, first]);
});
