import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { listQuarantine } from "../list-quarantine.ts";
import { readTable } from "../read-table.ts";
import { runPipeline } from "../run-pipeline.ts";
import { discardQuarantine, restoreQuarantine } from "./discard-quarantine.ts";
import { editQuarantineRow } from "./edit-quarantine-row.ts";
import { replayQuarantine } from "./replay-quarantine.ts";

type Node = Record<string, unknown>;

withDatabase("replaying rejected rows", ({ database, testCtx }) => {
  let folder: string;
  let stop: () => Promise<void>;
  const work = async () => {
    stop = await workRuns(runPipeline, { database: database() });
  };
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    await work();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  const demo = (given: Partial<Ctx> = {}) => testCtx({ tenant: "t_demo", ...given });

  const source = (name = "orders", columns = "id bigint,email string,amount integer"): Node => ({
    id: name,
    kind: "source",
    connector: "local_fs",
    config: {
      path: path.join(folder, `${name}.csv`),
      format: {
        type: "csv",
        columns: columns.split(",").map((text) => ({ name: text.split(" ")[0], type: text.split(" ")[1] })),
      },
    },
  });
  const check = (input = "orders"): Node => ({
    id: "check",
    kind: "validate",
    input,
    rowLevel: [{ id: "mail", field: "email", rule: "email" }],
  });
  const target = (input: string, table: string, more: Node = { loadMode: "append" }): Node => ({
    id: "out",
    kind: "target",
    input,
    schema: table,
    ...more,
  });
  const put = (name: string, text: string) => writeFileSync(path.join(folder, `${name}.csv`), text);

  async function ran(ctx: Ctx, nodes: Node[]) {
    const id = uniqueId("p");
    const ir = { kind: "pipeline", version: "1.0", id, metadata: { name: id }, nodes };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    return { ir, ...(await again(ctx, pipelineId)) };
  }
  async function again(ctx: Ctx, pipelineId: string) {
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    return { pipelineId, runId, run: await progress(ctx, runId) };
  }
  async function replay(ctx: Ctx, runId: string, rowIds?: string[]) {
    const asked = await replayQuarantine({ ctx, input: { runId, rowIds } });
    await until(async () => !["queued", "running"].includes(await status(ctx, asked.runId)));
    return { ...asked, run: await progress(ctx, asked.runId) };
  }
  const rows = async (ctx: Ctx, runId: string) => (await listQuarantine({ ctx, input: { runId } })).data;
  const ids = async (ctx: Ctx, table: string) =>
    (await readTable({ ctx, input: { table, limit: 500 } })).rows
      .map(({ id }) => Number(id))
      .sort((a, b) => a - b);

  test("rows of a source, of an op between others and of a rule go on from where they were rejected", async () => {
    const ctx = await demo();
    const table = `shop.${uniqueId("tab")}`;
    put(
      "orders",
      "id,email,amount,day\n1,a@b.co,5,2024-01-01\n2,nobody,6,2024-01-02\n3,c@d.co,x,2024-01-03\n4,d@e.co,8,soon\n",
    );
    const { runId, run } = await ran(ctx, [
      source("orders", "id bigint,email string,amount integer,day string"),
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
      { ...check("clean"), rowLevel: [{ id: "mail", field: "mail", rule: "email" }] },
      {
        id: "mask",
        kind: "transform",
        input: "check",
        ops: [{ op: "hash", field: "mail", algorithm: "md5" }],
      },
      target("mask", table, { loadMode: "truncate" }),
    ]);
    expect(run).toMatchObject({ rowsOut: 1, rowsRejected: 3, ledger: { balanced: true } });
    const [first, second, third] = (await rows(ctx, runId)).toSorted(
      (a, b) => Number(a.rowNumber) - Number(b.rowNumber),
    );
    expect([first, second, third].map((row) => [row?.nodeId, row?.rule, row?.state])).toEqual([
      ["check", "mail", "waiting"],
      ["orders", "type:amount", "waiting"],
      ["clean", "cast:day", "waiting"],
    ]);
    expect(second?.columns?.find(({ name }) => name === "amount")?.type).toBe("integer");
    const edit = (row: typeof first, fields: Record<string, unknown>) =>
      editQuarantineRow({ ctx, input: { runId, rowId: row?.id ?? "", row: fields as never } });
    await edit(first, { mail: "b@c.co" });
    await expect(edit(second, { amount: "1.5", none: 1 })).rejects.toMatchObject({
      code: "bad_request",
      extra: {
        issues: [
          { code: "unknown_field", path: "/row/none" },
          { code: "does_not_fit", path: "/row/amount", message: "amount does not fit integer exactly" },
        ],
      },
    });
    expect(await edit(second, { amount: "7" })).toMatchObject({ state: "edited", edited: { amount: 7 } });
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
    expect(await ids(ctx, table)).toEqual([1, 2, 3]);
    const { rows: kept } = await readTable({ ctx, input: { table } });
    expect(kept.find(({ id }) => id === "3")).toMatchObject({ amount: 70, day: "2024-01-03" });
    expect(kept.find(({ id }) => id === "2")).toMatchObject({ amount: 60 });
    const after = new Map((await rows(ctx, runId)).map((row) => [row.id, row]));
    expect(after.get(first?.id ?? "")).toMatchObject({ state: "loaded", row: null, edited: null });
    const waits = after.get(third?.id ?? "");
    expect(waits).toMatchObject({
      state: "rejected_again",
      nodeId: "clean",
      rule: "cast:day",
      row: { amount: 80, day: "soon" },
    });
    await edit(waits, { day: "2024-01-04" });
    const last = await replay(ctx, runId, [third?.id ?? ""]);
    expect(last.run).toMatchObject({ status: "completed", ledger: { balanced: true, read: 1, loaded: 1 } });
    expect(await ids(ctx, table)).toEqual([1, 2, 3, 4]);
    expect((await progress(ctx, runId)).replayed).toBe(3);
  });
});
