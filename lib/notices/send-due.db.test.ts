import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { aPipeline, failedRun, timePasses } from "#tests/notice-kit.ts";
import { until } from "#tests/run-kit.ts";
import { type Receiver, startReceiver } from "#tests/servers/receiver.ts";
import { createChannel } from "./create-channel.ts";
import { deliver } from "./deliver.ts";
import { deleteOld, keepNotices } from "./keep-notices.ts";
import { listChannels } from "./list-channels.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { noteRuns } from "./note-runs.ts";
import { retryDelivery } from "./retry-delivery.ts";
import { drainChannel } from "./send-due.ts";

const SECRET = "whsec_c2VjcmV0IG9mIGEgdGVzdCwgYW5kIG5vdGhpbmcgZWxzZQ==";
const never = new AbortController().signal;

withDatabase("sending", ({ database, testCtx }) => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const hook = (ctx: Ctx, name = "hook", path = "/in") =>
    createChannel({
      ctx,
      input: {
        ...{ name, kind: "webhook", secret: SECRET, topics: ["run.failed"] },
        config: { url: `${receiver.url}${path}` },
      },
    });
  const fail = async (ctx: Ctx, pipelineId: string) => {
    const runId = await failedRun(ctx, pipelineId);
    await noteRuns(database().db);
    return runId;
  };
  const send = (id: string) => drainChannel(database().db, id, never);
  const latest = async (ctx: Ctx, id: string) => (await listDeliveries({ ctx, id })).data[0];

  test("posts the notice, signed so that the receiver can check it", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    const runId = await fail(ctx, await aPipeline(ctx));
    await send(id);
    const [{ headers, text, body, path } = receiver.received[0] ?? expect.fail(), ...more] =
      receiver.received;
    expect(more).toEqual([]);
    expect([path, headers["content-type"]]).toEqual(["/in", "application/json"]);
    expect(body).toMatchObject({ type: "run.failed", data: { run: { id: runId } } });
    const key = Buffer.from(SECRET.slice(6), "base64");
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
    const wanted = createHmac("sha256", key).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${wanted}`);
    expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(10);
    expect(await latest(ctx, id)).toMatchObject({ status: "delivered", attempts: 1, lastError: null, runId });
  });

  test("tries again after refusals and cuts, with the same id and later each time, until it is taken", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    receiver.answers.push(500, "cut", 307, { status: 429, headers: { "retry-after": "7200" } });
    await fail(ctx, await aPipeline(ctx));
    const wanted: [error: RegExp, seconds: number][] = [
      [/answered 500/, 30],
      [/closed the connection/, 120],
      [/answered 307: redirects are not followed/, 600],
      [/answered 429/, 7200],
    ];
    for (const [error, seconds] of wanted) {
      await timePasses(ctx);
      await send(id);
      const { status, lastError, nextAttemptAt } = (await latest(ctx, id)) ?? expect.fail();
      expect(status).toBe("waiting");
      expect(lastError).toMatch(error);
      const pause = (Date.parse(nextAttemptAt ?? "") - Date.now()) / 1000;
      expect(pause).toBeGreaterThan(seconds * 0.9 - 5);
      expect(pause).toBeLessThan(seconds * 1.1 + 1);
    }
    await timePasses(ctx);
    await send(id);
    expect(await latest(ctx, id)).toMatchObject({ status: "delivered", attempts: 5, lastError: null });
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(receiver.received).toHaveLength(5);
  });

  test("gives up after the last attempt, and tries again when a person asks", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    receiver.answers.push(503, 503, 503, 503, 503, 503, 503);
    await fail(ctx, await aPipeline(ctx));
    for (let count = 0; count < 8; count++) {
      await timePasses(ctx);
      await send(id);
    }
    const given = (await latest(ctx, id)) ?? expect.fail();
    expect(given).toMatchObject({ status: "given_up", attempts: 7, nextAttemptAt: null });
    expect(receiver.received).toHaveLength(7);
    await retryDelivery({ ctx, id, deliveryId: given.id });
    await send(id);
    expect(await latest(ctx, id)).toMatchObject({ status: "delivered", attempts: 1 });
    await expect(retryDelivery({ ctx, id, deliveryId: given.id })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("switches a channel off whose receiver is gone, and gives up what waits for it", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    const [orders, other] = [await aPipeline(ctx), await aPipeline(ctx, "other")];
    receiver.answers.push(410);
    await fail(ctx, orders);
    await fail(ctx, other);
    await send(id);
    expect((await listChannels({ ctx })).data).toMatchObject([{ enabled: false }]);
    const audited = { tenantId: ctx.tenant, entityType: "channel", userId: "system" };
    expect(await ctx.db.auditLog.count({ where: audited })).toBe(1);
    const { data } = await listDeliveries({ ctx, id });
    expect(data.map(({ status }) => status)).toEqual(["given_up", "given_up"]);
    expect(receiver.received).toHaveLength(1);
    await expect(retryDelivery({ ctx, id, deliveryId: data[0]?.id ?? "" })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("waits no longer than it may for a receiver that says nothing", async () => {
    receiver.answers.push("hang");
    const channel = { kind: "webhook", config: { url: receiver.url }, secret: undefined } as const;
    const outcome = await deliver(channel, { id: "m", topic: "t", body: {} }, undefined, 300);
    expect(outcome).toEqual({ error: "The receiver did not answer within 0.3 s" });
  });

  test("lets no slow receiver hold up another, and breaks off when it is stopped", async () => {
    const ctx = await testCtx();
    const [slow, quick] = [await hook(ctx, "slow", "/slow"), await hook(ctx, "quick", "/quick")];
    const other = await startReceiver();
    await ctx.db.channel.update({ where: { id: quick.id }, data: { config: { url: other.url } } });
    receiver.answers.push("hang");
    await fail(ctx, await aPipeline(ctx));
    const { stop } = keepNotices(database().db);
    try {
      await until(() => receiver.received.length === 1);
      await until(async () => (await latest(ctx, quick.id))?.status === "delivered");
      await fail(ctx, await aPipeline(ctx, "other"));
      await until(() => other.received.length === 2);
      expect(receiver.received).toHaveLength(1);
    } finally {
      await stop();
      await other.stop();
    }
    // What was broken off counts as not tried, and begins again with whoever looks next.
    const { data } = await listDeliveries({ ctx, id: slow.id });
    expect(data.map(({ status, attempts }) => [status, attempts])).toEqual([
      ["waiting", 0],
      ["waiting", 0],
    ]);
    await send(slow.id);
    expect(receiver.received).toHaveLength(3);
  });

  test("sends a message that two processes are after once", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    for (const name of ["a", "b", "c", "d", "e"]) await fail(ctx, await aPipeline(ctx, `pipeline-${name}`));
    await Promise.all([send(id), send(id), send(id)]);
    expect(receiver.received).toHaveLength(5);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(5);
  });

  test("forgets what was sent weeks ago, and nothing that waits", async () => {
    const ctx = await testCtx();
    const { id } = await hook(ctx);
    const of = { tenantId: ctx.tenant, channelId: id, topic: "run.failed", body: {} };
    const old = new Date(Date.now() - (limits.deliveryDays + 1) * 24 * 3600_000);
    await ctx.db.delivery.createMany({
      data: [
        { ...of, subject: "old", status: "delivered", createdAt: old },
        { ...of, subject: "given up", status: "given_up", createdAt: old },
        { ...of, subject: "waits", createdAt: old },
        { ...of, subject: "new", status: "delivered" },
      ],
    });
    await deleteOld(database().db);
    const left = await ctx.db.delivery.findMany({ where: { channelId: id } });
    expect(left.map(({ subject }) => subject).toSorted()).toEqual(["new", "waits"]);
  });

  test("carries a bearer token to a collector of lineage, and no signature", async () => {
    const channel = { kind: "openlineage", config: { url: receiver.url }, secret: "a-token" } as const;
    const body = { eventType: "COMPLETE" };
    expect(await deliver(channel, { id: "m", topic: "lineage", body })).toEqual({
      taken: "The receiver answered 204.",
    });
    const [request] = receiver.received;
    expect(request?.body).toEqual(body);
    expect(request?.headers.authorization).toBe("Bearer a-token");
    expect(request?.headers).not.toHaveProperty("webhook-signature");
  });
});
