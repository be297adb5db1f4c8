import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ask, maskedOrders, onWire, proposalAudits, refusal, wireModel } from "#tests/proposal-kit.ts";
import { answerChat } from "./answer-chat.ts";
import { applyProposal } from "./apply-proposal.ts";
import { recordFeedback } from "./record-feedback.ts";
import { rejectProposal } from "./reject-proposal.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const USAGE = { input: 11, output: 7 };
const rationale = "Keeps part of the email.";
const right = [{ op: "replace", path: "/nodes/1/ops/0/strategy", value: "partial" }];
const guarded = expect.arrayContaining(right);
const wrong = [{ op: "replace", path: "/nodes/2/input", value: "shap" }];
const twice = { tokensUsed: 36, inputTokens: 22, outputTokens: 14 };
const none = { tokensUsed: 0, inputTokens: null, outputTokens: null };
const message = "Show part of the email";

withDatabase("the audit log has every outcome of a proposal once, with all of it", ({ testCtx }) => {
  async function begin() {
    const ctx = await testCtx();
    const { pipelineId, slug } = await maskedOrders(ctx);
    const input = { pipelineId, message };
    const asking = (more: Partial<Parameters<typeof answerChat>[0]> = {}) =>
      answerChat({
        ...{ ctx, input, model: wireModel(wire), request: new Request("http://x", { method: "POST" }) },
        ...more,
      });
    const whole = (outcome: string, more: object = {}) => ({
      ...{ actor: ctx.actor.id, entityName: slug },
      after: {
        ...{ pipelineId, baseVersion: 1, message, rationale, errors: [], retries: 0 },
        ...{ tokensUsed: 18, inputTokens: 11, outputTokens: 7 },
        ...{ provider: "openai-compatible", model: "local", latencyMs: expect.any(Number), outcome },
        ...{ patch: guarded, ...more },
      },
    });
    return { ctx, pipelineId, slug, asking, whole };
  }
  const propose = async (ctx: Ctx, pipelineId: string) => {
    wire.queue.push({ ...onWire(rationale, right), usage: USAGE });
    return (await ask(ctx, { pipelineId, message }, { model: wireModel(wire) })).answer;
  };

  test("success after a repair: the tokens of both attempts", async () => {
    const { ctx, asking, whole } = await begin();
    wire.queue.push(
      { ...onWire("Wrong.", wrong), usage: USAGE },
      { ...onWire(rationale, right), usage: USAGE },
    );
    expect(await (await asking()).json()).toMatchObject({ ok: true, retries: 1, tokensUsed: 36 });
    expect(await proposalAudits(ctx)).toMatchObject([
      { action: "proposal.proposed", changes: guarded, ...whole("proposed", { retries: 1, ...twice }) },
    ]);
  });

  test("failure: the last patch and why it was refused", async () => {
    const { ctx, asking, whole } = await begin();
    for (let n = 0; n < 3; n++) wire.queue.push({ ...onWire("Wrong.", wrong), usage: USAGE });
    expect(await (await asking()).json()).toMatchObject({ ok: false, retries: 2, tokensUsed: 54 });
    const more = {
      ...{ retries: 2, patch: wrong, tokensUsed: 54, inputTokens: 33, outputTokens: 21 },
      rationale: expect.stringContaining("Wrong."),
      errors: [expect.stringContaining("shap")],
    };
    expect(await proposalAudits(ctx)).toMatchObject([
      { action: "proposal.failed", ...whole("failed", more) },
    ]);
  });

  test("error: a provider that fails in the second attempt, with what the first one used", async () => {
    const { ctx, asking, whole } = await begin();
    wire.queue.push({ ...onWire("Wrong.", wrong), usage: USAGE }, { status: 500, message: "out of order" });
    expect((await refusal(asking())).code).toBe("provider_unavailable");
    const more = { retries: 1, patch: wrong, rationale: "Wrong." };
    const errors = [expect.stringMatching(/^provider_unavailable: .*out of order/)];
    expect(await proposalAudits(ctx)).toMatchObject([
      { action: "proposal.errored", ...whole("error", { ...more, errors }) },
    ]);
  });

  test("rejected: the reason, and the figures of the proposal; the same reason again is not a row more", async () => {
    const { ctx, pipelineId, whole } = await begin();
    const { proposalId: id, patch } = await propose(ctx, pipelineId);
    const other = { ...ctx, actor: { id: "u_other", name: "Other", kind: "user" as const } };
    await rejectProposal({ ctx: other, input: { id, reason: "too much" } });
    await recordFeedback({
      ctx: other,
      input: { pipelineId, rationale, patch, reason: "too much", proposalId: id },
    });
    const expected = {
      ...whole("rejected", { patch, reason: "too much" }),
      actor: "u_other",
      changes: patch,
    };
    const rows = await proposalAudits(ctx);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({ action: "proposal.rejected", entityId: id, ...expected });
  });

  test("applied: which version and which changes; applied again it is not a row more", async () => {
    const { ctx, pipelineId, whole } = await begin();
    const { proposalId: id, patch, changes } = await propose(ctx, pipelineId);
    await applyProposal({ ctx, input: { id } });
    await applyProposal({ ctx, input: { id } });
    const more = { patch, version: 2, changes: changes.map((change) => change.id), appliedPatch: guarded };
    const rows = await proposalAudits(ctx);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({ action: "proposal.applied", entityId: id, ...whole("applied", more) });
  });

  test("stale: which version stands now; and the one made anew is proposed", async () => {
    const { ctx, pipelineId, whole } = await begin();
    const { proposalId: id, patch } = await propose(ctx, pipelineId);
    const { ir } = await loadVersion({ ctx, pipeline: pipelineId });
    // What a row calls the pipeline is its name at that time.
    const edited = { entityName: "edited" };
    const changed = { ...ir, metadata: { name: "edited" } };
    await publishVersion({ ctx, input: { pipelineId, ir: changed, origin: "edited" } });
    for (let n = 0; n < 2; n++)
      expect((await refusal(applyProposal({ ctx, input: { id } }))).status).toBe(409);
    const rows = await proposalAudits(ctx);
    expect(rows.map(({ action }) => action)).toEqual([
      ...["proposal.proposed", "proposal.staled", "proposal.proposed"],
    ]);
    expect(rows[1]).toMatchObject({
      entityId: id,
      ...whole("stale", { patch, currentVersion: 2 }),
      ...edited,
    });
    expect(rows[2]).toMatchObject({ ...whole("proposed", { patch, baseVersion: 2, ...none }), ...edited });
  });

  test("a request that was never asked, for its limit or its switch, is no outcome", async () => {
    const { ctx, asking } = await begin();
    await ctx.db.tenantSetting.update({ where: { tenantId: ctx.tenant }, data: { proposalsPerHour: 1 } });
    await (await asking()).json();
    expect((await refusal(asking())).status).toBe(429);
    await ctx.db.tenantSetting.update({ where: { tenantId: ctx.tenant }, data: { flowIrEnabled: false } });
    expect((await refusal(asking())).status).toBe(403);
    expect(await proposalAudits(ctx)).toHaveLength(1);
    expect(wire.calls).toHaveLength(1);
  });

  test("a client that leaves: the provider's call ends, no other begins, the row says so", async () => {
    const { ctx, asking, whole } = await begin();
    const leaving = new AbortController();
    const before = wire.aborted();
    wire.queue.push({ ...onWire("Wrong.", wrong), usage: USAGE }, { fault: "hang" });
    const asked = asking({ ctx: { ...ctx, signal: leaving.signal } });
    await expect.poll(() => wire.calls.length).toBe(2);
    leaving.abort();
    expect((await asked).status).toBe(499);
    await expect.poll(wire.aborted).toBe(before + 1);
    const more = { retries: 1, patch: wrong, rationale: "Wrong." };
    const errors = [expect.stringMatching(/^stopped: /)];
    expect(await proposalAudits(ctx)).toMatchObject([
      { action: "proposal.errored", ...whole("error", { ...more, errors }) },
    ]);
    expect(wire.calls).toHaveLength(2);
  });

  test("time that has run out ends all attempts together with a 503, and the row says so", async () => {
    const { ctx, asking, whole } = await begin();
    const before = wire.aborted();
    // The first attempt is over well within the time, the second one is held back until all of it has run out.
    const held = Promise.withResolvers<void>();
    wire.queue.push(
      { ...onWire("Wrong.", wrong), usage: USAGE },
      { ...onWire("Wrong.", wrong), until: held.promise },
    );
    const error = await refusal(asking({ withinMs: 10_000 }));
    expect([error.code, error.status]).toEqual(["provider_unavailable", 503]);
    expect(error.message).toContain("did not answer in time");
    expect(wire.calls).toHaveLength(2);
    await expect.poll(wire.aborted).toBe(before + 1);
    held.resolve();
    const more = { retries: 1, patch: wrong, rationale: "Wrong." };
    const errors = [expect.stringContaining("did not answer in time")];
    expect(await proposalAudits(ctx)).toMatchObject([
      { action: "proposal.errored", ...whole("error", { ...more, errors }) },
    ]);
  }, 30_000);
});
