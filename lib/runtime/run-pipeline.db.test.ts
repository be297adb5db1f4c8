import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { listQuarantine } from "./list-quarantine.ts";
import { listTables } from "./list-tables.ts";
import { previewPlan } from "./preview.ts";
import { expireQuarantine } from "./quarantine.ts";
import { readTable } from "./read-table.ts";
import { runPipeline } from "./run-pipeline.ts";

withDatabase("running a pipeline", ({ database, testCtx }) => {
  let folder: string;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    stop = await workRuns(runPipeline, { database: database() });
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  const demo = (given: Partial<Ctx> = {}) => testCtx({ tenant: "t_demo", ...given });
  const csv = "id,email,amount\n1,a@b.co,5\n2,nobody,6\n3,c@d.co,x\n";

  function document(slug: string, table: string) {
    const columns = [
      { name: "id", type: "bigint" },
      { name: "email", type: "string" },
      { name: "amount", type: "integer" },
    ];
    const file = path.join(folder, "orders.csv");
    return {
      kind: "pipeline",
      version: "1.0",
      id: slug,
      metadata: { name: slug },
      nodes: [
        {
          id: "src",
          kind: "source",
          connector: "local_fs",
          config: { path: file, format: { type: "csv", columns } },
        },
        {
          id: "check",
          kind: "validate",
          input: "src",
          rowLevel: [{ id: "mail", field: "email", rule: "email" }],
        },
        {
          id: "mask",
          kind: "transform",
          input: "check",
          ops: [{ op: "hash", field: "email", algorithm: "sha256" }],
        },
        { id: "out", kind: "target", input: "mask", schema: table, loadMode: "truncate" },
      ],
    };
  }

  async function ran(ctx: Ctx, ir: Record<string, unknown>) {
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    return { runId, run: await progress(ctx, runId) };
  }

  test("loads the table, keeps rejected rows sealed, and tells every step", async () => {
    const ctx = await demo();
    writeFileSync(path.join(folder, "orders.csv"), csv);
    const name = uniqueId("tab");
    const { runId, run } = await ran(ctx, document(uniqueId("p"), `shop.${name}`));
    expect(run).toMatchObject({
      status: "completed_with_errors",
      rowsRead: 3,
      rowsOut: 1,
      rowsRejected: 2,
      ledger: { balanced: true, read: 3, loaded: 1, rejected: 2 },
    });
    expect(
      run.nodes.map(({ nodeId, status: state, rowsIn, rowsOut }) => [nodeId, state, rowsIn, rowsOut]),
    ).toEqual([
      ["src", "completed", 3, 2],
      ["check", "completed", 2, 1],
      ["mask", "completed", 1, 1],
      ["out", "completed", 1, 1],
    ]);
    const { tables } = await listTables({ ctx });
    expect(tables).toContainEqual(expect.objectContaining({ name: `shop.${name}`, rows: 1, columns: 3 }));
    const { rows, total } = await readTable({ ctx, input: { table: `shop.${name}` } });
    expect({ rows, total }).toMatchObject({ total: 1, rows: [{ id: "1", amount: 5 }] });

    const { data, pagination } = await listQuarantine({ ctx, input: { runId, limit: 1 } });
    expect(pagination).toMatchObject({ total: 2, hasMore: true });
    const rest = await listQuarantine({ ctx, input: { runId, cursor: pagination.cursor ?? "" } });
    const all = [...data, ...rest.data];
    expect(all.map(({ nodeId, rule, rowNumber, row }) => [nodeId, rule, rowNumber, row?.email])).toEqual([
      ["check", "mail", 2, "nobody"],
      ["src", "type:amount", 3, "c@d.co"],
    ]);
    const viewer = await listQuarantine({ ctx: { ...ctx, roles: ["ROLE_VIEWER"] }, input: { runId } });
    expect(viewer.data.map(({ row, masked }) => [row?.email, masked])).toEqual([
      ["***", ["email"]],
      ["***", ["email"]],
    ]);
    const stored = await ctx.db.quarantineRow.findMany({ where: { runId } });
    expect(stored.every(({ row }) => !Buffer.from(row).toString("latin1").includes("nobody"))).toBe(true);

    const other = await testCtx();
    await expect(listQuarantine({ ctx: other, input: { runId } })).rejects.toMatchObject({
      code: "run_not_found",
    });
    expect((await listTables({ ctx: other })).tables).toEqual([]);
    await expect(readTable({ ctx: other, input: { table: `shop.${name}` } })).rejects.toMatchObject({
      code: "table_not_found",
    });

    expect(await expireQuarantine(ctx.db, new Date(Date.now() + 31 * 24 * 3600_000))).toBeGreaterThanOrEqual(
      2,
    );
    expect(await ctx.db.quarantineRow.count({ where: { runId } })).toBe(0);
  });

  test("says at which node and line it failed", async () => {
    const ctx = await demo();
    writeFileSync(path.join(folder, "orders.csv"), "id,email,amount\n1,a@b.co\n");
    const { run } = await ran(ctx, document(uniqueId("p"), `shop.${uniqueId("tab")}`));
    expect(run).toMatchObject({ status: "failed", error: { code: "ragged_row", nodeId: "src", row: 1 } });
    expect(run.nodes[0]).toMatchObject({ nodeId: "src", status: "failed", error: { code: "ragged_row" } });
  });

  test("a dry run shows every node and writes nothing", async () => {
    const ctx = await demo();
    writeFileSync(path.join(folder, "orders.csv"), csv);
    const name = uniqueId("tab");
    const before = document("p", `shop.${name}`);
    const after = {
      ...before,
      nodes: before.nodes.map((node) => (node.id === "check" ? { ...node, rowLevel: [] } : node)),
    };
    const preview = await previewPlan({ ctx, input: { before, after } });
    expect(preview.changedNodes).toEqual(["check"]);
    const counts = (side: typeof preview.before) =>
      side?.nodes.map(({ nodeId, counts: { out } }) => [nodeId, out]);
    expect(counts(preview.before)).toEqual([
      ["src", 2],
      ["check", 1],
      ["mask", 1],
    ]);
    expect(counts(preview.after)).toEqual([
      ["src", 2],
      ["check", 2],
      ["mask", 2],
    ]);
    expect(preview.before?.nodes[1]?.rejects).toMatchObject([{ rule: "mail" }]);
    expect((await listTables({ ctx })).tables.map((table) => table.table)).not.toContain(name);
  });
});
