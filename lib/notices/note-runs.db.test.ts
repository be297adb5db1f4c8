import { expect, test } from "vitest";
import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { aPipeline, endedRun, failedRun } from "#tests/notice-kit.ts";
import { createChannel } from "./create-channel.ts";
import { noteLeftOut } from "./note-left-out.ts";
import { noteRuns } from "./note-runs.ts";
import type { Notice } from "./notice.ts";
import type { CreateChannelInput, Topic } from "./schema.ts";

type Given = Partial<Extract<z.input<typeof CreateChannelInput>, { kind: "webhook" }>>;

const config = { url: "https://hooks.example.org/penstock" };
const channel = (ctx: Ctx, topics: Topic[], given: Given = {}) =>
  createChannel({
    ctx,
    input: { name: topics.join(" ") || "none", kind: "webhook", config, topics, ...given },
  });

/** What was put down for a channel, oldest first. */
async function told(ctx: Ctx, channelId?: string): Promise<Notice[]> {
  const where = { tenantId: ctx.tenant, channelId };
  const rows = await ctx.db.delivery.findMany({ where, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
  return rows.map(({ body }) => body as Notice);
}

withDatabase("what is put down of a run that has ended", ({ database, testCtx }) => {
  const note = () => noteRuns(database().db);

  test("says what failed where, with the rows and the link, and no value of a row", async () => {
    const ctx = await testCtx();
    const id = await aPipeline(ctx);
    await channel(ctx, ["run.failed"]);
    const runId = await failedRun(ctx, id);
    await note();
    const [notice, ...more] = await told(ctx);
    expect(more).toEqual([]);
    expect(notice).toMatchObject({
      type: "run.failed",
      data: {
        summary: expect.stringMatching(/ failed at load: The destination refused the rows$/),
        tenant: ctx.tenant,
        pipeline: { id, slug: "orders", url: `http://localhost:3000/data/pipelines/${id}` },
        run: {
          id: runId,
          url: `http://localhost:3000/data/runs/${runId}`,
          status: "failed",
          rows: { read: 3, loaded: 0, rejected: 0 },
        },
        error: { code: "load_failed", nodeId: "load", hint: "Widen it" },
      },
    });
    expect(JSON.stringify(notice)).not.toContain("4711");
  });

  test("is put down once, however often it is looked for, and again when the run was retried", async () => {
    const ctx = await testCtx();
    const id = await aPipeline(ctx);
    await channel(ctx, ["run.failed", "run.completed"]);
    const runId = await failedRun(ctx, id);
    await Promise.all([note(), note()]);
    await ctx.db.run.update({ where: { id: runId }, data: { notedAt: null } });
    await note();
    expect(await told(ctx)).toHaveLength(1);
    await ctx.db.run.update({
      where: { id: runId },
      data: { notedAt: null, attempt: 2, status: "completed" },
    });
    await note();
    expect((await told(ctx)).map(({ type }) => type)).toEqual(["run.failed", "run.completed"]);
    expect(await ctx.db.run.count({ where: { tenantId: ctx.tenant, notedAt: null } })).toBe(0);
  });

  test("tells a storm once, later how often, and its end once", async () => {
    const ctx = await testCtx();
    const id = await aPipeline(ctx);
    await channel(ctx, ["run.failed", "run.recovered"]);
    const begun = Date.now() + 1000;
    const at = (minutes: number) => new Date(begun + minutes * 60_000);
    for (let count = 0; count < 62; count++) await failedRun(ctx, id, at(count));
    await note();
    await endedRun(ctx, id, { rowsRead: 5, finishedAt: at(63) });
    await endedRun(ctx, id, { rowsRead: 5, finishedAt: at(64) });
    await note();
    const notices = await told(ctx);
    expect(notices.map(({ type, data }) => [type, data.problem?.seen, data.problem?.seenSinceLast])).toEqual([
      ["run.failed", 1, 1],
      ["run.failed", 61, 60],
      ["run.recovered", 62, 62],
    ]);
    expect(notices[1]?.data.summary).toContain("(61 times since ");
    expect(notices[2]?.data.summary).toContain("runs again, after it had failed 62 times since ");
    await failedRun(ctx, id, at(65));
    await note();
    expect((await told(ctx)).at(-1)).toMatchObject({ type: "run.failed", data: { problem: { seen: 1 } } });
  });

  test("goes to the channels that ask for it: by topic, by pipeline, from then on, and while they are on", async () => {
    const ctx = await testCtx();
    const [orders, other] = [await aPipeline(ctx), await aPipeline(ctx, "other")];
    await failedRun(ctx, orders, new Date(Date.now() - 1000));
    const all = await channel(ctx, ["run.failed"]);
    const limited = await channel(ctx, ["run.failed"], { name: "limited", pipelines: ["other"] });
    const off = await channel(ctx, ["run.failed"], { name: "off", enabled: false });
    const recoveries = await channel(ctx, ["run.recovered"]);
    await failedRun(ctx, orders);
    await failedRun(ctx, other);
    await endedRun(ctx, orders, { rowsRead: 1 });
    await endedRun(ctx, orders, { status: "cancelled" });
    await note();
    const slugs = async ({ id }: { id: string }) =>
      (await told(ctx, id)).map(({ type, data }) => `${type} ${data.pipeline?.slug}`);
    expect(await slugs(all)).toEqual(["run.failed orders", "run.failed other"]);
    expect(await slugs(limited)).toEqual(["run.failed other"]);
    expect(await slugs(off)).toEqual([]);
    expect(await slugs(recoveries)).toEqual(["run.recovered orders"]);
  });

  test("tells warnings and rejected rows as what they are, and a missed deadline as such", async () => {
    const ctx = await testCtx();
    const id = await aPipeline(ctx);
    await channel(ctx, ["run.failed", "run.completed_with_errors", "run.no_rows", "file.missed"]);
    const plain = await channel(ctx, ["run.failed"], { name: "plain" });
    await endedRun(ctx, id, { warnings: [{ code: "no_rows", message: "No rows were read" }] });
    await endedRun(ctx, id, { warnings: [{ code: "file_missed", message: "orders.csv did not come" }] });
    await endedRun(ctx, id, { status: "completed_with_errors", rowsRead: 9, rowsRejected: 2 });
    await endedRun(ctx, id, {
      status: "failed",
      error: { code: "file_missed_deadline", message: "Not by 06:00" },
    });
    await note();
    expect((await told(ctx)).map(({ type }) => type).toSorted()).toEqual(
      ["run.no_rows", "file.missed", "run.completed_with_errors", "file.missed", "run.failed"].toSorted(),
    );
    const [missed] = await told(ctx, plain.id);
    expect(missed).toMatchObject({ type: "run.failed", data: { error: { code: "file_missed_deadline" } } });
  });

  test("tells a time that a schedule left out, once", async () => {
    const ctx = await testCtx();
    const id = await aPipeline(ctx);
    await channel(ctx, ["schedule.left_out"]);
    const leftOutAt = new Date(Date.now() + 1000);
    await ctx.db.schedule.upsert({
      where: { pipelineId: id },
      update: { leftOutAt, leftOut: "a run was under way" },
      create: { pipelineId: id, tenantId: ctx.tenant, spec: {}, leftOutAt, leftOut: "a run was under way" },
    });
    await noteLeftOut(database().db, leftOutAt);
    await noteLeftOut(database().db, leftOutAt);
    const [notice, ...more] = await told(ctx);
    expect(more).toEqual([]);
    expect(notice).toMatchObject({
      type: "schedule.left_out",
      data: { summary: expect.stringMatching(/ got no run for .* UTC: a run was under way$/) },
    });
  });
});
