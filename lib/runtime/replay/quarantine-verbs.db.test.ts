import { expect, test } from "vitest";
import { listAuditLogs } from "#lib/audit/index.ts";
import { cancelRun, retryRun } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type Node, replayKit } from "#tests/replay-kit.ts";
import { listQuarantine } from "../list-quarantine.ts";
import { expireQuarantine } from "../quarantine.ts";
import { discardQuarantine, restoreQuarantine } from "./discard-quarantine.ts";
import { editQuarantineRow } from "./edit-quarantine-row.ts";
import { replayQuarantine } from "./replay-quarantine.ts";

const DAY_MS = 24 * 3600_000;

withDatabase("the quarantine of a run", (use) => {
  const kit = replayKit(use);
  const { demo, table: newTable, put, source, check, target, ran, rows, edit, replay, column, states } = kit;
  const BAD = "id,email,amount\n1,a@b.co,5\n2,nobody,6\n3,nowhere,7\n";
  const simple = async (more: Record<string, unknown> = {}) => {
    const ctx = await demo();
    const table = newTable();
    put("orders", BAD);
    const nodes = [source(), check(), target("check", table, more)];
    return { ctx, table, ...(await ran(ctx, nodes)) };
  };

  test("checks what is typed, keeps only what differs, seals it, and audits no value", async () => {
    const { ctx, runId } = await simple();
    const [second] = await rows(ctx, runId);
    await expect(edit(ctx, second, runId, { amount: "1.5", none: 1, id: [1] })).rejects.toMatchObject({
      code: "bad_request",
      extra: {
        issues: [
          { code: "unknown_field", path: "/row/none" },
          { code: "does_not_fit", path: "/row/id" },
          { code: "does_not_fit", path: "/row/amount", message: "amount does not fit integer exactly" },
        ],
      },
    });
    const secret = "somebody@example.org";
    expect(await edit(ctx, second, runId, { email: secret, id: "2", amount: " 8 " })).toMatchObject({
      state: "edited",
      row: { id: "2", email: "nobody", amount: 6 },
      edited: { email: secret, amount: 8 },
    });
    const stored = await ctx.db.quarantineRow.findUniqueOrThrow({ where: { id: second?.id ?? "" } });
    expect(Buffer.from(stored.edited ?? []).toString("latin1")).not.toContain("somebody");
    const { logs } = await listAuditLogs({ ctx, input: {} });
    const told = logs.find(({ action }) => action === "quarantine.edited");
    expect(JSON.stringify(told)).toContain('"fields":["email","amount"]');
    expect(JSON.stringify(logs)).not.toContain("somebody");
    // Back to what it was: nobody edited it.
    expect(await edit(ctx, second, runId, { email: "nobody", amount: 6 })).toMatchObject({
      state: "waiting",
      edited: null,
      editedBy: null,
    });
  });

  test("is listed by state, node and rule, with how many there are of each", async () => {
    const { ctx, runId } = await simple();
    const [second, third] = await rows(ctx, runId);
    await edit(ctx, second, runId, { amount: 1 });
    await discardQuarantine({ ctx, input: { runId, rowIds: [third?.id ?? ""], reason: "not ours" } });
    const list = (input: object) => listQuarantine({ ctx, input: { runId, ...input } });
    expect((await list({ state: "edited" })).data.map(({ id }) => id)).toEqual([second?.id]);
    expect((await list({ state: "discarded" })).data.map(({ id }) => id)).toEqual([third?.id]);
    expect((await list({ rule: "mail", node: "check" })).pagination.total).toBe(2);
    expect((await list({ rule: "other" })).pagination.total).toBe(0);
    expect((await list({})).summary).toEqual({
      states: { ...NONE, edited: 1, discarded: 1 },
      rules: [{ nodeId: "check", rule: "mail", rows: 2 }],
    });
  });

  test("a discarded row is neither edited nor replayed, and can be taken back", async () => {
    const { ctx, runId, table } = await simple();
    const [second, third] = await rows(ctx, runId);
    const rowIds = [third?.id ?? ""];
    await discardQuarantine({ ctx, input: { runId, rowIds } });
    await expect(edit(ctx, third, runId, { amount: 1 })).rejects.toMatchObject({ code: "conflict" });
    await edit(ctx, second, runId, { email: "x@y.co" });
    expect((await replay(ctx, runId)).rows).toBe(1);
    expect(await states(ctx, runId)).toEqual(["loaded", "discarded"]);
    await expect(
      discardQuarantine({ ctx, input: { runId, rowIds: [second?.id ?? ""] } }),
    ).rejects.toMatchObject({
      code: "conflict",
    });
    await restoreQuarantine({ ctx, input: { runId, rowIds } });
    await edit(ctx, third, runId, { email: "z@y.co" });
    await replay(ctx, runId);
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
  });

  test("two replays at once take a row once, and what is being replayed is not edited or discarded", async () => {
    const { ctx, runId, table } = await simple();
    for (const row of await rows(ctx, runId)) await edit(ctx, row, runId, { email: "x@y.co" });
    await kit.stop();
    const asked = await Promise.allSettled([1, 2, 3].map(() => replayQuarantine({ ctx, input: { runId } })));
    const taken = asked.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    expect(taken.map((one) => one.rows)).toEqual([2]);
    expect(asked.filter(({ status }) => status === "rejected")).toHaveLength(2);
    expect(await ctx.db.run.count({ where: { replayOf: runId } })).toBe(1);
    const [second] = await rows(ctx, runId);
    expect(second).toMatchObject({
      state: "replaying",
      replay: { runId: taken[0]?.runId, status: "queued" },
    });
    await expect(edit(ctx, second, runId, { amount: 1 })).rejects.toMatchObject({ code: "conflict" });
    const rowIds = [second?.id ?? ""];
    await expect(discardQuarantine({ ctx, input: { runId, rowIds } })).rejects.toMatchObject({
      code: "conflict",
    });
    // Its time may be over meanwhile: a run that has taken it on keeps it.
    await ctx.db.quarantineRow.updateMany({
      where: { runId },
      data: { expiresAt: new Date(Date.now() - DAY_MS / 2) },
    });
    await expireQuarantine(ctx.db);
    await kit.start();
    await kit.ended(ctx, taken[0]?.runId ?? "");
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
  });

  test("rows of a replay that was cancelled, or failed before it loaded, can be taken again", async () => {
    const { ctx, runId, table } = await simple({ loadMode: "upsert", upsertKey: ["id"] });
    for (const row of await rows(ctx, runId)) await edit(ctx, row, runId, { email: "x@y.co" });
    await kit.stop();
    const cancelled = await replayQuarantine({ ctx, input: { runId } });
    await cancelRun({ ctx, input: cancelled });
    await kit.start();
    const [second, third] = await rows(ctx, runId);
    expect(second).toMatchObject({ state: "replaying", replay: { status: "cancelled" } });
    // Without a key it cannot be loaded by upsert: that replay fails as a whole.
    expect(await edit(ctx, second, runId, { id: null })).toMatchObject({ state: "edited" });
    const failed = await replay(ctx, runId);
    expect(failed.run).toMatchObject({ status: "failed", error: { code: "null_key" } });
    expect(await edit(ctx, second, runId, { id: "2" })).toMatchObject({ state: "edited" });
    expect((await replay(ctx, runId, [third?.id ?? ""])).run.status).toBe("completed");
    expect((await replay(ctx, runId)).run.status).toBe("completed");
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
    // A replay whose rows went on without it finds none, and loads nothing.
    await retryRun({ ctx, input: failed });
    expect(await kit.ended(ctx, failed.runId)).toMatchObject({ status: "completed", rowsOut: 0 });
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
  });

  test("a replay that loaded one of two targets keeps its rows: retrying it loads the other", async () => {
    const ctx = await demo();
    const [first, second] = [newTable(), newTable()];
    put("orders", BAD);
    const { runId } = await ran(ctx, [
      source(),
      check(),
      target("check", first),
      { ...target("check", second, { loadMode: "upsert", upsertKey: ["id"] }), id: "also" },
    ]);
    const [row] = await rows(ctx, runId);
    await edit(ctx, row, runId, { email: "x@y.co", id: null });
    const failed = await replay(ctx, runId, [row?.id ?? ""]);
    expect(failed.run).toMatchObject({ status: "failed", error: { code: "null_key", nodeId: "also" } });
    expect(await column(ctx, first)).toEqual(["1", "null"]);
    await expect(edit(ctx, row, runId, { id: "2" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("retry that run"),
    });
    await expect(replayQuarantine({ ctx, input: { runId, rowIds: [row?.id ?? ""] } })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await column(ctx, first)).toEqual(["1", "null"]);
  });

  test.each([
    [
      "aggregate",
      {
        id: "x",
        kind: "transform",
        input: "check",
        ops: [{ op: "aggregate", groupBy: ["id"], metrics: [{ fn: "count", as: "n" }] }],
      },
    ],
    [
      "deduplicate",
      {
        id: "x",
        kind: "transform",
        input: "check",
        ops: [{ op: "deduplicate", keys: ["id"], keep: "first" }],
      },
    ],
    [
      "duplicateKey",
      { id: "x", kind: "validate", input: "check", datasetLevel: { duplicateKey: { fields: ["id"] } } },
    ],
    ["rowCount", { id: "x", kind: "validate", input: "check", datasetLevel: { rowCount: { max: 9 } } }],
  ] as [string, Node][])("what is judged or made of all rows needs them all: %s", async (what, node) => {
    const ctx = await demo();
    put("orders", BAD);
    const { runId } = await ran(ctx, [source(), check(), node, target("x", newTable())]);
    await expect(replayQuarantine({ ctx, input: { runId } })).rejects.toMatchObject({
      code: "replay_needs_whole",
      message: expect.stringMatching(new RegExp(`^"x" .*\\(${what}\\)\\. .*run the whole pipeline again$`)),
    });
    expect(await states(ctx, runId)).toEqual(["waiting", "waiting"]);
  });

  test("another tenant and a viewer change nothing, and a viewer sees no masked value", async () => {
    const ctx = await demo();
    put("orders", BAD);
    const { runId } = await ran(ctx, [
      source(),
      check(),
      {
        id: "mask",
        kind: "transform",
        input: "check",
        ops: [{ op: "hash", field: "email", algorithm: "md5" }],
      },
      target("mask", newTable()),
    ]);
    const [row] = await rows(ctx, runId);
    await edit(ctx, row, runId, { email: "somebody@example.org" });
    const rowIds = [row?.id ?? ""];
    const other = await use.testCtx();
    await expect(edit(other, row, runId, { amount: 1 })).rejects.toMatchObject({
      code: "quarantine_row_not_found",
    });
    for (const verb of [replayQuarantine, discardQuarantine, restoreQuarantine])
      await expect(verb({ ctx: other, input: { runId, rowIds } })).rejects.toMatchObject({
        code: "run_not_found",
      });
    const viewer = { ...ctx, roles: ["ROLE_VIEWER" as const] };
    for (const refused of [
      editQuarantineRow({ ctx: viewer, input: { runId, rowId: row?.id ?? "", row: { amount: 1 } } }),
      ...[replayQuarantine, discardQuarantine, restoreQuarantine].map((verb) =>
        verb({ ctx: viewer, input: { runId, rowIds } }),
      ),
    ])
      await expect(refused).rejects.toMatchObject({ code: "permission_denied" });
    const shown = await listQuarantine({ ctx: viewer, input: { runId } });
    expect(shown.data[0]).toMatchObject({
      row: { email: "***" },
      edited: { email: "***" },
      masked: ["email"],
    });
    expect(JSON.stringify(shown)).not.toMatch(/nobody|somebody/);
  });
});

const NONE = { waiting: 0, edited: 0, replaying: 0, rejected_again: 0, loaded: 0, left_out: 0, discarded: 0 };
