import { expect, it } from "vitest";
import type { QuarantineSummary } from "#lib/runtime/schema.ts";
import { loadedShare, shareText } from "./run-quarantine-share.ts";

const NONE = { waiting: 0, edited: 0, replaying: 0, rejected_again: 0, loaded: 0, left_out: 0, discarded: 0 };
const run = {
  rowsOut: 97,
  rowsRejected: 3,
  replayed: 0,
  warnings: [] as { code: string; message: string }[],
};
const say = (states: Partial<QuarantineSummary["states"]>, more: Partial<typeof run> = {}) =>
  shareText(loadedShare({ ...run, ...more }, { states: { ...NONE, ...states } }));

it("is 100 % once every row is loaded, by itself or by a replay", () => {
  expect(say({ waiting: 2, edited: 1 })).toBe("97 loaded: 97 %");
  expect(say({ rejected_again: 1, loaded: 2 }, { replayed: 2 })).toBe("97 loaded, 2 by replay: 99 %");
  expect(say({ loaded: 3 }, { replayed: 3 })).toBe("97 loaded, 3 by replay: 100 %");
  expect(say({ loaded: 2, left_out: 1 }, { replayed: 2 })).toBe("97 loaded, 2 by replay: 100 %");
});

it("never says 100 % while a row is not loaded: discarded, being replayed, or beyond what is kept", () => {
  expect(say({ discarded: 1 }, { rowsOut: 99_999 })).toBe("99,999 loaded: 99.9 %");
  expect(say({ replaying: 3 })).toBe("97 loaded: 97 %");
  const warnings = [{ code: "quarantine_full", message: "" }];
  expect(say({ loaded: 3 }, { rowsRejected: 103, replayed: 3, warnings })).toBe(
    "97 loaded, 3 by replay: 50 %",
  );
});
