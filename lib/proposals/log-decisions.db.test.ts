import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAuditLogs } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { eraseMemory, tailEvents } from "#lib/ingest/index.ts";
import { finishRun, retryRun } from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ask, maskedOrders, onWire, proposalAudits, wireModel } from "#tests/proposal-kit.ts";
import { claimed, progress, request } from "#tests/run-kit.ts";
import { applyProposal } from "./apply-proposal.ts";
import { getProposal } from "./get-proposal.ts";
import { keepDecisions, logDecisions } from "./log-decisions.ts";
import { recordFeedback } from "./record-feedback.ts";
import { rejectProposal } from "./reject-proposal.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
afterAll(() => wire.close());

withDatabase("decisions in the log", ({ testCtx }) => {
  const eventsOf = async (ctx: Ctx) => {
    const { events } = await tailEvents({
      ctx,
      input: { from_lsn: 0, limit: 100, agent_id: "pipeline-assistant" },
    });
    return events;
  };

  async function proposed(given: Partial<Ctx> = {}, message = "Keep part of the email instead") {
    const ctx = await testCtx(given);
    const { pipelineId, slug } = await maskedOrders(ctx);
    wire.queue.push(
      onWire("Keeps part of the email.", [
        { op: "replace", path: "/nodes/1/ops/0/strategy", value: "partial" },
      ]),
    );
    const { answer } = await ask(ctx, { pipelineId, message }, { model: wireModel(wire) });
    return { ctx, pipelineId, slug, id: answer.proposalId, answer };
  }

  async function failed(ctx: Ctx, runId: string, message: string) {
    const error = { code: "cast_failed", message, nodeId: "shape", hint: "say nullable", retryable: false };
    await finishRun(await claimed(ctx, runId), { status: "failed", error });
  }

  test("a rejection is there once, whoever writes it, with its reason and without secrets", async () => {
    const secret = `sk-${"a".repeat(30)}`;
    const { ctx, slug, id } = await proposed({}, `Keep part of the email, key ${secret}`);
    await rejectProposal({ ctx, input: { id, reason: `Finance needs it as it is, password=${secret}` } });
    await Promise.all([logDecisions(ctx.db), logDecisions(ctx.db), logDecisions(ctx.db)]);
    const events = await eventsOf(ctx);
    expect(events).toMatchObject([
      {
        event_id: `proposal_${id}_rejected`,
        event_type: "critique_generated",
        session_id: `pipeline:${slug}`,
        visibility: "tenant",
        payload: {
          outcome: "rejected",
          proposal_id: id,
          proposed: "Keeps part of the email.",
          reason: expect.stringContaining("Finance needs it"),
        },
      },
    ]);
    expect(events[0]?.payload.text).toContain("Finance needs it as it is");
    expect(JSON.stringify(events)).not.toContain(secret);
    const row = await ctx.db.proposal.findUniqueOrThrow({ where: { id } });
    expect([row.loggedAt === null, row.decidedBy, row.decidedByName]).toEqual([
      false,
      ctx.actor.id,
      ctx.actor.name,
    ]);
  });

  test("another reason is another event; the same one again is none", async () => {
    const { ctx, id } = await proposed();
    const reject = (reason: string) => rejectProposal({ ctx, input: { id, reason } });
    await reject("too early");
    await logDecisions(ctx.db);
    await reject("too early");
    await logDecisions(ctx.db);
    await reject("wrong column");
    await logDecisions(ctx.db);
    const told = (await eventsOf(ctx)).map(({ event_id, payload }) => [event_id, payload.reason]);
    expect(told).toEqual([
      [`proposal_${id}_rejected`, "too early"],
      [`proposal_${id}_rejected_2`, "wrong column"],
    ]);
  });

  test("feedback about a pipeline that is not ours is told of too", async () => {
    const ctx = await testCtx();
    wire.queue.push(onWire("Nothing changes.", []));
    const { answer } = await ask(ctx, { message: "what is this?" }, { model: wireModel(wire) });
    const feedback = (reason: string, more: { pipelineId?: string; rationale: string }) =>
      recordFeedback({ ctx, input: { patch: [], reason, ...more } });
    await feedback("wrong target table", { pipelineId: "p1", rationale: "Nothing changes." });
    await feedback("not that either", { rationale: "Says something else." });
    const { outcome } = await getProposal({ ctx, input: { id: answer.proposalId } });
    expect(outcome, "what was said of others is not said of it").toBe("proposed");
    await feedback("no answer at all", { rationale: "Nothing changes." });
    await logDecisions(ctx.db);
    const told = (await eventsOf(ctx)).map(({ event_type, payload }) => [event_type, payload.reason]);
    expect(told).toEqual(
      ["wrong target table", "not that either", "no answer at all"].map((reason) => [
        ...["critique_generated", reason],
      ]),
    );
    const view = await getProposal({ ctx, input: { id: answer.proposalId } });
    expect(view).toMatchObject({ outcome: "rejected", reason: "no answer at all" });
  });

  test("an applied change is told of shortly after, without being asked for", async () => {
    const { ctx, id } = await proposed();
    await applyProposal({ ctx, input: { id } });
    await expect
      .poll(() => eventsOf(ctx))
      .toMatchObject([
        {
          event_id: `proposal_${id}_applied`,
          event_type: "plan_updated",
          payload: { outcome: "applied", version: 2, asked: "Keep part of the email instead" },
        },
      ]);
  });

  test("what a process that died left behind is written by the next one, and nothing twice", async () => {
    const { ctx, id } = await proposed();
    await rejectProposal({ ctx, input: { id, reason: "no" } });
    await logDecisions(ctx.db);
    const before = await eventsOf(ctx);
    // It died between the event and the mark, and before the event of another decision.
    await ctx.db.proposal.update({ where: { id }, data: { loggedAt: null } });
    const other = await ctx.db.proposal.findUniqueOrThrow({ where: { id } });
    const { id: _, ...copy } = other;
    const data = {
      ...copy,
      told: [],
      patch: [],
      resultingIr: {},
      warnings: [],
      errors: [],
      outcome: "applied",
    };
    const { id: left } = await ctx.db.proposal.create({ data: { ...data, loggedAt: null } });
    const { stop } = keepDecisions(ctx.db);
    await expect
      .poll(() => ctx.db.proposal.count({ where: { tenantId: ctx.tenant, loggedAt: null } }))
      .toBe(0);
    await stop();
    const after = await eventsOf(ctx);
    expect(after.map(({ event_id }) => event_id)).toEqual([
      `proposal_${id}_rejected`,
      `proposal_${left}_applied`,
    ]);
    expect(after[0]).toEqual(before[0]);
  });

  test("erasing the event erases the words from the proposal and the audit log, for good", async () => {
    const { ctx, id, pipelineId, answer } = await proposed({}, "Keep part of the email canary-asked");
    await rejectProposal({ ctx, input: { id, reason: "canary-reason, the email" } });
    await logDecisions(ctx.db);
    wire.queue.push(onWire("Nothing.", []));
    const next = await ask(ctx, { pipelineId, message: "mask the email" }, { model: wireModel(wire) });
    expect(next.told).toMatchObject([{ proposalId: id, reason: "canary-reason, the email" }]);

    await eraseMemory({ ctx, input: { memory_id: `mem_proposal_${id}_rejected`, reason: "asked for" } });
    const view = await getProposal({ ctx, input: { id } });
    expect(view).toMatchObject({ outcome: "rejected", message: "", rationale: "", reason: "" });
    expect(view.patch).toEqual(answer.patch);
    expect(await getProposal({ ctx, input: { id: next.answer.proposalId } })).toMatchObject({
      told: [{ proposalId: id, asked: "", reason: "" }],
    });
    const everything = await Promise.all([
      ctx.db.proposal.findMany({ where: { tenantId: ctx.tenant } }),
      ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } }),
      ctx.db.event.findMany({ where: { tenantId: ctx.tenant }, select: { payload: true } }),
    ]);
    expect(JSON.stringify(everything)).not.toContain("canary-");
    expect((await proposalAudits(ctx)).filter(({ entityId }) => entityId === id)).toMatchObject([
      { action: "proposal.proposed", after: null },
      { action: "proposal.rejected", after: null },
    ]);
    expect((await verifyAuditLogs({ ctx })).intact).toBe(true);

    // A crash before the row was marked brings nothing back, and the model is told nothing of it.
    await ctx.db.proposal.update({ where: { id }, data: { loggedAt: null } });
    await logDecisions(ctx.db);
    expect(await eventsOf(ctx)).toMatchObject([{ payload: {}, erased: { reason: "asked for" } }]);
    expect(await ctx.db.proposal.count({ where: { tenantId: ctx.tenant, loggedAt: null, id } })).toBe(0);
    wire.queue.push(onWire("Nothing.", []));
    const last = await ask(ctx, { pipelineId, message: "mask the email" }, { model: wireModel(wire) });
    expect(last.told).toEqual([]);
  });

  test("a failed run is told of with its node and error; when it fails again, anew; erased from the run too", async () => {
    const ctx = await testCtx();
    const { pipelineId, slug } = await maskedOrders(ctx);
    const runId = await request(ctx, pipelineId);
    await failed(ctx, runId, "canary-one is no number");
    await Promise.all([logDecisions(ctx.db), logDecisions(ctx.db)]);
    expect(await eventsOf(ctx)).toMatchObject([
      {
        event_id: `run_${runId}_failed`,
        event_type: "tool_result_returned",
        session_id: `pipeline:${slug}`,
        payload: { run_id: runId, version: 1, node_id: "shape", code: "cast_failed" },
      },
    ]);
    await retryRun({ ctx, input: { runId } });
    await logDecisions(ctx.db);
    expect(await eventsOf(ctx)).toHaveLength(1);
    await failed(ctx, runId, "canary-two is no number");
    await logDecisions(ctx.db);
    const [one, two] = await eventsOf(ctx);
    expect([one?.payload.reason, two?.payload.reason]).toEqual([
      "canary-one is no number",
      "canary-two is no number",
    ]);
    await eraseMemory({ ctx, input: { memory_id: `mem_${two?.event_id}` } });
    expect((await progress(ctx, runId)).error).toEqual({ code: "cast_failed", message: "", nodeId: "shape" });
    expect(await ctx.db.run.count({ where: { tenantId: ctx.tenant, loggedAt: null } })).toBe(0);
  });

  test("a tenant's decisions stay its own", async () => {
    const [mine, other] = [await proposed(), await proposed()];
    const reason = uniqueId("because");
    await rejectProposal({ ctx: mine.ctx, input: { id: mine.id, reason } });
    await logDecisions(other.ctx.db);
    expect(JSON.stringify(await eventsOf(mine.ctx))).toContain(reason);
    expect(await eventsOf(other.ctx)).toEqual([]);
  });
});
