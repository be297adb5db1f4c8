import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { getVersion, listPipelines, listVersions, loadVersion } from "#lib/pipelines/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { createPipeline } from "./create-pipeline.ts";
import { getSchedule } from "./get-schedule.ts";
import { publishVersion } from "./publish-version.ts";
import { removePipeline, restorePipeline } from "./remove-pipeline.ts";
import { restoreVersion } from "./restore-version.ts";
import { saveIr } from "./save-ir.ts";
import { setScheduleEnabled } from "./set-schedule-enabled.ts";

withDatabase("publishing", ({ testCtx }) => {
  const create = (ctx: Ctx, ir: Record<string, unknown> = ordersIr("orders")) =>
    createPipeline({ ctx, input: { irVersion: "1.0", ir } });

  test("makes a pipeline of a document, under the name that was asked for, with an audit row", async () => {
    const ctx = await testCtx();
    const made = await createPipeline({
      ctx,
      input: { name: "Orders of the day", irVersion: "1.0", ir: ordersIr("orders") },
    });
    expect(made).toMatchObject({ slug: "orders", name: "Orders of the day", version: 1, executable: true });
    const bySlug = await loadVersion({ ctx, pipeline: "orders" });
    expect(bySlug.pipelineId).toBe(made.id);
    expect(bySlug.ir.metadata.name).toBe("Orders of the day");
    expect((await loadVersion({ ctx, pipeline: made.id })).slug).toBe("orders");
    const audit = await ctx.db.auditLog.findMany({ where: { tenantId: ctx.tenant, entityId: made.id } });
    expect(audit.map(({ action }) => action)).toEqual(["pipeline.created"]);
  });

  test("keeps a draft and says what it is missing", async () => {
    const ctx = await testCtx();
    const made = await create(ctx, draftIr("half"));
    expect(made.executable).toBe(false);
    expect(made.warnings.length).toBeGreaterThan(0);
  });

  test("refuses what cannot even be saved, a taken slug and a viewer; nothing is written", async () => {
    const ctx = await testCtx();
    await create(ctx);
    await expect(create(ctx)).rejects.toMatchObject({ code: "already_exists" });
    await expect(create(ctx, { ...ordersIr("other"), nodse: [] })).rejects.toMatchObject({
      code: "invalid_ir",
    });
    const viewer: Ctx = { ...ctx, roles: ["ROLE_VIEWER"] };
    await expect(create(viewer, ordersIr("other"))).rejects.toMatchObject({ code: "permission_denied" });
    expect(await ctx.db.pipeline.count({ where: { tenantId: ctx.tenant } })).toBe(1);
  });

  test("lets exactly one of twenty saves of the same version win", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const saves = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        publishVersion({
          ctx: { ...ctx, actor: { id: `u_${n}`, name: `Person ${n}`, kind: "user" } },
          input: { pipelineId: id, ir: ordersIr("orders"), baseVersion: 1, origin: "edited" },
        }),
      ),
    );
    const won = saves.filter(({ status }) => status === "fulfilled");
    const lost = saves.flatMap((save) => (save.status === "rejected" ? [save.reason] : []));
    expect(won).toHaveLength(1);
    expect(new Set(lost.map(({ code }) => code))).toEqual(new Set(["stale_version"]));
    expect(lost[0].extra.members).toMatchObject({
      currentVersion: 2,
      savedBy: expect.stringMatching(/^Person/),
    });
    expect(await ctx.db.pipelineVersion.count({ where: { pipelineId: id } })).toBe(2);
  });

  test("asks for the edited version, by entity tag or number", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const save = (ifMatch: string | null, more: object = {}) =>
      saveIr({ ctx, input: { id, ifMatch, ir: ordersIr("orders"), ...more } });
    await expect(save(null)).rejects.toMatchObject({ code: "bad_request" });
    await expect(save("three")).rejects.toMatchObject({ code: "bad_request" });
    await expect(save('"1"', { baseVersion: 2 })).rejects.toMatchObject({ code: "bad_request" });
    expect((await save('"1"')).version).toBe(2);
    expect((await save('W/"2"')).version).toBe(3);
    expect((await save(null, { baseVersion: 3 })).version).toBe(4);
    await expect(save('"3"')).rejects.toMatchObject({ code: "stale_version" });
    expect((await save("*")).version).toBe(5);
  });

  test("never lets a document change its id", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const input = { pipelineId: id, ir: ordersIr("renamed"), baseVersion: 1, origin: "edited" } as const;
    await expect(publishVersion({ ctx, input })).rejects.toMatchObject({
      code: "invalid_ir",
      extra: { issues: [{ path: "/id" }] },
    });
  });

  test("refuses to apply a draft, and leaves the caller's transaction to the caller", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const apply = (ir: unknown) =>
      ctx.db.$transaction((tx) =>
        publishVersion({ ctx, tx, input: { pipelineId: id, ir, baseVersion: 1, origin: "applied" } }),
      );
    await expect(apply(draftIr("orders"))).rejects.toMatchObject({ code: "not_executable" });
    await expect(
      ctx.db.$transaction(async (tx) => {
        await publishVersion({
          ctx,
          tx,
          input: { pipelineId: id, ir: ordersIr("orders"), baseVersion: 1, origin: "applied" },
        });
        throw new Error("the caller changed its mind");
      }),
    ).rejects.toThrow("changed its mind");
    expect((await loadVersion({ ctx, pipeline: id })).version).toBe(1);
    expect((await apply(ordersIr("orders"))).version).toBe(2);
  });

  test("lists versions newest first with what each changed; restoring makes a new one", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const changed = ordersIr("orders", { loadMode: "truncate" });
    await publishVersion({
      ctx,
      input: { pipelineId: id, ir: changed, origin: "edited", note: "whole table" },
    });
    const restored = await restoreVersion({ ctx, input: { id: "orders", version: 1 } });
    expect(restored.version).toBe(3);
    const { data, pagination } = await listVersions({ ctx, input: { id, limit: 2 } });
    expect(data.map(({ version, origin, current }) => [version, origin, current])).toEqual([
      [3, "restored", true],
      [2, "edited", false],
    ]);
    expect(data[1]?.changes.join()).toContain("loadMode");
    expect(pagination).toMatchObject({ total: 3, hasMore: true });
    const rest = await listVersions({ ctx, input: { id, limit: 2, cursor: pagination.cursor ?? "" } });
    expect(rest.data.map(({ version }) => version)).toEqual([1]);
    expect(rest.pagination).toMatchObject({ hasMore: false, cursor: null });
    const one = await getVersion({ ctx, input: { id, version: 2 } });
    expect(one.note).toBe("whole table");
    expect(one.changes).not.toEqual([]);
  });

  test("deletes so that it can be taken back: the slug is free, the schedule stands still", async () => {
    const ctx = await testCtx();
    const scheduled = ordersIr("orders", { schedule: { kind: "interval", minutes: 5 } });
    const { id } = await create(ctx, scheduled);
    await removePipeline({ ctx, input: { id: "orders" } });
    await expect(loadVersion({ ctx, pipeline: id })).rejects.toMatchObject({ code: "pipeline_not_found" });
    expect(await ctx.db.schedule.findFirst({ where: { pipelineId: id } })).toMatchObject({ nextRunAt: null });
    const usurper = await create(ctx);
    await expect(restorePipeline({ ctx, input: { id } })).rejects.toMatchObject({ code: "already_exists" });
    await removePipeline({ ctx, input: { id: usurper.id } });
    expect(await restorePipeline({ ctx, input: { id } })).toMatchObject({ id, slug: "orders", version: 1 });
    expect((await getSchedule({ ctx, input: { id } })).nextRunAt).not.toBeNull();
    await expect(restorePipeline({ ctx, input: { id } })).rejects.toMatchObject({
      code: "pipeline_not_found",
    });
  });

  test("keeps the schedule in step on every path", async () => {
    const ctx = await testCtx();
    const five = { kind: "interval", minutes: 5 };
    const { id } = await create(ctx, ordersIr("orders", { schedule: five }));
    const row = () => ctx.db.schedule.findFirst({ where: { pipelineId: id } });
    const publish = (ir: unknown, origin: "edited" | "applied" = "edited") =>
      publishVersion({ ctx, input: { pipelineId: id, ir, origin } });
    const first = await row();
    expect(first).toMatchObject({ enabled: true, spec: five });
    await publish(ordersIr("orders", { schedule: five, loadMode: "truncate" }));
    expect((await row())?.nextRunAt).toEqual(first?.nextRunAt);
    await publish(draftIr("orders", { schedule: five }));
    expect(await row()).toMatchObject({ enabled: true, nextRunAt: null });
    expect((await getSchedule({ ctx, input: { id } })).blocked).toContain("draft");
    const daily = { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" };
    await publish(ordersIr("orders", { schedule: daily }), "applied");
    expect((await row())?.nextRunAt).not.toBeNull();
    await setScheduleEnabled({ ctx, input: { id, enabled: false } });
    await restoreVersion({ ctx, input: { id, version: 1 } });
    expect(await row()).toMatchObject({ enabled: false, nextRunAt: null, spec: five });
    const resumed = await setScheduleEnabled({ ctx, input: { id, enabled: true } });
    expect(resumed.nextRunsInWords).toHaveLength(3);
    await publish(ordersIr("orders"));
    expect(await row()).toBeNull();
  });

  test("pages without gap or repeat while pipelines are added", async () => {
    const ctx = await testCtx();
    for (let n = 0; n < 7; n += 1) await create(ctx, ordersIr(`p${n}`));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listPipelines({ ctx, input: { limit: 2, cursor } });
      seen.push(...page.data.map(({ slug }) => slug));
      cursor = page.pagination.cursor ?? undefined;
      await create(ctx, ordersIr(uniqueId("new")));
    } while (cursor);
    expect(seen).toEqual(["p6", "p5", "p4", "p3", "p2", "p1", "p0"]);
    const found = await listPipelines({ ctx, input: { q: "P3" } });
    expect(found.data.map(({ slug }) => slug)).toEqual(["p3"]);
    expect((await listPipelines({ ctx, input: { q: "%" } })).data).toEqual([]);
    await expect(listPipelines({ ctx, input: { cursor: "bm90IG91cnM" } })).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("shows no tenant what belongs to another", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const { id } = await create(ctx);
    expect((await listPipelines({ ctx: other, input: {} })).data).toEqual([]);
    const input = { pipelineId: id, ir: ordersIr("orders"), baseVersion: 1, origin: "edited" } as const;
    for (const attempt of [
      () => loadVersion({ ctx: other, pipeline: id }),
      () => publishVersion({ ctx: other, input }),
      () => removePipeline({ ctx: other, input: { id } }),
      () => getSchedule({ ctx: other, input: { id } }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "pipeline_not_found" });
  });
});
