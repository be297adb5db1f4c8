import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { updateAiSettings } from "#lib/settings/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ask, maskedOrders, onWire } from "#tests/proposal-kit.ts";
import { getProposal } from "./get-proposal.ts";
import { listProposals } from "./list-proposals.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
afterAll(() => wire.close());

withDatabase("what a stored proposal cost", ({ testCtx }) => {
  const choose = (
    ctx: Ctx,
    change: { model?: string; inputPrice: number | null; outputPrice: number | null },
  ) =>
    updateAiSettings({
      ctx,
      input: {
        ...{ provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1` },
        ...{ region: null, structured: true, ...change },
      },
    });
  const shown = async (ctx: Ctx, id: string) => [
    (await getProposal({ ctx, input: { id } })).cost,
    (await listProposals({ ctx, input: {} })).data.find((row) => row.id === id)?.cost,
  ];

  test("is what it was answered with, opened anew; by the prices of now, and of the model that answered", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    await choose(ctx, { inputPrice: 3, outputPrice: 15 });
    const patch = [{ op: "replace", path: "/nodes/1/ops/0/strategy", value: "partial" }];
    wire.queue.push({ ...onWire("Keeps part.", patch), usage: { input: 1_000, output: 100 } });
    const { answer, by } = await ask(ctx, { pipelineId, message: "Show part of the email" });
    expect(by.cost).toBeCloseTo(0.0045, 10);
    const id = answer.proposalId;
    expect(await shown(ctx, id)).toEqual([by.cost, by.cost]);

    await choose(ctx, { inputPrice: 6, outputPrice: null });
    expect(await shown(ctx, id)).toEqual([0.006, 0.006]);
    await choose(ctx, { inputPrice: null, outputPrice: null });
    expect(await shown(ctx, id)).toEqual([null, null]);
    await choose(ctx, { model: "another", inputPrice: 3, outputPrice: 15 });
    expect(await shown(ctx, id)).toEqual([null, null]);
  });

  test("of the built-in assistant there is no cost", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    const { answer } = await ask(ctx, { pipelineId, message: "drop column status" });
    expect(await shown(ctx, answer.proposalId)).toEqual([null, null]);
  });
});
