import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { chooseModel, type LanguageModel } from "#lib/model/index.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { publishVersion, removePipeline } from "#lib/runs/index.ts";
import { createDestination, deleteDestination } from "#lib/settings/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { answerChat } from "./answer-chat.ts";
import { applyProposal } from "./apply-proposal.ts";
import { getProposal } from "./get-proposal.ts";
import { listProposals } from "./list-proposals.ts";
import { previewDocuments } from "./preview-documents.ts";
import { recordFeedback } from "./record-feedback.ts";
import { rejectProposal } from "./reject-proposal.ts";
import { rulesAssistant } from "./rules-assistant/rules-model.ts";
import type { PipelineChatInput, ProposalSuccess } from "./schema.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const model = () =>
  chooseModel({ provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1` }, () => {
    throw new Error("not the rules assistant");
  });

const columns = ["order_id", "email", "status"].map((name) => ({ name, type: "string" }));
const orders = (id: string): PipelineIr => ({
  kind: "pipeline",
  version: "1.0",
  id,
  metadata: { name: id },
  nodes: [
    {
      id: "src",
      kind: "source",
      connector: "local_fs",
      config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
    },
    { id: "load", kind: "target", input: "src", schema: "starbucks.orders", loadMode: "append" },
  ],
});

const seed = {
  rationale: "Adds a validate node that aborts when fewer than 100 rows arrive.",
  patch: [
    {
      op: "add",
      path: "/nodes/-",
      value: {
        id: "v",
        kind: "validate",
        input: "src",
        datasetLevel: { rowCount: { min: 100, onFail: "abort" } },
      },
    },
  ],
};
type Op = { op: string; path: string; from?: string; value?: unknown };
const onWire = ({ rationale, patch }: { rationale: string; patch: Op[] }) => ({
  rationale,
  patch: patch.map(({ op, path, from, value }) => ({
    op,
    path,
    from: from ?? null,
    valueJson: value === undefined ? null : JSON.stringify(value),
  })),
});
const wrong = {
  rationale: "Reads another node.",
  patch: [{ op: "replace", path: "/nodes/1/input", value: "srcc" }],
};

withDatabase("proposals", ({ testCtx }) => {
  async function published(ctx: Ctx) {
    return publishVersion({ ctx, input: { ir: orders(uniqueId("orders")), origin: "created" } });
  }

  async function chat(ctx: Ctx, input: PipelineChatInput, given: LanguageModel = rulesAssistant()) {
    const request = new Request("http://penstock.test", { method: "POST" });
    const response = await answerChat({ ctx, input, request, model: given });
    return { response, answer: (await response.json()) as ProposalSuccess };
  }

  const audits = async (ctx: Ctx) => {
    const rows = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant, entityType: "pipeline_ai_proposal" },
      orderBy: { seq: "asc" },
    });
    const contents = await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } });
    return rows.map((row) => ({
      action: row.action,
      after: contents.find((one) => one.auditLogId === row.id)?.after as Record<string, unknown>,
    }));
  };

  const refusal = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      (value) => expect.fail(`not refused: ${JSON.stringify(value)}`),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof AppError)) throw error;
    return error;
  };

  it("answers the seed's example from its patch", async () => {
    const ctx = await testCtx();
    const { pipelineId, name } = await published(ctx);
    wire.queue.push({ json: onWire(seed) });
    const { response, answer } = await chat(ctx, { pipelineId: name, message: "check the rows" }, model());
    expect([response.status, response.headers.get("vary")]).toEqual([200, "accept"]);
    expect(answer).toMatchObject({ ok: true, ...seed, baseVersion: 1, retries: 0, tokensUsed: 18 });
    expect(answer.patch).toEqual(seed.patch);
    expect(answer.resultingIr.nodes.map((node) => node.id)).toEqual(["src", "load", "v"]);
    expect(answer.changes.map((change) => change.op)).toEqual(["add"]);
    const [row] = await audits(ctx);
    expect(row?.action).toBe("proposal.proposed");
    expect(row?.after).toMatchObject({
      ...seed,
      pipelineId,
      outcome: "proposed",
      retries: 0,
      tokensUsed: 18,
      provider: "openai-compatible",
      model: "local",
      baseVersion: 1,
      latencyMs: expect.any(Number),
    });
  });

  it("regenerates with the reasons, word for word", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ json: onWire(wrong) }, { json: onWire(seed) });
    const { answer } = await chat(ctx, { pipelineId, message: "check the rows" }, model());
    expect(answer).toMatchObject({ ok: true, retries: 1, tokensUsed: 36 });
    const told = JSON.stringify(wire.calls[1]?.body);
    expect(told).toContain("srcc");
    expect(told).toContain("/nodes/1/input");
  });

  it("gives up after three attempts in the seed's shape", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ json: onWire(wrong) }, { text: "prose" }, { json: onWire(wrong) });
    const { answer } = await chat(ctx, { pipelineId, message: "check the rows" }, model());
    expect(Object.keys(answer).sort()).toEqual(["errors", "ok", "rationale", "retries", "tokensUsed"]);
    expect(answer).toMatchObject({ ok: false, retries: 2, tokensUsed: 54 });
    expect(JSON.stringify(answer)).toContain("srcc");
    expect(wire.calls).toHaveLength(3);
    expect((await audits(ctx)).map((row) => [row.action, row.after.patch])).toEqual([
      ["proposal.failed", wrong.patch],
    ]);
  });

  it("records a provider that is down, and passes its Retry-After on", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ status: 429, headers: { "retry-after": "9" } });
    const error = await refusal(chat(ctx, { pipelineId, message: "check the rows" }, model()));
    expect([error.code, error.extra.headers?.["Retry-After"]]).toEqual(["provider_unavailable", "9"]);
    expect((await audits(ctx)).map((row) => row.action)).toEqual(["proposal.errored"]);
  });

  it("creates a pipeline from the seed's sentence, and schedules it", async () => {
    const ctx = await testCtx();
    env().PENSTOCK_READ_ROOTS.push(`${ctx.tenant}=/tmp`);
    const message = "add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";
    const { answer } = await chat(ctx, { message });
    expect(answer).toMatchObject({ ok: true, baseVersion: 0 });
    const applied = await applyProposal({ ctx, input: { id: answer.proposalId } });
    expect(applied).toMatchObject({ version: 1, executable: true, name: "Orders, daily" });
    const second = await chat(ctx, { message });
    const again = await applyProposal({ ctx, input: { id: second.answer.proposalId } });
    expect(again.pipelineId).not.toBe(applied.pipelineId);
    const stored = await loadVersion({ ctx, pipeline: again.pipelineId });
    expect(stored.slug).toBe("orders-daily-2");
    expect(await ctx.db.schedule.count({ where: { tenantId: ctx.tenant } })).toBe(2);
  });

  it.each(["", "/"])(
    "asks which files are meant where a folder is named, written with %j at its end",
    async (end) => {
      const ctx = await testCtx();
      env().PENSTOCK_READ_ROOTS.push(`${ctx.tenant}=${tmpdir()}`);
      const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
      try {
        const { answer } = await chat(ctx, { message: `load ${folder}${end} into shop.orders` });
        expect(answer.patch).toEqual([]);
        expect(answer.rationale).toContain(`${folder}${end} is a folder`);
        expect(answer.rationale).toContain(`for instance ${folder}/*.csv.`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it("looks into the files that a folder is named for", async () => {
    const ctx = await testCtx();
    env().PENSTOCK_READ_ROOTS.push(`${ctx.tenant}=${tmpdir()}`);
    const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    try {
      writeFileSync(path.join(folder, "first.csv"), "order_id,amount\n1,2.50\n");
      writeFileSync(path.join(folder, "notes.txt"), "nothing to load");
      const { answer } = await chat(ctx, { message: `load every csv file in ${folder} into shop.orders` });
      const read = [{ name: "order_id" }, { name: "amount" }];
      expect(answer.patch).toMatchObject(
        expect.arrayContaining([
          expect.objectContaining({
            value: expect.objectContaining({
              config: {
                path: folder,
                pattern: { type: "glob", value: "*.csv" },
                format: { type: "csv", columns: read.map((column) => expect.objectContaining(column)) },
              },
            }),
          }),
        ]),
      );
      expect(answer.rationale).toContain(`found at the beginning of ${folder}/first.csv`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("applies once, whoever asks how often", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    const input = { id: answer.proposalId };
    const both = await Promise.all([1, 2, 3].map(() => applyProposal({ ctx, input })));
    expect(both.map((one) => one.version)).toEqual([2, 2, 2]);
    expect((await applyProposal({ ctx, input })).version).toBe(2);
    expect((await loadVersion({ ctx, pipeline: pipelineId })).version).toBe(2);
    expect((await audits(ctx)).map((row) => row.action)).toEqual(["proposal.proposed", "proposal.applied"]);
    expect((await refusal(rejectProposal({ ctx, input: { ...input, reason: "late" } }))).code).toBe(
      "conflict",
    );
  });

  it("applies a part, and refuses one that does not stand alone", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, {
      pipelineId,
      message: "run it hourly and rename the pipeline to Coffee",
    });
    const schedule = answer.changes.find((change) => change.section === "schedule");
    const input = { id: answer.proposalId, changes: [schedule?.id ?? ""] };
    const preview = await previewDocuments({ ctx, input });
    expect([preview.after.schedule?.kind, preview.before?.schedule]).toEqual(["cron", undefined]);
    await applyProposal({ ctx, input });
    const { ir } = await loadVersion({ ctx, pipeline: pipelineId });
    expect([ir.schedule?.kind, ir.metadata.name === "Coffee"]).toEqual(["cron", false]);

    const spliced = await chat(ctx, { pipelineId, message: "mask email" });
    const added = spliced.answer.changes.find((change) => change.op === "modify");
    const alone = applyProposal({
      ctx,
      input: { id: spliced.answer.proposalId, changes: [added?.id ?? ""] },
    });
    expect((await refusal(alone)).status).toBe(400);
  });

  it("answers a stale apply with the same change against the current version", async () => {
    const ctx = await testCtx();
    const { pipelineId, slug } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "upsert on order_id" });
    const ir = orders(slug);
    const moved = { ...ir, nodes: [...ir.nodes].reverse() };
    await publishVersion({
      ctx,
      input: { pipelineId, ir: { ...ir, metadata: { name: "edited" } }, origin: "edited" },
    });
    const error = await refusal(applyProposal({ ctx, input: { id: answer.proposalId } }));
    expect([error.code, error.status, error.extra.members?.currentVersion]).toEqual([
      "stale_proposal",
      409,
      2,
    ]);
    const rebased = error.extra.members?.rebased as { id: string; baseVersion: number };
    expect(rebased.baseVersion).toBe(2);
    const again = await refusal(applyProposal({ ctx, input: { id: answer.proposalId } }));
    expect(again.extra.members?.rebased).toMatchObject({ id: rebased.id });
    expect((await applyProposal({ ctx, input: { id: rebased.id } })).version).toBe(3);
    expect((await loadVersion({ ctx, pipeline: pipelineId })).ir).toMatchObject({
      metadata: { name: "edited" },
      nodes: [{}, { loadMode: "upsert" }],
    });
    expect((await audits(ctx)).map((row) => row.action)).toEqual([
      "proposal.proposed",
      "proposal.staled",
      "proposal.proposed",
      "proposal.applied",
    ]);

    // Nodes that changed places: the guard fails instead of editing the neighbour.
    const next = await chat(ctx, { pipelineId, message: "append" });
    await publishVersion({ ctx, input: { pipelineId, ir: moved, origin: "edited" } });
    const unfit = await refusal(applyProposal({ ctx, input: { id: next.answer.proposalId } }));
    expect(unfit.extra.members).toMatchObject({ currentVersion: 4, rebased: null });
  });

  it("keeps a rejection's reason and tells it to the next proposal of that pipeline alone", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const other = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    await recordFeedback({
      ctx,
      input: { pipelineId, rationale: answer.rationale, patch: answer.patch, reason: "wrong target table" },
    });
    const view = await getProposal({ ctx, input: { id: answer.proposalId } });
    expect([view.outcome, view.reason]).toEqual(["rejected", "wrong target table"]);
    expect((await audits(ctx)).at(-1)).toMatchObject({
      action: "proposal.rejected",
      after: { reason: "wrong target table", patch: answer.patch },
    });
    await chat(ctx, { pipelineId, message: "hash email" }, model());
    await chat(ctx, { pipelineId: other.pipelineId, message: "hash email" }, model());
    expect(wire.calls.map((call) => JSON.stringify(call.body).includes("wrong target table"))).toEqual([
      true,
      false,
    ]);
    expect((await refusal(applyProposal({ ctx, input: { id: answer.proposalId } }))).code).toBe("conflict");
  });

  it("takes the seed's feedback for a pipeline that it does not know", async () => {
    const ctx = await testCtx();
    await recordFeedback({
      ctx,
      input: { pipelineId: "p1", rationale: "r", patch: [], reason: "wrong target table" },
    });
    expect((await audits(ctx)).map((row) => [row.action, row.after.reason])).toEqual([
      ["proposal.rejected", "wrong target table"],
    ]);
  });

  it("refines an open proposal", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const first = await chat(ctx, { pipelineId, message: "mask email" });
    const { answer } = await chat(ctx, {
      pipelineId,
      proposalId: first.answer.proposalId,
      message: "and hash order_id",
    });
    expect(answer.resultingIr.nodes.find((node) => node.kind === "transform")).toMatchObject({
      ops: [{ op: "mask_pii" }, { op: "hash" }],
    });
    expect((await applyProposal({ ctx, input: { id: answer.proposalId } })).version).toBe(2);
  });

  it("an empty patch is an answer, not a failure", async () => {
    const ctx = await testCtx();
    const { answer } = await chat(ctx, { message: "read from the kafka topic orders" });
    expect(answer).toMatchObject({ ok: true, patch: [], changes: [], retries: 0 });
    expect(answer.rationale).toContain("Kafka");
    expect((await refusal(applyProposal({ ctx, input: { id: answer.proposalId } }))).code).toBe("conflict");
  });

  it("off by the tenant's flag before anything is read or counted", async () => {
    const ctx = await testCtx();
    await ctx.db.tenantSetting.update({ where: { tenantId: ctx.tenant }, data: { flowIrEnabled: false } });
    const error = await refusal(chat(ctx, { pipelineId: "nowhere", message: "mask email" }, model()));
    expect([error.code, error.status]).toEqual(["flow_ir_disabled", 403]);
    expect(wire.calls).toHaveLength(0);
    expect(await ctx.db.rateLimitHit.count({ where: { key: `proposals:${ctx.tenant}` } })).toBe(0);
  });

  it("counts 100 in an hour exactly, sliding, and only what reaches a provider", async () => {
    const ctx = await testCtx();
    const key = `proposals:${ctx.tenant}`;
    const taken = limits.proposalsPerHour - 3;
    await ctx.db.rateLimitHit.createMany({
      data: Array.from({ length: taken }, () => ({ key, at: new Date(Date.now() - 30 * 60_000) })),
    });
    expect((await refusal(chat(ctx, { pipelineId: "nowhere", message: "mask email" }))).code).toBe(
      "pipeline_not_found",
    );
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => chat(ctx, { message: "what does this do?" })),
    );
    expect(asked.filter((one) => one.status === "fulfilled")).toHaveLength(3);
    const error = await refusal(chat(ctx, { message: "what does this do?" }));
    expect([error.code, error.status]).toEqual(["rate_limited", 429]);
    const wait = Number(error.extra.headers?.["Retry-After"]);
    expect(wait).toBeGreaterThan(29 * 60);
    expect(wait).toBeLessThanOrEqual(30 * 60);
    await ctx.db.rateLimitHit.updateMany({
      where: { key, at: { lt: new Date(Date.now() - 20 * 60_000) } },
      data: { at: new Date(Date.now() - 61 * 60_000) },
    });
    expect((await chat(ctx, { message: "what does this do?" })).answer.ok).toBe(true);
  });

  it("keeps tenants and roles apart", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    const input = { id: answer.proposalId };
    for (const verb of [
      () => getProposal({ ctx: other, input }),
      () => applyProposal({ ctx: other, input }),
      () => rejectProposal({ ctx: other, input: { ...input, reason: "mine now" } }),
      () => previewDocuments({ ctx: other, input }),
      () => chat(other, { message: "mask email", proposalId: answer.proposalId }),
    ]) {
      expect((await refusal(verb())).code).toBe("proposal_not_found");
    }
    expect((await refusal(chat(other, { pipelineId, message: "mask email" }))).code).toBe(
      "pipeline_not_found",
    );
    expect((await listProposals({ ctx: other, input: {} })).data).toEqual([]);
    expect((await listProposals({ ctx, input: { pipelineId } })).data.map((one) => one.id)).toEqual([
      input.id,
    ]);
    const viewer = { ...ctx, roles: ["ROLE_VIEWER"] as const };
    for (const verb of [
      () => chat(viewer, { pipelineId, message: "mask email" }),
      () => applyProposal({ ctx: viewer, input }),
      () => rejectProposal({ ctx: viewer, input: { ...input, reason: "no" } }),
    ]) {
      expect((await refusal(verb())).code).toBe("permission_denied");
    }
    expect((await getProposal({ ctx: viewer, input })).changes.length).toBeGreaterThan(0);
  });

  it("a pasted secret reaches neither model, database nor audit", async () => {
    const ctx = await testCtx();
    const canary = `sk-canary${uniqueId("x")}${"0".repeat(20)}`;
    const { pipelineId } = await published(ctx);
    await chat(ctx, { pipelineId, message: `mask email, the key is ${canary}` }, model());
    await chat(ctx, { pipelineId, message: `mask email password=${canary}` });
    wire.queue.push({ fault: "drop" });
    await refusal(chat(ctx, { pipelineId, message: `hash email ${canary}` }, model()));
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    await rejectProposal({ ctx, input: { id: answer.proposalId, reason: `because ${canary}` } });
    expect(wire.calls).toHaveLength(2);
    expect(JSON.stringify(wire.calls)).not.toContain("canary");
    const rows = [
      await ctx.db.proposal.findMany({ where: { tenantId: ctx.tenant } }),
      await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } }),
    ];
    expect(rows[0]).toHaveLength(4);
    expect(JSON.stringify(rows)).not.toContain("canary");
  });

  it("streams attempts, pieces and the proposal", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ json: onWire(wrong) }, { json: onWire(seed) });
    const request = new Request("http://penstock.test", { headers: { accept: "text/event-stream" } });
    const response = await answerChat({
      ctx,
      input: { pipelineId, message: "check" },
      request,
      model: model(),
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("vary")).toBe("accept");
    const parts = (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map(
        (line) =>
          JSON.parse(line.slice(6)) as { type: string; id?: string; data?: unknown; transient?: boolean },
      );
    const states = parts.filter((part) => part.type === "data-attempt").map((part) => part.data);
    expect(states).toMatchObject([
      { n: 1, of: 3, state: "generating" },
      { n: 1, state: "checking" },
      { n: 1, state: "refused", errors: [{ message: expect.stringContaining("srcc") }] },
      { n: 2, state: "generating" },
      { n: 2, state: "checking" },
      { n: 2, state: "accepted" },
    ]);
    const partials = parts.filter((part) => part.type === "data-partial");
    expect(partials.length).toBeGreaterThan(1);
    expect(partials.every((part) => part.transient)).toBe(true);
    expect(parts.find((part) => part.type === "data-proposal")?.data).toMatchObject({
      answer: { ok: true, ...seed, retries: 1 },
      by: { provider: "openai-compatible", model: "local" },
    });
  });

  it("a provider that dies in the second attempt is told in the stream", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ json: onWire(wrong) }, { status: 500 });
    const request = new Request("http://penstock.test", { headers: { accept: "text/event-stream" } });
    const response = await answerChat({
      ctx,
      input: { pipelineId, message: "check" },
      request,
      model: model(),
    });
    expect(await response.text()).toContain('"type":"data-error","data":{"code":"provider_unavailable"');
    expect((await audits(ctx)).map((row) => [row.action, row.after.tokensUsed])).toEqual([
      ["proposal.errored", 18],
    ]);
  });

  it("stops the provider and starts no other attempt when the client leaves", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    wire.queue.push({ json: onWire(wrong) }, { fault: "hang" });
    const before = wire.aborted();
    const request = new Request("http://penstock.test", { headers: { accept: "text/event-stream" } });
    const response = await answerChat({
      ctx,
      input: { pipelineId, message: "check" },
      request,
      model: model(),
    });
    const reader = response.body?.getReader();
    const drained = (async () => {
      while (!(await reader?.read())?.done);
    })();
    await expect.poll(() => wire.calls.length).toBe(2);
    await reader?.cancel();
    await drained;
    await expect.poll(wire.aborted).toBe(before + 1);
    await expect.poll(async () => (await audits(ctx)).map((row) => row.action)).toEqual(["proposal.errored"]);
    expect(wire.calls).toHaveLength(2);

    const leaving = new AbortController();
    wire.queue.push({ fault: "hang" });
    const left = { ...ctx, signal: leaving.signal };
    const again = new Request("http://penstock.test", { method: "POST" });
    const asked = answerChat({
      ctx: left,
      input: { pipelineId, message: "check" },
      request: again,
      model: model(),
    });
    await expect.poll(() => wire.calls.length).toBe(3);
    leaving.abort();
    expect((await asked).status).toBe(499);
    expect(wire.calls).toHaveLength(3);
  });

  it("lists by outcome, page by page", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const ids: string[] = [];
    for (const message of ["mask email", "hash email", "drop status", "what does this do?"]) {
      ids.push((await chat(ctx, { pipelineId, message })).answer.proposalId);
    }
    await rejectProposal({ ctx, input: { id: ids[1] ?? "", reason: "no" } });
    const first = await listProposals({ ctx, input: { outcome: "proposed", limit: 1 } });
    expect(first.data.map((one) => one.id)).toEqual([ids[2]]);
    expect(first.pagination).toMatchObject({ total: 2, hasMore: true });
    const cursor = first.pagination.cursor ?? "";
    const second = await listProposals({ ctx, input: { outcome: "proposed", limit: 1, cursor } });
    expect(second.data.map((one) => one.id)).toEqual([ids[0]]);
    expect(second.pagination).toMatchObject({ total: 2, hasMore: false, cursor: null });
    const rejected = await listProposals({ ctx, input: { outcome: "rejected" } });
    expect(rejected.data.map((one) => one.id)).toEqual([ids[1]]);
    expect((await listProposals({ ctx, input: {} })).pagination.total).toBe(4);
  });

  it("a pipeline that was deleted meanwhile answers apply, preview and stale with 404", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    const input = { id: answer.proposalId };
    await removePipeline({ ctx, input: { id: pipelineId } });
    expect((await refusal(applyProposal({ ctx, input }))).code).toBe("pipeline_not_found");
    expect((await refusal(previewDocuments({ ctx, input }))).code).toBe("pipeline_not_found");
    expect((await getProposal({ ctx, input })).baseIr).toBeNull();
    const view = await rejectProposal({ ctx, input: { ...input, reason: "the pipeline is gone" } });
    expect(view.outcome).toBe("rejected");
  });

  it("an applied proposal of a deleted pipeline does not answer as if it were there", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    const input = { id: answer.proposalId };
    await applyProposal({ ctx, input });
    await removePipeline({ ctx, input: { id: pipelineId } });
    expect((await refusal(applyProposal({ ctx, input }))).code).toBe("pipeline_not_found");
  });

  it("a destination that vanished meanwhile is named, and nothing is applied", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const made = await createDestination({
      ctx,
      input: {
        name: "analytics",
        kind: "postgres",
        config: { host: "127.0.0.1", port: 5432, database: "d", username: "u", sslmode: "disable" },
        password: "p",
      },
    });
    const { answer } = await chat(ctx, { pipelineId, message: "write to the analytics destination" });
    expect(answer.changes).toHaveLength(1);
    await deleteDestination({ ctx, id: made.id });
    const error = await refusal(applyProposal({ ctx, input: { id: answer.proposalId } }));
    expect([error.code, error.status]).toEqual(["invalid_ir", 400]);
    expect(JSON.stringify(error.extra.issues)).toContain("analytics");
    expect((await loadVersion({ ctx, pipeline: pipelineId })).version).toBe(1);
    expect((await getProposal({ ctx, input: { id: answer.proposalId } })).outcome).toBe("proposed");
  });

  it("one of two who decide at once wins, and the log says so", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await published(ctx);
    const { answer } = await chat(ctx, { pipelineId, message: "mask email" });
    const input = { id: answer.proposalId };
    const [applied, rejected] = await Promise.allSettled([
      applyProposal({ ctx, input }),
      rejectProposal({ ctx, input: { ...input, reason: "no" } }),
    ]);
    expect([applied, rejected].filter((one) => one.status === "fulfilled")).toHaveLength(1);
    const { version } = await loadVersion({ ctx, pipeline: pipelineId });
    const { outcome } = await getProposal({ ctx, input });
    expect([version, outcome]).toEqual(applied.status === "fulfilled" ? [2, "applied"] : [1, "rejected"]);
    expect((await audits(ctx)).map((row) => row.action)).toEqual([
      "proposal.proposed",
      `proposal.${outcome}`,
    ]);
  });
});
