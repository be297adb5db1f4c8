import { type Case, edits, nothing, oneOf, unset } from "../expect.ts";

const wait = (maxRetries: number, intervalMinutes: number, onMissAction: unknown = "fail") =>
  ["source.src.waitPolicy", { maxRetries, intervalMinutes, onMissAction }] as [string, unknown];
const copy = (to: string, compress: unknown = unset("none")): [string, unknown] => [
  "unread",
  { kind: "archive", input: "src", to: oneOf(to, `${to}/`), compress },
];
const moved = (atomicity: object): [string, unknown] => ["source.src.atomicity", atomicity];

/** What becomes of the files that are read, and of those that are not there. */
export const files: Case[] = [
  ...edits("files", "orders", [
    ["archive the files to /data/archive", copy("/data/archive")],
    ["archive the files to /data/archive when done", copy("/data/archive")],
    ["keep a copy of each file in /data/kept", copy("/data/kept")],
    ["archive loaded files to /data/archive, gzipped", copy("/data/archive", "gz")],
    ["move the file to /data/done after the run", moved({ successFolder: "/data/done" })],
    ["move loaded files to /data/done", moved({ successFolder: "/data/done" })],
    [
      "move loaded files to /data/done and failed ones to /data/failed",
      moved({ successFolder: "/data/done", failureFolder: "/data/failed" }),
    ],
    ["move bad files to /data/failed", moved({ failureFolder: "/data/failed" })],
    ["wait for the file up to 5 times every 10 minutes", wait(5, 10)],
    ["wait for the file up to three times every hour, then skip", wait(3, 60, "skip")],
    ["wait for the file, at most 4 times, every 15 minutes, otherwise alert me", wait(4, 15, "alert")],
  ]),
  ...nothing("files", "orders", [
    ["archive the files", /where/i],
    ["move loaded files"],
    ["wait for the file up to 5 times", /long|minutes/i],
    ["wait for the file 500 times every minute", /100/],
    ["archive the files to sales.archive"],
  ]),
  ...nothing("files", "shop", [
    ["archive the files to /data/archive", /table|target|which/i],
    ["wait for the file up to 5 times every 10 minutes", /table|target|which/i],
  ]),
];
