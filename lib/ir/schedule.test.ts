import { describe, expect, it } from "vitest";
import { checkSchedule } from "./checks/schedule.ts";
import { describeSchedule, nextRuns } from "./schedule.ts";
import type { Schedule } from "./schedule-schema.ts";

const runs = (schedule: Schedule, from: string, count = 2): string[] =>
  nextRuns(schedule, new Date(from), count).map((date) => date.toISOString());
const berlin = "Europe/Berlin";

describe("nextRuns", () => {
  it("keeps the wall clock over both changes of the hour", () => {
    const daily: Schedule = { kind: "cron", expression: "0 6 * * *", timezone: berlin };
    expect(runs(daily, "2026-03-28T00:00:00Z")).toEqual([
      "2026-03-28T05:00:00.000Z",
      "2026-03-29T04:00:00.000Z",
    ]);
    const rule: Schedule = { kind: "rrule", rrule: "FREQ=DAILY;BYHOUR=6;BYMINUTE=0", timezone: berlin };
    expect(runs(rule, "2026-03-28T00:00:00Z")).toEqual([
      "2026-03-28T05:00:00.000Z",
      "2026-03-29T04:00:00.000Z",
    ]);
    expect(runs(rule, "2026-10-24T20:00:00Z", 1)).toEqual(["2026-10-25T05:00:00.000Z"]);
  });
  it("runs once where an hour is skipped or comes twice", () => {
    const night: Schedule = { kind: "rrule", rrule: "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", timezone: berlin };
    expect(runs(night, "2026-03-28T12:00:00Z")).toEqual([
      "2026-03-29T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    expect(runs(night, "2026-10-24T12:00:00Z")).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });
  it("is strictly after `from`, counts an interval from it, and takes UTC by default", () => {
    expect(runs({ kind: "cron", expression: "0 6 * * *" }, "2026-01-01T06:00:00Z", 1)).toEqual([
      "2026-01-02T06:00:00.000Z",
    ]);
    expect(runs({ kind: "interval", minutes: 90 }, "2026-01-01T00:10:00Z")).toEqual([
      "2026-01-01T01:40:00.000Z",
      "2026-01-01T03:10:00.000Z",
    ]);
  });
  it("does not let the phase of a rule depend on the clock", () => {
    const rule: Schedule = { kind: "rrule", rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO" };
    expect(runs(rule, "2026-01-06T00:00:00Z", 1)).toEqual(runs(rule, "2026-01-11T00:00:00Z", 1));
  });
  it("ends where the rule ends", () => {
    const rule: Schedule = { kind: "rrule", rrule: "FREQ=DAILY;UNTIL=20240103T000000Z" };
    expect(runs(rule, "2024-01-01T00:00:00Z", 9)).toHaveLength(2);
    expect(runs({ kind: "cron", expression: "0 0 29 2 *" }, "2026-01-01T00:00:00Z", 2)).toHaveLength(2);
  });
});

it.each<[Schedule, string]>([
  [{ kind: "interval", minutes: 15 }, "every 15 minutes"],
  [{ kind: "interval", minutes: 60 }, "every hour"],
  [{ kind: "interval", minutes: 120 }, "every 2 hours"],
  [{ kind: "interval", minutes: 1440 }, "every day"],
  [{ kind: "cron", expression: "0 6 * * *", timezone: berlin }, "at 06:00, every day, Europe/Berlin"],
  [{ kind: "cron", expression: "nonsense" }, "nonsense, UTC"],
  [{ kind: "rrule", rrule: "FREQ=WEEKLY;BYDAY=MO" }, "every week on Monday (FREQ=WEEKLY;BYDAY=MO), UTC"],
])("describeSchedule(%j)", (schedule, words) => expect(describeSchedule(schedule)).toBe(words));

it.each<[string]>([
  ["FREQ=SECONDLY"],
  ["FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30"],
  ["FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"],
  ["FREQ=DAILY;INTERVAL=0"],
  ["FREQ=DAILY;COUNT=3"],
  ["DTSTART:00010101T000000Z\nRRULE:FREQ=DAILY"],
  ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1,2,3,4,5,6;BYMINUTE=1,2,3,4,5,6,7,8,9"],
  ["DTSTART:20000101T000000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
  ["RRULE:FREQ=DAILY\nRDATE:20260101T000000Z\nEXRULE:FREQ=DAILY"],
  // Without the shift in recurrence.ts the searches take more than the time allowed here.
])("a rule that could search for ever is refused soon: %s", { timeout: 9_000 }, (rrule) => {
  expect(checkSchedule({ kind: "rrule", rrule })).toMatchObject([{ code: "bad_rrule" }]);
});
