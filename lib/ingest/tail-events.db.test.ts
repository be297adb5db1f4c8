import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { followEvents } from "./follow-events.ts";
import { getVolume } from "./get-volume.ts";
import { ingestEvent } from "./ingest-event.ts";
import { tailEvents } from "./tail-events.ts";

withDatabase("the tail", ({ testCtx }) => {
  const send = async (ctx: Ctx, event_id: string, more: object = {}) =>
    (await ingestEvent({ ctx, input: { event_id, payload: { text: event_id }, ...more } })).ack.lsn;

  const sendMany = async (ctx: Ctx, from: number, to: number) => {
    const lsns: number[] = [];
    for (let n = from; n < to; n++) lsns.push(await send(ctx, `e${n}`));
    return lsns;
  };

  /** Takes so many events from a stream, and leaves it. */
  async function take(
    ctx: Ctx,
    count: number,
    input: Parameters<typeof followEvents>[0]["input"] = {},
    onStart?: () => unknown,
  ): Promise<{ start: number; lsns: number[] }> {
    let start = -1;
    const lsns: number[] = [];
    for await (const step of followEvents({ ctx, input })) {
      if ("start" in step) {
        start = step.start;
        await onStart?.();
      } else lsns.push(step.event.lsn);
      if (lsns.length >= count) break;
    }
    return { start, lsns };
  }

  test("is read in pages, from an LSN on, in LSN order, by each tenant its own", async () => {
    const [ctx, stranger] = [await testCtx(), await testCtx()];
    const lsns = await sendMany(ctx, 0, 5);
    await sendMany(stranger, 0, 2);
    const first = await tailEvents({ ctx, input: { from_lsn: 0, limit: 3 } });
    expect(first.events.map(({ lsn }) => lsn)).toEqual(lsns.slice(0, 3));
    expect(first.next_lsn).toBe(lsns[2]);
    expect(first.head_lsn).toBe(lsns[4]);
    const rest = await tailEvents({ ctx, input: { from_lsn: first.next_lsn, limit: 3 } });
    expect(rest.events.map(({ lsn }) => lsn)).toEqual(lsns.slice(3));
    const end = await tailEvents({ ctx, input: { from_lsn: rest.next_lsn } });
    expect(end).toEqual({ events: [], next_lsn: lsns[4], head_lsn: lsns[4] });
    const newest = await tailEvents({ ctx, input: { limit: 2 } });
    expect(newest.events.map(({ event_id }) => event_id)).toEqual(["e3", "e4"]);
    expect(await tailEvents({ ctx: await testCtx(), input: {} })).toEqual({
      events: [],
      next_lsn: 0,
      head_lsn: 0,
    });
  });

  test("tells an event as it was sent, times in UTC", async () => {
    const ctx = await testCtx();
    const sent = {
      event_id: "whole",
      tenant_id: ctx.tenant,
      workspace_id: "w",
      agent_id: "a",
      session_id: "s",
      event_type: "user_message",
      event_time: "2026-03-16T09:00:00.123456+01:00",
      ingest_time: "2026-03-16T08:00:01Z",
      visible_time: null,
      logical_ts: 7,
      parent_event_id: "p",
      causal_refs: ["c1", "c2"],
      payload: { text: "é\u2028", deep: [{ n: 1.5 }] },
      source: "api",
      importance: 0.25,
      visibility: "shared",
      version: 3,
    };
    const { ack } = await ingestEvent({ ctx, input: sent });
    const { events } = await tailEvents({ ctx, input: {} });
    expect(events).toEqual([{ ...sent, lsn: ack.lsn, event_time: "2026-03-16T08:00:00.123456Z" }]);
  });

  test("filters, and shows a caller what it may see", async () => {
    const ctx = await testCtx();
    await send(ctx, "mine", { agent_id: "a", session_id: "s", visibility: "private" });
    await send(ctx, "theirs", { agent_id: "b", session_id: "s", visibility: "private" });
    await send(ctx, "ours", { agent_id: "b", event_type: "reflection", visibility: "shared" });
    const ids = async (as: Ctx, input = {}) =>
      (await tailEvents({ ctx: as, input: { from_lsn: 0, ...input } })).events.map(
        ({ event_id }) => event_id,
      );
    expect(await ids(ctx, { agent_id: "b" })).toEqual(["theirs", "ours"]);
    expect(await ids(ctx, { session_id: "s" })).toEqual(["mine", "theirs"]);
    expect(await ids(ctx, { event_type: "reflection", agent_id: "a" })).toEqual([]);
    expect(await ids({ ...ctx, roles: ["ROLE_VIEWER"] })).toEqual(["ours"]);
    expect(await ids({ ...ctx, roles: ["ROLE_AGENT"], agentId: "a" })).toEqual(["mine", "ours"]);
    await expect(tailEvents({ ctx: { ...ctx, roles: [] }, input: {} })).rejects.toMatchObject({
      code: "permission_denied",
    });
  });

  test("keeps a page within its bytes, and leads on", async () => {
    const ctx = await testCtx();
    const text = "x".repeat(limits.eventBytes - 1_000);
    for (let n = 0; n < 10; n++) await send(ctx, `big${n}`, { payload: { text } });
    const seen: string[] = [];
    for (let from_lsn = 0, head = 1; from_lsn < head; ) {
      const page = await tailEvents({ ctx, input: { from_lsn, limit: 100 } });
      expect(page.events.length).toBeLessThanOrEqual(9);
      seen.push(...page.events.map(({ event_id }) => event_id));
      [from_lsn, head] = [page.next_lsn, page.head_lsn];
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `big${n}`));
  });

  test("is followed from now on, from an LSN, and across a reconnect without gap or repeat", async () => {
    const ctx = await testCtx();
    const before = await sendMany(ctx, 0, 3);
    let live: Promise<number[]> = Promise.resolve([]);
    const fresh = await take(ctx, 4, {}, () => {
      live = sendMany(ctx, 3, 9);
    });
    const after = await live;
    expect(fresh.start).toBe(before[2]);
    expect(fresh.lsns).toEqual(after.slice(0, 4));
    const resumed = await take(ctx, 2, { from_lsn: fresh.lsns.at(-1) ?? 0 });
    expect(resumed.lsns).toEqual(after.slice(4));
    expect((await take(ctx, 9, { from_lsn: 0 })).lsns).toEqual([...before, ...after]);
  });

  test("wakes its readers: an event is there well before the next look", async () => {
    const ctx = await testCtx();
    const never = AbortSignal.timeout(20_000);
    const steps = followEvents({ ctx, input: {}, signal: never, pollMs: 3_600_000 })[Symbol.asyncIterator]();
    await steps.next();
    for (let n = 0; n < 5; n++) {
      const next = steps.next();
      // Its own read of the log has found nothing by then: only a wake-up can tell it.
      await tailEvents({ ctx, input: {} });
      const lsn = await send(ctx, `woken${n}`);
      expect(await next).toMatchObject({ value: { event: { lsn } } });
    }
    await steps.return?.();
  });

  test("ends when its reader is told to, also while it waits", async () => {
    const ctx = await testCtx();
    const gone = new AbortController();
    const steps = followEvents({ ctx, input: {}, signal: gone.signal })[Symbol.asyncIterator]();
    await steps.next();
    const waiting = steps.next();
    gone.abort();
    expect(await waiting).toMatchObject({ done: true });
    const left = followEvents({ ctx, input: {} })[Symbol.asyncIterator]();
    await left.next();
    const pending = left.next();
    await left.return?.();
    expect(await pending).toMatchObject({ done: true });
  });

  test("volume counts events by the minute they came in, for the tenant alone", async () => {
    const [ctx, stranger] = [await testCtx(), await testCtx()];
    const at = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 120_000);
    const sent = (n: number, ms: number) =>
      send(ctx, `v${n}`, { ingest_time: new Date(at.getTime() + ms).toISOString() });
    for (const [n, ms] of [0, 59_999, 60_000].entries()) await sent(n, ms);
    await send(stranger, "v0");
    const { bucket, points } = await getVolume({ ctx, input: { hours: 1 } });
    expect(bucket).toBe("minute");
    expect(points).toEqual([
      { at: at.toISOString(), events: 2 },
      { at: new Date(at.getTime() + 60_000).toISOString(), events: 1 },
    ]);
    const byHour = await getVolume({ ctx, input: { hours: 24 } });
    expect(byHour.bucket).toBe("hour");
    expect(byHour.points.reduce((sum, { events }) => sum + events, 0)).toBe(3);
  });
});
