import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import {
  applyProposal,
  getProposal,
  previewDocuments,
  proposeDrift,
  rejectProposal,
} from "#lib/proposals/index.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { previewPlan, readTable, runPipeline } from "#lib/runtime/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { proposalAudits } from "#tests/proposal-kit.ts";
import { progress, status, until } from "#tests/run-kit.ts";

const FIRST = "id,amount,name\n1,5,a\n2,6,b\n";
const DECLARED = [
  { name: "id", type: "bigint" },
  { name: "amount", type: "integer" },
  { name: "name", type: "string" },
];
type Node = Record<string, unknown>;

withDatabase("a change proposed from the columns that a run met", ({ database, testCtx }) => {
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

  const demo = (given: Partial<Ctx> = {}) => testCtx({ tenant: "t_demo", ...given });
  const put = (csv: string) => writeFileSync(path.join(folder, "orders.csv"), csv);

  /** A pipeline of a file, some nodes and a target that has run once, and then met another file. */
  async function drifted(
    csv: string,
    { columns, middle = [], target = {} }: { columns?: Node[]; middle?: Node[]; target?: Node } = {},
  ) {
    const ctx = await demo();
    put(FIRST);
    const [slug, table] = [uniqueId("drift"), `shop.${uniqueId("tab")}`];
    const config = {
      path: path.join(folder, "orders.csv"),
      format: { type: "csv", ...(columns && { columns }) },
    };
    const input = String(middle.at(-1)?.id ?? "src");
    const ir = {
      ...{ kind: "pipeline", version: "1.0", id: slug, metadata: { name: slug } },
      nodes: [
        { id: "src", kind: "source", connector: "local_fs", config },
        ...middle,
        { id: "out", kind: "target", input, schema: table, loadMode: "append", ...target },
      ],
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    expect((await run(ctx, pipelineId)).status).toBe("completed");
    put(csv);
    return { ctx, pipelineId, table, met: await run(ctx, pipelineId) };
  }

  async function run(ctx: Ctx, pipelineId: string) {
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    return progress(ctx, runId);
  }

  /** Applies a proposal, or some of its changes, and runs what it gives. */
  async function applied(ctx: Ctx, id: string, changes?: string[]) {
    const { pipelineId } = await applyProposal({ ctx, input: { id, changes } });
    return run(ctx, pipelineId);
  }
  const rowsOf = async (ctx: Ctx, table: string) => (await readTable({ ctx, input: { table } })).rows;
  const changesOf = ({ changes }: { changes: { id: string }[] }) => changes.map(({ id }) => id).sort();

  const CHECKED: Node[] = [
    {
      id: "check",
      kind: "validate",
      input: "src",
      rowLevel: [{ id: "there", field: "amount", rule: "gt:0" }],
    },
    {
      id: "clean",
      kind: "transform",
      input: "check",
      ops: [
        { op: "expression", field: "double", expr: "amount * 2" },
        { op: "mask_pii", field: "name", strategy: "redact" },
      ],
    },
  ];

  test("a renamed column: every node and the table go on with its old name", async () => {
    const target = { loadMode: "upsert", upsertKey: ["amount"] };
    const { ctx, table, met } = await drifted("id,amount_eur,name\n3,7,c\n", {
      ...{ columns: DECLARED, middle: CHECKED, target },
    });
    expect(met).toMatchObject({ status: "failed", error: { code: "column_missing" } });
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(proposal).toMatchObject({
      ...{ outcome: "proposed", provider: "drift", model: "schema-drift", tokensUsed: 0, baseVersion: 1 },
      rationale: expect.stringContaining("orders.csv now has “amount_eur” instead of “amount”: rename"),
      told: [{ outcome: "failed_run", runId: met.runId }],
    });
    expect(changesOf(proposal)).toEqual(["node:check/input", "node:src-fit", "node:src/config/format"]);
    const tried = await previewPlan({
      ctx,
      input: await previewDocuments({ ctx, input: { id: proposal.id } }),
    });
    expect(tried.after.error).toBeNull();
    const ran = await applied(ctx, proposal.id);
    expect(ran).toMatchObject({ status: "completed", warnings: [], ledger: { balanced: true, loaded: 1 } });
    expect((await rowsOf(ctx, table)).map((row) => [row.id, row.amount, row.double])).toEqual([
      ["1", 5, 10],
      ["2", 6, 12],
      ["3", 7, 14],
    ]);
  });

  test("it is one proposal however often it is asked for, audited, and decided like any other", async () => {
    const { ctx, met } = await drifted("id,amount_eur,name\n3,7,c\n", { columns: DECLARED });
    const input = { runId: met.runId };
    const { id } = await proposeDrift({ ctx, input });
    expect((await proposeDrift({ ctx, input })).id).toBe(id);
    await rejectProposal({ ctx, input: { id, reason: "amounts are in dollars" } });
    expect(await getProposal({ ctx, input: { id } })).toMatchObject({ outcome: "rejected" });
    const audits = (await proposalAudits(ctx)).filter((row) => JSON.stringify(row).includes("orders.csv"));
    expect(JSON.stringify(audits)).toContain("proposal.proposed");
    expect(JSON.stringify(audits)).toContain("proposal.rejected");
    const again = await proposeDrift({ ctx, input });
    expect(again.id).not.toBe(id);
    await applied(ctx, again.id);
    await expect(proposeDrift({ ctx, input })).rejects.toMatchObject({ code: "conflict" });
  });

  test("nothing declared and nothing names it: the run tells, and the rename is proposed all the same", async () => {
    const { ctx, table, met } = await drifted("id,amount_eur,name\n3,7,c\n");
    expect(met.status).toBe("completed");
    expect(met.warnings.map(({ code }) => code).sort()).toEqual(["columns_gone", "schema_evolved"]);
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(changesOf(proposal)).toEqual(["node:out/input", "node:src-fit"]);
    const ran = await applied(ctx, proposal.id);
    expect(ran).toMatchObject({ status: "completed", warnings: [] });
    expect((await rowsOf(ctx, table)).at(-1)).toMatchObject({ id: "3", amount: "7", amount_eur: null });
  });

  test("a frozen table and a column that came: left out, or taken in", async () => {
    const more = "id,amount,name,coupon\n3,7,c,x\n";
    const frozen = { target: { schemaEvolution: "freeze" } };
    const first = await drifted(more, frozen);
    expect(first.met).toMatchObject({ status: "failed", error: { code: "schema_frozen" } });
    const leave = await proposeDrift({ ctx: first.ctx, input: { runId: first.met.runId } });
    expect(leave.rationale).toContain("“coupon”");
    expect((await applied(first.ctx, leave.id)).status).toBe("completed");
    expect(Object.keys((await rowsOf(first.ctx, first.table))[0] ?? {})).toEqual(["id", "amount", "name"]);
    const second = await drifted(more, frozen);
    const take = await proposeDrift({ ctx: second.ctx, input: { runId: second.met.runId, added: "take" } });
    expect(changesOf(take)).toEqual(["node:out/schemaEvolution"]);
    expect((await applied(second.ctx, take.id)).status).toBe("completed");
    expect((await rowsOf(second.ctx, second.table)).map((row) => row.coupon)).toEqual([null, null, "x"]);
  });

  test("a column that went: what names it alone goes, each change to be ticked", async () => {
    const { ctx, table, met } = await drifted("id,name\n3,c\n", { columns: DECLARED, middle: CHECKED });
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(proposal.rationale).toContain("The rule “there” of check goes.");
    expect(changesOf(proposal)).toEqual([
      "node:check",
      "node:clean/input",
      "node:clean/ops",
      "node:src/config/format",
    ]);
    const ran = await applied(ctx, proposal.id);
    expect(ran.status).toBe("completed");
    expect((await rowsOf(ctx, table)).at(-1)).toMatchObject({ id: "3", amount: null });
  });

  test("a column that decides which rows there are is a person's to replace", async () => {
    const filter = [
      { id: "f", kind: "transform", input: "src", ops: [{ op: "filter", expr: "amount > 1" }] },
    ];
    const { ctx, met } = await drifted("id,name\n3,c\n", { columns: DECLARED, middle: filter });
    await expect(proposeDrift({ ctx, input: { runId: met.runId } })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("The op filter of f needs it"),
    });
  });

  test("one column went and one came that has nothing to do with it: no rename is guessed", async () => {
    const { ctx, met } = await drifted("id,shipped_on,name\n3,2024-01-01,c\n", { columns: DECLARED });
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(proposal.rationale).toContain("no longer has “amount”");
    expect(JSON.stringify(proposal.patch)).not.toContain("rename");
    const ran = await applied(ctx, proposal.id);
    expect(ran).toMatchObject({ status: "completed", ledger: { loaded: 1 } });
  });

  test("two went and two came: nothing is guessed", async () => {
    const { ctx, met } = await drifted("id,amount_eur,name_full\n3,7,c\n", { columns: DECLARED });
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(JSON.stringify(proposal.patch)).not.toContain("rename");
  });

  test("columns beside those declared are left out or declared", async () => {
    const { ctx, met } = await drifted("id,amount,name,coupon\n3,7,c,x\n", { columns: DECLARED });
    expect(met).toMatchObject({ status: "completed" });
    const take = await proposeDrift({ ctx, input: { runId: met.runId, added: "take" } });
    expect(changesOf(take)).toEqual(["node:src/config/format"]);
    expect(await applied(ctx, take.id)).toMatchObject({ status: "completed", warnings: [] });
  });

  test("nothing named a column that a frozen table has: it is left empty, on purpose", async () => {
    const { ctx, table, met } = await drifted("id,name\n3,c\n", { target: { schemaEvolution: "freeze" } });
    expect(met).toMatchObject({ status: "failed", error: { code: "schema_frozen", nodeId: "src" } });
    const proposal = await proposeDrift({ ctx, input: { runId: met.runId } });
    expect(await applied(ctx, proposal.id)).toMatchObject({ status: "completed" });
    expect((await rowsOf(ctx, table)).at(-1)).toMatchObject({ id: "3", amount: null });
  });

  test("who may not propose is refused, and so is a run that met what was expected", async () => {
    const { ctx, met } = await drifted(FIRST);
    const input = { runId: met.runId };
    await expect(proposeDrift({ ctx, input })).rejects.toMatchObject({ code: "conflict" });
    await expect(proposeDrift({ ctx: { ...ctx, roles: ["ROLE_VIEWER"] }, input })).rejects.toMatchObject({
      code: "permission_denied",
    });
    const stranger = await testCtx();
    await expect(proposeDrift({ ctx: stranger, input })).rejects.toMatchObject({ code: "run_not_found" });
  });
});
