import { describe, expect, it } from "vitest";
import type { TimedSchedule as Schedule } from "#lib/ir/schema.ts";
import { dueTimes } from "./due-times.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
const five = (more: Partial<Schedule> = {}) => ({ kind: "interval", minutes: 5, ...more }) as Schedule;

describe("dueTimes", () => {
  it("once: one run, for the latest missed time", () => {
    expect(dueTimes(five(), at(0), at(62), 1)).toEqual({ times: [at(60)] });
    expect(dueTimes(five(), at(0), at(0), 1)).toEqual({ times: [at(0)] });
  });
  it("leaves out what finds no room, and says why", () => {
    expect(dueTimes(five(), at(0), at(6), 0)).toMatchObject({
      times: [],
      leftOut: { at: at(5), why: expect.stringMatching(/waiting$/) },
    });
    expect(dueTimes(five({ overlap: "skip" }), at(0), at(6), -1)).toMatchObject({
      times: [],
      leftOut: { why: expect.stringMatching(/under way/) },
    });
  });
  it("skip: none for what was missed, one for what is late by less than the grace", () => {
    const skip = five({ onMissed: "skip" });
    expect(dueTimes(skip, at(0), at(13), 1)).toMatchObject({ times: [], leftOut: { at: at(10) } });
    expect(dueTimes(skip, at(0), at(10.9), 1)).toEqual({ times: [at(10)] });
  });
  it("all: each, oldest first, as many as may wait; the rest is told", () => {
    const all = five({ onMissed: "all" });
    expect(dueTimes(all, at(0), at(11), 100)).toEqual({ times: [at(0), at(5), at(10)] });
    expect(dueTimes(all, at(0), at(4), 100)).toEqual({ times: [at(0)] });
    const many = dueTimes(all, at(0), at(5 * 150), 100);
    expect(many.times).toHaveLength(100);
    expect(many.times.at(-1)).toEqual(at(5 * 99));
    expect(many.leftOut).toEqual({
      at: at(5 * 150),
      why: expect.stringContaining(`from ${at(500).toISOString()} to ${at(750).toISOString()} get no run`),
    });
    expect(dueTimes(all, at(0), at(4), 0)).toMatchObject({ times: [], leftOut: { at: at(0) } });
  });
});
