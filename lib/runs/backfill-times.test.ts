import { describe, expect, it } from "vitest";
import type { Schedule } from "#lib/ir/schema.ts";
import { backfillTimes } from "./backfill-times.ts";

const at = (text: string) => new Date(text);
const range = (from: string, to: string, stepMinutes?: number) => ({
  from: at(from),
  to: at(to),
  stepMinutes,
});
const iso = (dates: Date[]) => dates.map((date) => date.toISOString().replace(":00.000Z", "Z"));
const daily: Schedule = { kind: "cron", expression: "30 2 * * *", timezone: "Europe/Berlin" };

describe("backfillTimes", () => {
  it("takes the schedule's own times, both ends included, over the nights in which the clock is changed", () => {
    expect(iso(backfillTimes(range("2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"), daily))).toEqual([
      "2026-03-28T01:30Z",
      "2026-03-29T01:30Z",
      "2026-03-30T00:30Z",
    ]);
    const rule: Schedule = {
      kind: "rrule",
      rrule: "FREQ=DAILY;BYHOUR=1;BYMINUTE=30",
      timezone: "America/New_York",
    };
    expect(iso(backfillTimes(range("2026-10-31T00:00:00Z", "2026-11-02T23:00:00Z"), rule))).toEqual([
      "2026-10-31T05:30Z",
      "2026-11-01T05:30Z",
      "2026-11-02T06:30Z",
    ]);
  });
  it("follows the beat of an interval, and a step from the beginning of the range", () => {
    const hour: Schedule = { kind: "interval", minutes: 60 };
    const asked = range("2026-01-01T00:00:00Z", "2026-01-01T02:30:00Z");
    expect(iso(backfillTimes(asked, hour, at("2026-05-01T07:10:00Z")))).toEqual([
      "2026-01-01T00:10Z",
      "2026-01-01T01:10Z",
      "2026-01-01T02:10Z",
    ]);
    expect(iso(backfillTimes({ ...asked, stepMinutes: 75 }, undefined))).toEqual([
      "2026-01-01T00:00Z",
      "2026-01-01T01:15Z",
      "2026-01-01T02:30Z",
    ]);
  });
  it("tells how many there are where they are too many, and refuses none", () => {
    const minute: Schedule = { kind: "cron", expression: "* * * * *" };
    expect(() => backfillTimes(range("2026-01-01T00:00:00Z", "2026-01-02T23:59:00Z"), minute)).toThrow(
      /2880 times/,
    );
    expect(() => backfillTimes(range("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 1), undefined)).toThrow(
      /1441/,
    );
    expect(backfillTimes(range("2026-01-01T00:00:00Z", "2026-01-01T16:39:00Z"), minute)).toHaveLength(1000);
    expect(() => backfillTimes(range("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"), daily)).toThrow(
      /no time/,
    );
    expect(() => backfillTimes(range("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"), undefined)).toThrow(
      /stepMinutes/,
    );
  });
});
