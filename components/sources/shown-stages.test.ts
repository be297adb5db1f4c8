import { describe, expect, it } from "vitest";
import { shownStages } from "./shown-stages.ts";

const passed = (stage: "resolve" | "connect" | "authenticate") => ({
  stage,
  ok: true,
  message: "fine",
  ms: 3,
});
const states = (...given: Parameters<typeof shownStages>) => shownStages(...given).map(({ state }) => state);

describe("shownStages", () => {
  it("says which stage is being tried, and which wait", () => {
    expect(states([passed("resolve")], true)).toEqual([
      "passed",
      "running",
      "waiting",
      "waiting",
      "waiting",
      "waiting",
      "waiting",
    ]);
  });

  it("says of a stage that was passed over that it is not needed", () => {
    expect(states([passed("resolve"), passed("connect"), passed("authenticate")], false)).toEqual([
      "passed",
      "passed",
      "not_needed",
      "passed",
      "not_needed",
      "not_needed",
      "not_needed",
    ]);
  });

  it("reaches nothing after the stage that failed, even while the answer is on its way", () => {
    const reports = [passed("resolve"), { stage: "connect" as const, ok: false, message: "closed", ms: 1 }];
    for (const running of [true, false]) {
      expect(states(reports, running).slice(1, 4)).toEqual(["failed", "not_reached", "not_reached"]);
    }
  });
});
