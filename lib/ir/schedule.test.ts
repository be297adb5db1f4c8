import { describe, expect, it } from "vitest";
import { checkSchedule } from "./checks/schedule.ts";
import { describeSchedule, latestRun, nextDeadline, nextRuns } from "./schedule.ts";
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
  it("gives one time where the skipped hour makes two of a rule meet, in order", () => {
    const rule: Schedule = {
      kind: "rrule",
      rrule: "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30",
      timezone: "America/New_York",
    };
    expect(runs(rule, "2026-03-08T06:00:00Z", 3)).toEqual([
      "2026-03-08T07:00:00.000Z",
      "2026-03-08T07:30:00.000Z",
      "2026-03-09T06:00:00.000Z",
    ]);
  });
  it.each([
    ["30 1 * * *", "America/New_York", "2026-11-01T05:00:00Z", ["2026-11-01T05:30:00.000Z"]],
    ["30 2 * * *", berlin, "2026-10-24T23:00:00Z", ["2026-10-25T00:30:00.000Z"]],
  ] as const)(
    "answers alike for %s in %s, whenever it is asked in an hour that comes twice",
    (expression, timezone, from, [once]) => {
      const daily: Schedule = { kind: "cron", expression, timezone };
      for (let minutes = 0; minutes < 240; minutes += 5) {
        const asked = new Date(Date.parse(from) + minutes * 60_000);
        const [next] = runs(daily, asked.toISOString(), 1);
        if (asked.toISOString() < once) expect(next).toBe(once);
        else expect(Date.parse(next ?? "") - Date.parse(once)).toBeGreaterThan(20 * 3_600_000);
      }
      const hourly: Schedule = { kind: "cron", expression: "30 * * * *", timezone };
      for (const time of runs(hourly, from, 4)) expect(time).toMatch(/:30:00/);
      const hours = runs(hourly, from, 4).map((time) => Date.parse(time));
      expect(hours.slice(1).map((time, at) => time - (hours[at] ?? 0))).toEqual([
        3_600_000, 3_600_000, 3_600_000,
      ]);
    },
  );
  it("ends where the rule ends", () => {
    const rule: Schedule = { kind: "rrule", rrule: "FREQ=DAILY;UNTIL=20240103T000000Z" };
    expect(runs(rule, "2024-01-01T00:00:00Z", 9)).toHaveLength(2);
    expect(runs({ kind: "cron", expression: "0 0 29 2 *" }, "2026-01-01T00:00:00Z", 2)).toHaveLength(2);
  });
});

describe("latestRun", () => {
  const latest = (schedule: Schedule, due: string, until: string) =>
    latestRun(schedule, new Date(due), new Date(until)).toISOString();
  it("finds the last of many times, of every kind, and the due one where no other came", () => {
    const minute: Schedule = { kind: "cron", expression: "* * * 1 *", timezone: berlin };
    expect(latest(minute, "2025-01-01T00:00:00Z", "2025-12-01T00:00:00Z")).toBe("2025-01-31T22:59:00.000Z");
    expect(latest({ kind: "interval", minutes: 5 }, "2026-01-01T00:01:00Z", "2026-01-02T00:00:30Z")).toBe(
      "2026-01-01T23:56:00.000Z",
    );
    const monday: Schedule = { kind: "rrule", rrule: "FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0" };
    expect(latest(monday, "2026-01-05T06:00:00Z", "2026-06-10T00:00:00Z")).toBe("2026-06-08T06:00:00.000Z");
    expect(latest(monday, "2026-01-05T06:00:00Z", "2026-01-05T06:00:00Z")).toBe("2026-01-05T06:00:00.000Z");
  });
  it("agrees with walking through every time", () => {
    const odd: Schedule = { kind: "cron", expression: "*/7 3,9-11 * * 1-5", timezone: "America/New_York" };
    const due = nextRuns(odd, new Date("2026-02-20T00:00:00Z"), 1)[0] as Date;
    const all = [due, ...nextRuns(odd, due, 400)];
    for (const at of [0, 1, 37, 200, 399]) {
      const until = new Date((all[at] as Date).getTime() + 1);
      expect(latestRun(odd, due, until)).toEqual(all[at]);
    }
  });
});

it("refuses policies that contradict each other", () => {
  expect(checkSchedule({ kind: "interval", minutes: 5, onMissed: "all", overlap: "skip" })).toMatchObject([
    { code: "bad_policy", path: "/schedule/overlap" },
  ]);
  expect(checkSchedule({ kind: "interval", minutes: 5, onMissed: "skip", overlap: "skip" })).toEqual([]);
});

it("knows the next deadline, over nights in which the clock is changed too", () => {
  const weekdays = { time: "02:30", days: ["sun", "mon"] as ("sun" | "mon")[], timezone: berlin };
  const waits = { kind: "file_arrival" as const, everyMinutes: 5, deadline: weekdays };
  const next = (from: string) => nextDeadline(waits, new Date(from))?.toISOString();
  expect(next("2026-03-27T12:00:00Z")).toBe("2026-03-29T01:30:00.000Z");
  expect(next("2026-03-29T01:30:00Z")).toBe("2026-03-30T00:30:00.000Z");
  expect(next("2026-10-24T12:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(nextDeadline({ kind: "file_arrival", everyMinutes: 5 }, new Date())).toBeUndefined();
  expect(nextRuns(waits, new Date(), 3)).toEqual([]);
});

it.each<[Schedule, string]>([
  [{ kind: "file_arrival", everyMinutes: 60 }, "when a file arrives, looked for every hour"],
  [
    {
      kind: "file_arrival",
      source: "drop",
      everyMinutes: 5,
      deadline: { time: "07:00", days: ["mon", "fri"], timezone: berlin },
    },
    'when a file arrives at "drop", looked for every 5 minutes; by 07:00 Europe/Berlin on Mon, Fri',
  ],
  [
    { kind: "interval", minutes: 15, onMissed: "skip", overlap: "skip" },
    "every 15 minutes; missed runs are left out; left out while a run is under way",
  ],
  [{ kind: "interval", minutes: 15, onMissed: "all" }, "every 15 minutes; each missed run is made up for"],
  [{ kind: "interval", minutes: 15, onMissed: "once", overlap: "queue" }, "every 15 minutes"],
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
