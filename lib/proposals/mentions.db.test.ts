import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { finishRun } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ask, maskedOrders, onWire, prompts, refusal, section, wireModel } from "#tests/proposal-kit.ts";
import { claimed, request } from "#tests/run-kit.ts";
import type { EarlierMessage } from "./prompt-document.ts";
import { rejectProposal } from "./reject-proposal.ts";
import type { TableColumns } from "./resolve-mentions.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const columns = [{ name: "order_id", type: "bigint" }];
const tableColumns: TableColumns = async (table) => {
  if (table === "shop.orders") return columns;
  throw new AppError("table_not_found", `There is no table ${table}.`);
};

withDatabase("what a message points at", ({ testCtx }) => {
  const asking = (
    ctx: Ctx,
    input: { pipelineId?: string; proposalId?: string; mentions?: string[] },
    message = "x?",
  ) => ask(ctx, { message, ...input }, { model: wireModel(wire), tableColumns });
  const last = <T>(name: string) => section<T>(prompts(wire).at(-1), name);

  test("is looked up, and quoted with what it is", async () => {
    const ctx = await testCtx();
    const { pipelineId, slug } = await maskedOrders(ctx);
    const runId = await request(ctx, pipelineId);
    const error = {
      ...{ code: "cast_failed", message: "'n/a' is no number; password=hunter2", nodeId: "shape", row: 7 },
    };
    await finishRun(await claimed(ctx, runId), { status: "failed", error, rowsRead: 9, rowsRejected: 2 });
    const mentions = ["shape", "table:shop.orders", "column:src.email", "column:load.status", `run:${runId}`];
    await asking(ctx, { pipelineId, mentions });
    expect(last("nodes_pointed_at")).toEqual(["shape", "src", "load"]);
    expect(last("other_things_pointed_at")).toEqual([
      { kind: "table", table: "shop.orders", columns },
      { kind: "column", node: "src", column: "email", type: "string" },
      { kind: "column", node: "load", column: "status", type: "string" },
      {
        kind: "run",
        run: runId,
        pipeline: slug,
        version: 1,
        status: "failed",
        rows: { read: 9, out: 0, rejected: 2 },
        nodes: expect.any(Array),
        error: {
          ...{ node: "shape", code: "cast_failed" },
          message: expect.stringMatching(/^'n\/a' is no number; password=\*{3}/),
        },
      },
    ]);
    expect(prompts(wire).at(-1)).not.toContain("hunter2");
  });

  test("is refused by its place where it is not there, or another tenant's, before anybody is asked", async () => {
    const [ctx, stranger] = [await testCtx(), await testCtx()];
    const { pipelineId } = await maskedOrders(ctx);
    const theirs = await request(stranger, (await maskedOrders(stranger)).pipelineId);
    const mentions = [
      ...["shape", "shap", "table:shop.none", "column:src.emial", "column:nowhere.email", "column:src"],
      ...[`run:${theirs}`, "run:x", "", "table:"].filter(Boolean),
    ];
    const error = await refusal(asking(ctx, { pipelineId, mentions }));
    expect([error.code, error.status]).toEqual(["bad_request", 400]);
    expect(error.extra.issues?.map(({ path }) => path)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((at) => `/mentions/${at}`),
    );
    expect(error.extra.issues?.[1]?.message).toBe("there is no table shop.none");
    const none = ask(
      ctx,
      { pipelineId, message: "x?", mentions: ["table:shop.orders"] },
      { model: wireModel(wire) },
    );
    expect((await refusal(none)).extra.issues).toMatchObject([{ path: "/mentions/0" }]);
    expect(wire.calls).toHaveLength(0);
    expect(await ctx.db.proposal.count({ where: { tenantId: ctx.tenant } })).toBe(0);
    expect(await ctx.db.rateLimitHit.count({ where: { key: `proposals:${ctx.tenant}` } })).toBe(0);
  });

  test("a follow-up is told what it goes on with, and patches its result", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    wire.queue.push(
      onWire("Keeps part of the email.", [
        { op: "replace", path: "/nodes/1/ops/0/strategy", value: "partial" },
      ]),
      onWire("Loads whole each time.", [{ op: "replace", path: "/nodes/2/loadMode", value: "truncate" }]),
      onWire("That is all.", []),
    );
    const first = await asking(ctx, { pipelineId }, "Show part of the email");
    const second = await asking(
      ctx,
      { pipelineId, proposalId: first.answer.proposalId },
      "and replace the rows",
    );
    expect(last<EarlierMessage[]>("earlier_in_this_conversation")).toEqual([
      {
        asked: "Show part of the email",
        proposed: "Keeps part of the email.",
        changes: [expect.stringMatching(/^modify shape\.ops: .*"redact".* → .*"partial"/)],
      },
    ]);
    expect(prompts(wire).at(-1)).toContain('"strategy":"partial"');
    expect(second.answer.changes.map(({ label }) => label)).toEqual([
      expect.stringMatching(/^modify shape\.ops: .*"redact".* → .*"partial"/),
      "modify load.loadMode: append → truncate",
    ]);
    await asking(ctx, { pipelineId, proposalId: second.answer.proposalId }, "anything else?");
    expect(
      last<EarlierMessage[]>("earlier_in_this_conversation")?.map(({ asked, changes }) => [
        asked,
        changes?.length,
      ]),
    ).toEqual([
      ["Show part of the email", undefined],
      ["and replace the rows", 2],
    ]);
  });

  test("only an open proposal can be refined", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    const { answer } = await asking(ctx, { pipelineId });
    await rejectProposal({ ctx, input: { id: answer.proposalId, reason: "no" } });
    const error = await refusal(asking(ctx, { pipelineId, proposalId: answer.proposalId }));
    expect([error.code, error.message]).toEqual(["conflict", expect.stringContaining("rejected")]);
    expect(wire.calls).toHaveLength(1);
  });
});
