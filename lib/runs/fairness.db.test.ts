import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { updateSettings } from "#lib/settings/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { pipeline, request, status, until } from "#tests/run-kit.ts";
import type { RunHandler } from "./claimed-run.ts";
import { workRuns } from "./work-runs.ts";

withDatabase("fairness between tenants", ({ database, testCtx }) => {
  const stops: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });
  const work = async (handler: RunHandler, concurrency: number) => {
    stops.push(await workRuns(handler, { database: database(), concurrency }));
  };

  /** Runs of pipelines that all have a name of their own, as many as wanted. */
  const flood = async (ctx: Ctx, count: number) => {
    const first = await request(ctx, await pipeline(ctx, "flood"));
    const row = await ctx.db.run.findUniqueOrThrow({ where: { id: first } });
    const version = await ctx.db.pipelineVersion.findFirstOrThrow({ where: { pipelineId: row.pipelineId } });
    await ctx.db.$executeRaw`
      insert into "Pipeline" ("id", "tenantId", "slug", "name", "currentVersion", "createdBy", "updatedAt")
      select gen_random_uuid()::text, ${ctx.tenant}, 'f' || n, 'f' || n, 1, 'u', now()
      from generate_series(1, ${count - 1}::int) n`;
    await ctx.db.$executeRaw`
      insert into "PipelineVersion" ("id", "tenantId", "pipelineId", "version", "ir", "executable", "origin", "createdBy")
      select gen_random_uuid()::text, "tenantId", "id", 1, ${JSON.stringify(version.ir)}::jsonb, true, 'created', 'u'
      from "Pipeline" where "tenantId" = ${ctx.tenant} and "slug" like 'f%' and "slug" <> 'flood'`;
    await ctx.db.$executeRaw`
      insert into "Run" ("id", "tenantId", "pipelineId", "pipelineVersion", "trigger", "requestedBy")
      select gen_random_uuid()::text, "tenantId", "id", 1, 'manual', 'u'
      from "Pipeline" where "tenantId" = ${ctx.tenant} and "slug" like 'f%' and "slug" <> 'flood'`;
  };

  test("begins one tenant's single run within a few runs of another's five hundred", async () => {
    const [many, one] = [await testCtx(), await testCtx()];
    await flood(many, 500);
    const begun: string[] = [];
    const seldom = await pipeline(one, "seldom");
    await work(async ({ ctx }) => {
      begun.push(ctx.tenant);
      return { status: "completed" };
    }, 2);
    await until(() => begun.length > 5);
    const runId = await request(one, seldom);
    const asked = begun.length;
    await until(() => begun.includes(one.tenant));
    // At most what already had a job, and what began while the request was on its way.
    expect(begun.indexOf(one.tenant) - asked).toBeLessThanOrEqual(10);
    await until(async () => (await status(one, runId)) === "completed");
    expect(begun.length).toBeLessThan(500);
  }, 90_000);

  test("has no more of a tenant's runs under way than it may have, on two workers", async () => {
    const [bounded, other] = [await testCtx(), await testCtx()];
    await updateSettings({ ctx: bounded, input: { runsAtOnce: 2 } });
    const ids = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (n) => request(bounded, await pipeline(bounded, `p${n}`))),
    );
    const aside = await request(other, await pipeline(other));
    let [together, most] = [0, 0];
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const handler: RunHandler = async ({ ctx }) => {
      if (ctx.tenant === bounded.tenant) {
        together += 1;
        most = Math.max(most, together);
        await gate;
        together -= 1;
      }
      return { status: "completed" };
    };
    await Promise.all([work(handler, 4), work(handler, 4)]);
    await until(() => together === 2);
    await until(async () => (await status(other, aside)) === "completed");
    expect(together).toBe(2);
    letGo();
    await until(async () => {
      const states = await Promise.all(ids.map((id) => status(bounded, id)));
      return states.every((state) => state === "completed");
    });
    expect(most).toBe(2);
  }, 90_000);
});
