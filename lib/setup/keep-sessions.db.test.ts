import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { eraseMemory, tailEvents } from "#lib/ingest/index.ts";
import { limits } from "#lib/limits.ts";
import { keepDraft, openDraft } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { advanceSession } from "./advance-session.ts";
import { createSession } from "./create-session.ts";
import { deleteSession } from "./delete-session.ts";
import { drain, resume } from "./drain.ts";
import { evictSessions } from "./evict-sessions.ts";
import { getSession } from "./get-session.ts";
import { keepSessions } from "./keep-sessions.ts";
import { listSessions } from "./list-sessions.ts";
import { logTurns } from "./log-turns.ts";
import { postMessage } from "./post-message.ts";

const DAY = 24 * 3_600_000;

withDatabase("conversations in the course of time", ({ testCtx }) => {
  async function begin(ctx?: Ctx) {
    const asking = ctx ?? (await testCtx());
    const { session_id: id } = await createSession({ ctx: asking });
    const say = async (message: string) =>
      (await (await advanceSession({ ctx: asking, id, input: { message } })).replied).reply;
    return { ctx: asking, id, say };
  }
  const age = (ctx: Ctx, id: string, ms: number) =>
    ctx.db.setupSession.update({ where: { id }, data: { expiresAt: new Date(Date.now() - ms) } });
  const eventsOf = async (ctx: Ctx, id: string) => {
    const input = { from_lsn: 0, limit: 100, session_id: id };
    return (await tailEvents({ ctx, input })).events;
  };

  test("expire a day after the last message, are emptied, and are remembered for some days", async () => {
    const { ctx, id, say } = await begin();
    await say("postgres");
    const { expiresAt } = await ctx.db.setupSession.findUniqueOrThrow({ where: { id } });
    expect(Math.abs(expiresAt.getTime() - Date.now() - DAY)).toBeLessThan(60_000);
    await keepDraft({ ctx, draftId: id, secrets: { password: "to-be-shredded" } });
    await age(ctx, id, 1_000);
    const expired = { code: "session_expired", status: 410 };
    await expect(say("help")).rejects.toMatchObject(expired);
    await expect(getSession({ ctx, id })).rejects.toMatchObject(expired);
    expect((await listSessions({ ctx, input: {} })).data).toEqual([]);

    await evictSessions(ctx.db);
    expect(await ctx.db.setupMessage.count({ where: { sessionId: id } })).toBe(0);
    expect(await openDraft({ ctx, draftId: id })).toEqual({});
    expect(await ctx.db.sourceDraft.count({ where: { id } })).toBe(0);
    expect((await ctx.db.setupSession.findUnique({ where: { id } }))?.setup).toEqual({});
    await expect(say("help")).rejects.toMatchObject(expired);
    // What was said before is in the log all the same.
    expect((await eventsOf(ctx, id)).length).toBe(3);

    await age(ctx, id, limits.setupExpiredMs + 1_000);
    await evictSessions(ctx.db);
    await expect(say("help")).rejects.toMatchObject({ code: "session_not_found" });
  });

  test("leave those alone that live, and those at which somebody is", async () => {
    const [living, busy] = [await begin(), await begin()];
    await postMessage(busy.ctx, busy.id, { message: "help" });
    await age(busy.ctx, busy.id, 1_000);
    await evictSessions(living.ctx.db);
    expect((await getSession(living)).state).toBe("select_source_type");
    expect(await busy.ctx.db.setupMessage.count({ where: { sessionId: busy.id } })).toBe(2);
  });

  test("are deleted with all that was entered; what the log was told stays", async () => {
    const { ctx, id, say } = await begin();
    await say("postgres");
    await keepDraft({ ctx, draftId: id, secrets: { password: "to-be-shredded" } });
    await deleteSession({ ctx, id });
    await expect(getSession({ ctx, id })).rejects.toMatchObject({ code: "session_not_found" });
    await expect(deleteSession({ ctx, id })).rejects.toMatchObject({ code: "session_not_found" });
    expect(await ctx.db.sourceDraft.count({ where: { id } })).toBe(0);
    expect(await ctx.db.setupMessage.count({ where: { sessionId: id } })).toBe(0);
    expect((await eventsOf(ctx, id)).map(({ event_type }) => event_type)).toEqual([
      ...["assistant_message", "user_message", "assistant_message"],
    ]);
    const actions = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant },
      orderBy: { seq: "asc" },
    });
    expect(actions.map(({ action }) => action)).toEqual(["setup_session.created", "setup_session.deleted"]);
  });

  test("that are deleted in the middle of an answer are answered no more", async () => {
    const { ctx, id } = await begin();
    const sending = Array.from({ length: 5 }, async () => {
      const { replied } = await advanceSession({ ctx, id, input: { message: "postgres" } });
      await replied;
    });
    const deleting = deleteSession({ ctx, id });
    const settled = await Promise.allSettled([...sending, deleting]);
    expect(settled.at(-1)?.status).toBe("fulfilled");
    for (const one of settled)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "session_not_found" });
    expect(await ctx.db.setupSession.count({ where: { id } })).toBe(0);
  });

  test("are at most so many of one tenant, also when many begin at once", async () => {
    const ctx = await testCtx();
    await fill(ctx, limits.setupSessionsPerTenant - 3);
    const begun = await Promise.allSettled(Array.from({ length: 8 }, () => createSession({ ctx })));
    expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    const refused = begun.find((one) => one.status === "rejected")?.reason;
    expect(refused).toMatchObject({ code: "too_many_sessions", status: 429 });
    const wait = Number(refused.extra.headers["retry-after"]);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(300);
    await expect(begin()).resolves.toBeDefined();
    // One that expires makes room.
    const one = await ctx.db.setupSession.findFirstOrThrow({ where: { tenantId: ctx.tenant } });
    await age(ctx, one.id, 1);
    await expect(createSession({ ctx })).resolves.toBeDefined();
    await ctx.db.setupSession.deleteMany({ where: { tenantId: ctx.tenant } });
  });

  test("are at most so many in the deployment", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const live = await ctx.db.setupSession.count({ where: { expiresAt: { gt: new Date() } } });
    await fill(other, limits.setupSessions - live - 1);
    await expect(createSession({ ctx })).resolves.toBeDefined();
    await expect(createSession({ ctx })).rejects.toMatchObject({ code: "too_many_sessions" });
    await ctx.db.setupSession.deleteMany({ where: { tenantId: other.tenant } });
    await expect(createSession({ ctx })).resolves.toBeDefined();
  });

  async function fill(ctx: Ctx, count: number) {
    const expiresAt = new Date(Date.now() + DAY);
    const data = Array.from({ length: count }, () => ({
      ...{ id: uniqueId("s"), tenantId: ctx.tenant, userId: "x", state: "welcome", setup: {}, expiresAt },
    }));
    for (let at = 0; at < count; at += 1_000)
      await ctx.db.setupSession.createMany({ data: data.slice(at, at + 1_000) });
  }

  test("reach the log once, whoever writes them, and what was erased there stays erased", async () => {
    const { ctx, id, say } = await begin();
    await say("mysql");
    await say("help");
    await Promise.all([logTurns(ctx.db), logTurns(ctx.db), logTurns(ctx.db, id)]);
    const ids = [`setup_${id}_0`, `setup_${id}_1`, `setup_${id}_1_1`, `setup_${id}_2`, `setup_${id}_2_1`];
    const events = await eventsOf(ctx, id);
    expect(events.map(({ event_id }) => event_id)).toEqual(ids);
    expect(events[1]).toMatchObject({ agent_id: "setup-agent", session_id: id, visibility: "private" });
    expect(events[1]?.payload).toEqual({ text: "mysql" });
    expect(events[2]?.causal_refs).toEqual([`setup_${id}_1`]);
    expect(await ctx.db.setupMessage.count({ where: { sessionId: id, loggedAt: null } })).toBe(0);

    await eraseMemory({ ctx, input: { memory_id: `mem_setup_${id}_1`, reason: "asked for" } });
    const { history } = await getSession({ ctx, id });
    expect(history[1]).toMatchObject({ said: "", reply: { state: "gather_credentials", message: "" } });
    expect(history[2]).toMatchObject({ said: "help" });
    expect(history[2]?.reply?.message).not.toBe("");
    // A crash before the rows were marked.
    await ctx.db.setupMessage.updateMany({ where: { sessionId: id }, data: { loggedAt: null } });
    await logTurns(ctx.db);
    const after = await eventsOf(ctx, id);
    expect(after.map(({ event_id }) => event_id)).toEqual(ids);
    expect(after.map(({ lsn }) => lsn)).toEqual(events.map(({ lsn }) => lsn));
    expect(after[1]).toMatchObject({ payload: {}, erased: { reason: "asked for" } });
    expect(await ctx.db.setupMessage.count({ where: { sessionId: id, loggedAt: null } })).toBe(0);
  });

  test("are looked after while the process lives: the abandoned answered, the log written, the expired emptied", async () => {
    const [abandoned, expired] = [await begin(), await begin()];
    await postMessage(abandoned.ctx, abandoned.id, { message: "postgres" });
    await age(expired.ctx, expired.id, 1_000);
    const { stop } = keepSessions(abandoned.ctx.db, { alone: true });
    await expect.poll(async () => (await getSession(abandoned)).state).toBe("gather_credentials");
    await expect
      .poll(async () => (await expired.ctx.db.setupSession.findUnique({ where: { id: expired.id } }))?.state)
      .toBe("expired");
    await expect
      .poll(async () => (await eventsOf(abandoned.ctx, abandoned.id)).length, { timeout: 8_000 })
      .toBe(3);
    await stop();
  });

  test("are left to another process at once by one that ends", async () => {
    const { ctx, id } = await begin();
    const words = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? "mysql" : "postgres"));
    const { turn } = await postMessage(ctx, id, { message: "s3" });
    for (const message of words) await postMessage(ctx, id, { message });
    if (!turn) throw new Error("The first message is ours to answer");
    const { stop } = keepSessions(ctx.db);
    const answering = drain(ctx.db, id, turn);
    await stop();
    expect(await ctx.db.setupSession.count({ where: { id, leaseUntil: { gt: new Date() } } })).toBe(0);
    await answering;
    await resume(ctx.db, id);
    const { history, busy } = await getSession({ ctx, id });
    expect([busy, history.length]).toEqual([false, 1 + 1 + words.length]);
    expect(history.slice(1).every(({ reply }) => reply)).toBe(true);
  });
});
