import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { connectServer } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { getAiSettings, updateAiSettings, updateProposalLimit } from "#lib/settings/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ask, maskedOrders, refusal, wireModel } from "#tests/proposal-kit.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
afterAll(() => wire.close());

withDatabase("a tenant's limit of proposals", ({ engine, database, testCtx }) => {
  const asking = (ctx: Ctx, pipelineId: string) =>
    ask(ctx, { pipelineId, message: "is this right?" }, { model: wireModel(wire) });
  const used = (ctx: Ctx, count: number) => {
    const hit = { key: `proposals:${ctx.tenant}`, at: new Date(Date.now() - 20 * 60_000) };
    return ctx.db.rateLimitHit.createMany({ data: Array.from({ length: count }, () => hit) });
  };

  test("the 101st request in the hour is refused, naming the limit and who can change it; then it is taken", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    await used(ctx, limits.proposalsPerHour);
    const calls = wire.calls.length;
    const error = await refusal(asking(ctx, pipelineId));
    expect([error.code, error.status]).toEqual(["rate_limited", 429]);
    expect(error.message).toContain("100 proposals within 60 minutes");
    expect(error.message).toContain("an administrator can change the limit");
    const wait = Number(error.extra.headers?.["Retry-After"]);
    expect(wait).toBeGreaterThan(39 * 60);
    expect(wait).toBeLessThanOrEqual(40 * 60);
    expect(wire.calls).toHaveLength(calls);

    await updateProposalLimit({ ctx, input: { proposalsPerHour: 101 } });
    expect((await asking(ctx, pipelineId)).answer.ok).toBe(true);
    expect((await refusal(asking(ctx, pipelineId))).message).toContain("101 proposals");
    await updateProposalLimit({ ctx, input: { proposalsPerHour: 5 } });
    expect((await refusal(asking(ctx, pipelineId))).message).toContain("5 proposals");
    await updateProposalLimit({ ctx, input: { proposalsPerHour: null } });
    expect((await refusal(asking(ctx, pipelineId))).message).toContain("100 proposals");
  });

  test("two nodes share the count and see a limit at once that was changed on the other", async () => {
    const ctx = await testCtx();
    const { pipelineId } = await maskedOrders(ctx);
    // The embedded database has one process, whose requests share one client.
    const node =
      engine === "postgres" ? connectServer(String(database().pool.options.connectionString), 4) : undefined;
    const there = { ...ctx, db: node?.db ?? ctx.db };
    try {
      await updateProposalLimit({ ctx, input: { proposalsPerHour: 6 } });
      const all = await Promise.allSettled(
        Array.from({ length: 10 }, (_, at) => asking(at % 2 === 0 ? ctx : there, pipelineId)),
      );
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(6);
      await updateProposalLimit({ ctx: there, input: { proposalsPerHour: 7 } });
      await asking(ctx, pipelineId);
      expect((await refusal(asking(there, pipelineId))).message).toContain("7 proposals");
    } finally {
      await node?.close();
    }
  });

  test("belongs to the administrator, whoever answers, and to one tenant", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const engineer = { ...ctx, roles: ["ROLE_DATA_ENGINEER"] as const };
    expect((await refusal(updateProposalLimit({ ctx: engineer, input: { proposalsPerHour: 9 } }))).code).toBe(
      "permission_denied",
    );
    for (const proposalsPerHour of [0, -1, 1.5, limits.proposalsPerHourMax + 1])
      await expect(updateProposalLimit({ ctx, input: { proposalsPerHour } })).rejects.toThrow();
    await updateProposalLimit({ ctx, input: { proposalsPerHour: 9 } });
    expect(await getAiSettings({ ctx: engineer })).toMatchObject({ from: "built-in", proposalsPerHour: 9 });
    await updateAiSettings({ ctx, input: { provider: "rules" } });
    expect(await getAiSettings({ ctx })).toMatchObject({ from: "tenant", proposalsPerHour: 9 });
    await updateAiSettings({ ctx, input: { provider: "rules", proposalsPerHour: 8 } });
    expect(await getAiSettings({ ctx })).toMatchObject({ proposalsPerHour: 8 });
    expect(await getAiSettings({ ctx: other })).toMatchObject({ proposalsPerHour: null });
    const changes = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant, action: "ai_settings.updated" },
      orderBy: { seq: "asc" },
      include: { content: true },
    });
    expect(changes[0]?.content).toMatchObject({
      before: { proposalsPerHour: null },
      after: { proposalsPerHour: 9 },
    });
  });
});
