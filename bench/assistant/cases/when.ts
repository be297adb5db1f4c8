import { type Case, cron, edits, GONE, minutes, nothing } from "../expect.ts";

/** When the pipeline runs. */
export const when: Case[] = [
  ...edits("schedule", "orders", [
    ["run it every weekday at 6 in Berlin", ["schedule", cron("0 6 * * 1-5", "Europe/Berlin")]],
    ["hourly please", ["schedule", cron("0 * * * *")]],
    ["make it run every 15 minutes", ["schedule", minutes(15)]],
    [
      "it should run each night at half past two New York time",
      ["schedule", cron("30 2 * * *", "America/New_York")],
    ],
    ["schedule this for 18:30 every day", ["schedule", cron("30 18 * * *")]],
    ["run it on Mondays and Thursdays at noon", ["schedule", cron("0 12 * * 1,4")]],
    ["run it at 9am on the first of every month, Tokyo time", ["schedule", cron("0 9 1 * *", "Asia/Tokyo")]],
    ["cron: 0 6 * * 1-5, Europe/Paris", ["schedule", cron("0 6 * * 1-5", "Europe/Paris")]],
    ["can we get this daily at 5 in the morning UTC?", ["schedule", cron("0 5 * * *")]],
    ["refresh every 2 hours", ["schedule", minutes(120)]],
    ["run it twice a day, at 8 and at 20", ["schedule", cron("0 8,20 * * *")]],
    ["I want this to run weekly, on Sunday evening at 9pm", ["schedule", cron("0 21 * * 0")]],
    ["set up a schedule: every day, 04:15, Sydney", ["schedule", cron("15 4 * * *", "Australia/Sydney")]],
    ["run it every day at 6 AM IN NEW YORK", ["schedule", cron("0 6 * * *", "America/New_York")]],
  ]),
  ...edits("schedule", "checked", [
    ["remove the schedule", ["schedule", GONE()]],
    ["don't run it automatically any more", ["schedule", GONE()]],
    ["run it two hours earlier", ["schedule", cron("0 4 * * *", "Europe/Berlin")]],
    ["run it at 8 instead", ["schedule", cron("0 8 * * *", "Europe/Berlin")]],
    ["only on weekdays", ["schedule", cron("0 6 * * 1-5", "Europe/Berlin")]],
    ["switch the time zone to London", ["schedule", cron("0 6 * * *", "Europe/London")]],
    ["move it to 7:45", ["schedule", cron("45 7 * * *", "Europe/Berlin")]],
    ["run it when the file arrives", ["schedule", { kind: "file_arrival" }]],
  ]),
  ...edits("schedule", "orders", [
    ["start as soon as a new file is there", ["schedule", { kind: "file_arrival" }]],
    ["check for new files every 10 minutes", ["schedule", { kind: "file_arrival", everyMinutes: 10 }]],
    [
      "run it when a file arrives, looking every 15 minutes",
      ["schedule", { kind: "file_arrival", everyMinutes: 15 }],
    ],
    [
      "run when a file arrives, at the latest by 7:00 on weekdays in Berlin",
      [
        "schedule",
        {
          kind: "file_arrival",
          deadline: {
            time: "07:00",
            days: ["mon", "tue", "wed", "thu", "fri"],
            timezone: "Europe/Berlin",
          },
        },
      ],
    ],
  ]),
  ...nothing("schedule", "shop", [
    ["run it when a file arrives", /file|table/i],
    ["run it when the table changes"],
  ]),
  ...nothing("schedule", "checked", [
    ["run it at 25:00"],
    ["run it sometimes"],
    ["run it every day at 6am in Atlantis"],
    ["run it every 3 days"],
    ["when does it run?", /Berlin|6/],
  ]),
];
