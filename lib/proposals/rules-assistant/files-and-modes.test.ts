import { describe, expect, it } from "vitest";
import { capabilities, executableNames, parsePipelineIR } from "#lib/ir/index.ts";
import type { IrNode, PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { assist } from "./assist.ts";

const columns = ["order_id", "email", "amount", "status"].map((name) => ({ name, type: "string" }));
const pipeline = (...nodes: IrNode[]): PipelineIr => ({
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders" },
  nodes,
});
const ofFile = pipeline(
  {
    id: "src",
    kind: "source",
    connector: "local_fs",
    config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
  },
  { id: "load", kind: "target", input: "src", schema: "sales.orders", loadMode: "append" },
);
const ofTable = (connector: "postgres" | "snowflake") =>
  pipeline(
    {
      id: "orders",
      kind: "source",
      connector,
      sourceRef: "shop",
      config: {
        stream: "public.orders",
        syncMode: "incremental",
        cursorField: "updated_at",
        primaryKey: ["id"],
      },
    },
    {
      id: "load",
      kind: "target",
      input: "orders",
      schema: "sales.orders",
      loadMode: "upsert",
      upsertKey: ["id"],
    },
  );

/** What an answer makes of a document; it must pass every check. */
function made(ir: PipelineIr, request: string): PipelineIr {
  const { patch, rationale } = answer(ir, request);
  const applied = applyPatch(ir, patch);
  if (!applied.ok || patch.length === 0) throw new Error(rationale);
  const parsed = parsePipelineIR(applied.document, {
    strength: "executable",
    catalogue: { sources: [{ ref: "shop", connector: "postgres" }], destinations: [] },
  });
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  return parsed.ir;
}
const answer = (ir: PipelineIr, request: string) =>
  assist({
    ...{ version: 1, ir, request, destinations: [], files: [], columns: {}, decisions: [], mentions: [] },
    sources: [{ ref: "shop", connector: "postgres" }],
  });
const node = (ir: PipelineIr, id: string) => ir.nodes.find((one) => one.id === id);
const refused = (ir: PipelineIr, request: string, said: RegExp) => {
  const { patch, rationale } = answer(ir, request);
  expect(patch).toEqual([]);
  expect(rationale).toMatch(said);
};

describe("load modes", () => {
  it.each(["use blue-green loading", "switch the target to blue_green", "load into a new table and swap"])(
    "%s",
    (request) => {
      expect(node(made(ofFile, request), "load")).toMatchObject({ loadMode: "blue_green" });
      const table = made(ofTable("postgres"), request);
      expect(node(table, "orders")).toMatchObject({ config: { syncMode: "full_refresh" } });
      expect(node(table, "load")).not.toHaveProperty("upsertKey");
    },
  );
  it.each([
    "mirror changes with cdc",
    "switch to cdc_mirror",
    "use change data capture",
    "load orders with cdc",
  ])("%s", (request) => {
    const ir = made(ofTable("postgres"), request);
    expect(node(ir, "load")).toMatchObject({ loadMode: "cdc_mirror" });
    expect(node(ir, "orders")).toMatchObject({ config: { syncMode: "full_refresh" } });
    expect(JSON.stringify(ir)).not.toContain("cursorField");
  });
  it("what is refused comes from the capability table", () => {
    const from = executableNames("load").filter((name) => name.startsWith("cdc_mirror: "));
    for (const name of from)
      expect(answer(ofFile, "use cdc").rationale).toContain(name.split(": ")[1]?.split(" → ")[0]);
    refused(ofFile, "use cdc", /cdc_mirror cannot be executed from local_fs, only from /);
    refused(ofTable("snowflake"), "use cdc", /cannot be executed from snowflake/);
    expect(capabilities.some(({ kind, name }) => kind === "load" && name.startsWith("blue_green: "))).toBe(
      true,
    );
  });
  it("a mirror through a transform is refused in the words of the check", () => {
    expect(() =>
      made(
        pipeline(
          ...ofTable("postgres").nodes.slice(0, 1),
          { id: "t", kind: "transform", input: "orders", ops: [{ op: "drop", fields: ["x"] }] },
          { id: "load", kind: "target", input: "t", schema: "sales.orders", loadMode: "append" },
        ),
        "use cdc",
      ),
    ).toThrow(/reads its source directly/);
  });
});

describe("what does not hold goes to quarantine", () => {
  it.each([
    "amount must be positive and quarantine what is not",
    "amount must be positive, quarantine bad ones",
    "amount must be positive, and put the rest in quarantine",
    "amount must be positive. Send the others to quarantine",
  ])("%s", (request) => {
    const rules = made(ofFile, request).nodes.flatMap((one) => (one.kind === "validate" ? one.rowLevel : []));
    expect(rules).toMatchObject([{ field: "amount", rule: "gt:0", onFail: "quarantine" }]);
  });
  it.each([
    "quarantine bad ones",
    "keep only rows where amount > 0 and quarantine the rest",
    "drop email and quarantine the rest",
    "amount must be positive, mask email, quarantine the rest",
    "amount must be positive, warn otherwise, quarantine the rest",
  ])("nothing changes: %s", (request) => refused(ofFile, request, /quarantine/));
});

describe("files", () => {
  it.each<[string, object]>([
    ["archive the files to /tmp/archive", { to: "/tmp/archive" }],
    ["archive the files to /tmp/archive/ when done", { to: "/tmp/archive" }],
    ["keep a copy of each file in /tmp/kept", { to: "/tmp/kept" }],
    ["zip the files to /tmp/kept", { to: "/tmp/kept", compress: "gz" }],
    ["archive the files to /tmp/kept, compressed as zst", { to: "/tmp/kept", compress: "zst" }],
  ])("%s", (request, like) => expect(node(made(ofFile, request), "archive")).toMatchObject(like));

  it("an archive that stands is changed, and removed", () => {
    const archived = made(ofFile, "archive the files to /tmp/a");
    const other = made(archived, "archive the files to /tmp/b");
    expect(other.nodes.filter(({ kind }) => kind === "archive")).toMatchObject([{ to: "/tmp/b" }]);
    expect(made(other, "remove the node archive").nodes).toHaveLength(2);
  });

  it.each<[string, object]>([
    ["move loaded files to /tmp/done", { successFolder: "/tmp/done" }],
    ["move the file to /tmp/done after the run", { successFolder: "/tmp/done" }],
    ["move failed files to /tmp/bad", { failureFolder: "/tmp/bad" }],
    [
      "move loaded files to /tmp/done and bad ones to /tmp/bad",
      { successFolder: "/tmp/done", failureFolder: "/tmp/bad" },
    ],
  ])("%s", (request, atomicity) =>
    expect(node(made(ofFile, request), "src")).toMatchObject({ config: { atomicity } }),
  );

  it.each<[string, object]>([
    [
      "wait for the file up to 5 times every 10 minutes",
      { maxRetries: 5, intervalMinutes: 10, onMissAction: "fail" },
    ],
    [
      "wait for the file up to three times every hour, then skip",
      { maxRetries: 3, intervalMinutes: 60, onMissAction: "skip" },
    ],
    [
      "wait up to 6 times every 30 minutes for the file, otherwise alert me",
      { maxRetries: 6, intervalMinutes: 30, onMissAction: "alert" },
    ],
  ])("%s", (request, waitPolicy) =>
    expect(node(made(ofFile, request), "src")).toMatchObject({ config: { waitPolicy } }),
  );

  it.each<[string, object]>([
    ["run it when a file arrives", { kind: "file_arrival", everyMinutes: 5 }],
    ["when a file arrives, run it", { kind: "file_arrival", everyMinutes: 5 }],
    ["whenever a new file lands load them, every 10 minutes", { kind: "file_arrival", everyMinutes: 10 }],
    ["change the schedule to run when a file arrives", { kind: "file_arrival" }],
    ["schedule: when a file arrives", { kind: "file_arrival" }],
    ["trigger it on file arrival", { kind: "file_arrival" }],
    ["quarantine rows without email when a file arrives", { kind: "file_arrival" }],
    ["upsert by order_id when a file arrives", { kind: "file_arrival" }],
    [
      "load /tmp/in/*.csv into sales.more whenever a new file arrives",
      { kind: "file_arrival", source: "more" },
    ],
    ["check for new files every 15 minutes", { kind: "file_arrival", everyMinutes: 15 }],
    [
      "run it when a file arrives, at the latest by 7am on weekdays in New York, otherwise skip",
      {
        kind: "file_arrival",
        deadline: {
          time: "07:00",
          days: ["mon", "tue", "wed", "thu", "fri"],
          timezone: "America/New_York",
          onMiss: "skip",
        },
      },
    ],
  ])("%s", (request, schedule) => expect(made(ofFile, request).schedule).toMatchObject(schedule));

  it.each<[string, RegExp]>([
    ["archive the files", /where/],
    ["archive the files to sales.archive", /./],
    ["move the file to /tmp/done", /once they are loaded/],
    ["move loaded files to /tmp/done/orders.csv", /./],
    ["wait for the file", /did not understand/],
    ["wait for the file up to 5 times", /How long/],
    ["wait for the file 500 times every minute", /100/],
    ["run it every day at 6 and when a file arrives", /not both/],
    ["run it when a file arrives, and daily", /not both/],
    ["flurb the wizard and run it when a file arrives", /did not understand "flurb the wizard", so/],
    ["when a file arrives, flurb the wizard", /did not understand "flurb the wizard", so/],
    ["run it when a file arrives by 25:00", /did not understand/],
    ["run it when a file arrives, by 7:00 in Atlantis", /did not understand/],
  ])("nothing changes: %s", (request, said) => refused(ofFile, request, said));

  it.each(["archive the files to /tmp/a", "move loaded files to /tmp/a", "run it when a file arrives"])(
    "a table has no files: %s",
    (request) => refused(ofTable("postgres"), request, /a table, not a file/),
  );
});

it("a message of many wishes costs little more than its parts", () => {
  const names = ["email", ...Array.from({ length: 110 }, (_, at) => `e${at}`)];
  const many = names
    .slice(1)
    .map((name, at) => `rename ${names[at]} to ${name}`)
    .join(", ");
  answer(ofFile, many);
  const before = process.cpuUsage();
  expect(answer(ofFile, many).patch).not.toEqual([]);
  // Some tenths of a second; trying every cut with everything once took several times as long.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1.5);
});

describe("files that are named by their folder", () => {
  it.each([
    ["load every csv file in /data/in into sales.orders", "/data/in", "*.csv"],
    ["load all the CSVs in the folder /data/in/ into sales.orders", "/data/in", "*.csv"],
    ['load each parquet file under "/data/in box" into sales.orders', "/data/in box", "*.parquet"],
    ["all jsonl files that are in /data/in should go into sales.orders", "/data/in", "*.jsonl"],
    ["from /data/in load all csv files into sales.orders", "/data/in", "*.csv"],
    ["ingest tsv files from /data/in into sales.orders daily", "/data/in", "*.tsv"],
  ])("%s", (request, folder, pattern) => {
    const { nodes } = made(pipeline(), request);
    expect(nodes[0]).toMatchObject({ config: { path: folder, pattern: { type: "glob", value: pattern } } });
  });
  it.each([
    ["load the csv file in /data/in into sales.orders", "/data/in"],
    ["load every csv file in /data/in/orders.csv into sales.orders", "/data/in/orders.csv"],
  ])("one file stays one: %s", (request, file) => {
    const { nodes } = made(pipeline(), request);
    expect(nodes[0]).toMatchObject({ config: { path: file } });
    expect(nodes[0]).not.toHaveProperty("config.pattern");
  });
});
