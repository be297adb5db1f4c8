import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { replayKit } from "#tests/replay-kit.ts";
import { progress } from "#tests/run-kit.ts";
import { readTable } from "../read-table.ts";
import { replayQuarantine } from "./replay-quarantine.ts";

withDatabase("replaying rejected rows", (use) => {
  const {
    demo,
    table: newTable,
    put,
    source,
    check,
    target,
    ran,
    rows,
    edit,
    replay,
    column,
    states,
  } = replayKit(use);
  const TWO_BAD = "id,email,amount\n1,a@b.co,5\n2,nobody,6\n3,c@d.co,7\n4,nowhere,8\n";

  test("of a source, of an op between others and of a rule: they go on from where they were rejected", async () => {
    const ctx = await demo();
    const table = newTable();
    put(
      "orders",
      "id,email,amount,day\n1,a@b.co,5,2024-01-01\n2,nobody,6,2024-01-02\n3,c@d.co,x,2024-01-03\n4,d@e.co,8,soon\n",
    );
    const { runId, run } = await ran(ctx, [
      source("orders", "id bigint, email string, amount integer, day string"),
      {
        id: "clean",
        kind: "transform",
        input: "orders",
        ops: [
          { op: "expression", field: "amount", expr: "amount * 10" },
          { op: "cast", field: "day", to: "date", onError: "quarantine" },
          { op: "rename", from: "email", to: "mail" },
        ],
      },
      check("clean", { rowLevel: [{ id: "mail", field: "mail", rule: "email" }] }),
      {
        id: "mask",
        kind: "transform",
        input: "check",
        ops: [{ op: "hash", field: "mail", algorithm: "md5" }],
      },
      target("mask", table, { loadMode: "truncate" }),
    ]);
    expect(run).toMatchObject({ rowsOut: 1, rowsRejected: 3, ledger: { balanced: true } });
    const [first, second, third] = await rows(ctx, runId);
    expect([first, second, third].map((row) => [row?.nodeId, row?.rule, row?.state])).toEqual([
      ["check", "mail", "waiting"],
      ["orders", "type:amount", "waiting"],
      ["clean", "cast:day", "waiting"],
    ]);
    expect(second?.columns?.find(({ name }) => name === "amount")?.type).toBe("integer");
    await edit(ctx, first, runId, { mail: "b@c.co" });
    expect(await edit(ctx, second, runId, { amount: "7" })).toMatchObject({ edited: { amount: 7 } });
    const replayed = await replay(ctx, runId);
    expect(replayed.run).toMatchObject({
      trigger: "replay",
      replayOf: runId,
      status: "completed_with_errors",
      rowsRead: 3,
      rowsOut: 2,
      rowsRejected: 1,
      ledger: { balanced: true, read: 3, loaded: 2, rejected: 1 },
    });
    expect(replayed.run.ledger?.edges).toEqual([
      { from: "quarantine", to: "orders", rows: 1 },
      { from: "quarantine", to: "clean", rows: 1 },
      { from: "quarantine", to: "check", rows: 1 },
      { from: "orders", to: "clean", rows: 1 },
      { from: "clean", to: "check", rows: 1 },
      { from: "check", to: "mask", rows: 2 },
      { from: "mask", to: "out", rows: 2 },
    ]);
    expect(replayed.run.nodes.map(({ nodeId, status }) => [nodeId, status])).toEqual(
      ["orders", "clean", "check", "mask", "out"].map((id) => [id, "completed"]),
    );
    const { rows: kept } = await readTable({ ctx, input: { table } });
    expect(kept.toSorted((a, b) => Number(a.id) - Number(b.id))).toMatchObject([
      { id: "1", amount: 50 },
      { id: "2", amount: 60, day: "2024-01-02" },
      { id: "3", amount: 70, day: "2024-01-03" },
    ]);
    const [one, , waits] = await rows(ctx, runId);
    expect(one).toMatchObject({ state: "loaded", row: null, edited: null });
    const stored = await ctx.db.quarantineRow.findMany({ where: { runId, resolution: "loaded" } });
    expect(stored.map(({ row, edited }) => [row.length, edited])).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(waits).toMatchObject({
      ...{ state: "rejected_again", nodeId: "clean", rule: "cast:day" },
      row: { amount: 80, day: "soon" },
    });
    await edit(ctx, waits, runId, { day: "2024-01-04" });
    const last = await replay(ctx, runId, [third?.id ?? ""]);
    expect(last.run).toMatchObject({ status: "completed", ledger: { balanced: true, read: 1, loaded: 1 } });
    expect(await column(ctx, table, "amount")).toEqual(["50", "60", "70", "80"]);
    expect((await progress(ctx, runId)).replayed).toBe(3);
  });

  test("what a row was mended to be meets the next rule, and waits there as it stands then", async () => {
    const ctx = await demo();
    put("orders", TWO_BAD);
    const table = newTable();
    const { runId } = await ran(ctx, [
      source(),
      check(),
      {
        id: "more",
        kind: "transform",
        input: "check",
        ops: [{ op: "expression", field: "amount", expr: "amount + 1" }],
      },
      {
        id: "small",
        kind: "validate",
        input: "more",
        rowLevel: [{ id: "lt", field: "amount", rule: "lt:9" }],
      },
      target("small", table),
    ]);
    const [second, fourth] = await rows(ctx, runId);
    await edit(ctx, second, runId, { email: "b@c.co" });
    await edit(ctx, fourth, runId, { email: "d@e.co" });
    await replay(ctx, runId);
    expect((await rows(ctx, runId)).map((row) => [row.state, row.nodeId, row.rule, row.row])).toEqual([
      ["loaded", "check", "mail", null],
      ["rejected_again", "small", "lt", { id: "4", email: "d@e.co", amount: 9 }],
    ]);
    await edit(ctx, fourth, runId, { amount: 8 });
    await replay(ctx, runId);
    // The node between was behind it: 8 is not made 9 again.
    expect(await column(ctx, table, "amount")).toEqual(["6", "7", "8", "8"]);
    await expect(replayQuarantine({ ctx, input: { runId } })).rejects.toMatchObject({ code: "conflict" });
  });

  test("every value keeps every digit on its way", async () => {
    const ctx = await demo();
    const table = newTable();
    const types =
      "id bigint, n decimal(20,4), f double, b boolean, d date, t time, ts timestamp, tz timestamptz, u uuid, j json, s string, x string";
    const row = [
      "9007199254740993",
      "1234567890123456.7891",
      "0.1",
      "true",
      "2024-02-29",
      "23:59:59.123456",
      "2024-02-29 01:02:03.000001",
      "2024-02-29T01:02:03+02:00",
      "0e984725-c51c-4bf4-9960-e1c80e27aba0",
      '"{""big"": 12345678901234567890, ""f"": 1.5}"',
      '"a ""quoted"", line\nbreak, é and \\x41"',
    ];
    put(
      "all",
      `${types
        .split(", ")
        .map((text) => text.split(" ")[0])
        .join(",")}\n${[...row, "good"].join(",")}\n${[...row, "bad"].join(",")}\n`,
    );
    const { runId } = await ran(ctx, [
      source("all", types),
      check("all", { rowLevel: [{ id: "x", field: "x", rule: "eq:good" }] }),
      target("check", table),
    ]);
    const [bad] = await rows(ctx, runId);
    await edit(ctx, bad, runId, { x: "good" });
    await replay(ctx, runId);
    const { rows: kept } = await readTable({ ctx, input: { table } });
    expect(kept).toHaveLength(2);
    // A document is the same whatever spaces stand in it.
    const [good, mended] = kept.map(({ j, ...others }) => ({ ...others, j: String(j).replaceAll(" ", "") }));
    expect(mended).toEqual(good);
    expect(mended?.j).toContain("12345678901234567890");
  });

  test("a filter below leaves a row out, which is told apart from loading it", async () => {
    const ctx = await demo();
    put("orders", TWO_BAD);
    const table = newTable();
    const { runId } = await ran(ctx, [
      source(),
      check(),
      { id: "some", kind: "transform", input: "check", ops: [{ op: "filter", expr: "amount < 8" }] },
      target("some", table),
    ]);
    for (const row of await rows(ctx, runId)) await edit(ctx, row, runId, { email: "x@y.co" });
    const { run } = await replay(ctx, runId);
    expect(run).toMatchObject({ ledger: { balanced: true, read: 2, loaded: 1, filtered: 1 } });
    expect(await states(ctx, runId)).toEqual(["loaded", "left_out"]);
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
  });
});
