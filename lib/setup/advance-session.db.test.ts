import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { advanceSession } from "./advance-session.ts";
import { createSession } from "./create-session.ts";
import { deleteSession } from "./delete-session.ts";
import { getSession } from "./get-session.ts";
import { takeUpAbandoned } from "./keep-sessions.ts";
import { listSessions } from "./list-sessions.ts";
import { postMessage } from "./post-message.ts";
import type { ChatInput } from "./schema.ts";

withDatabase("a conversation with the set-up agent", ({ testCtx }) => {
  async function begin() {
    const ctx = await testCtx();
    const { session_id: id } = await createSession({ ctx });
    return { ctx, id, say: saying(ctx, id) };
  }
  const saying = (ctx: Ctx, id: string) => async (input: Partial<ChatInput> | string) => {
    const given = typeof input === "string" ? { message: input } : input;
    const { seq, replied } = await advanceSession({ ctx, id, input: given });
    return { seq, ...(await replied).reply };
  };
  /** A message whose worker died before it answered. */
  async function leaveUnanswered(ctx: Ctx, id: string, message: string) {
    const { seq } = await postMessage(ctx, id, { message });
    await ctx.db.setupSession.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1) } });
    return seq;
  }
  const histories = async (ctx: Ctx, id: string) => {
    const { history, busy } = await getSession({ ctx, id });
    return { busy, said: history.map(({ said }) => said), answered: history.every(({ reply }) => reply) };
  };

  test("begins and asks for a connector's fields as documented, to the byte", async () => {
    const ctx = await testCtx();
    const { session_id, ...started } = await createSession({ ctx });
    expect(Object.keys(started)).toEqual(["state", "message", "options", "data"]);
    expect(started).toMatchObject({
      state: "select_source_type",
      message: "Welcome! What type of data source would you like to connect?",
      data: {},
    });
    const { replied } = await advanceSession({ ctx, id: session_id, input: { message: "postgres" } });
    expect(JSON.stringify((await replied).reply)).toBe(
      '{"state":"gather_credentials","message":"To connect to PostgreSQL, I\'ll need: Host, Port, Database, Username, Password","options":[],"data":{"required_fields":["host","port","database","username","password"]}}',
    );
  });

  test("answers messages that come at once one after another, each once, in the order of arrival", async () => {
    const { ctx, id, say } = await begin();
    const messages = Array.from({ length: 12 }, (_, at) => (at % 2 ? "postgres" : "mysql"));
    const replies = await Promise.all(messages.map(say));
    expect(replies.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(messages.map((_, at) => at + 1));
    const { history, busy } = await getSession({ ctx, id });
    expect(busy).toBe(false);
    expect(history.map(({ seq }) => seq)).toEqual([0, ...messages.map((_, at) => at + 1)]);
    for (const { said, reply } of history.slice(1))
      expect(reply?.message).toContain(said === "mysql" ? "MySQL" : "PostgreSQL");
  });

  test("answers the same message twice, but the same key once", async () => {
    const { ctx, id, say } = await begin();
    await say("postgres");
    const twice = await Promise.all([say("help"), say("help")]);
    expect(new Set(twice.map(({ seq }) => seq)).size).toBe(2);
    const key = uniqueId("k");
    const same = await Promise.all(
      Array.from({ length: 6 }, () => say({ message: "status", idempotency_key: key })),
    );
    expect(new Set(same.map(({ seq }) => seq)).size).toBe(1);
    const later = await say({ message: "mysql", idempotency_key: key });
    expect(JSON.stringify(later)).toBe(JSON.stringify(same[0]));
    expect((await histories(ctx, id)).said.filter((said) => said === "status")).toHaveLength(1);
    expect((await say("status")).message).toContain("PostgreSQL");
  });

  test("keeps what was said sealed until it is answered, and then only without secrets", async () => {
    const { ctx, id } = await begin();
    await leaveUnanswered(ctx, id, "postgres://u:canary-in-url@localhost:1/d");
    const rows = await ctx.db.setupMessage.findMany({ where: { sessionId: id } });
    expect(Buffer.from(rows.at(-1)?.pending ?? []).includes("canary")).toBe(false);
    expect(JSON.stringify(rows)).not.toContain("canary");
    await takeUpAbandoned(ctx.db);
    await expect.poll(async () => (await histories(ctx, id)).busy).toBe(false);
    const answered = await ctx.db.setupMessage.findMany({ where: { sessionId: id } });
    expect(answered.map(({ pending }) => pending)).toEqual([null, null]);
    expect(JSON.stringify([answered, await getSession({ ctx, id })])).not.toContain("canary");
  });

  test("goes on with what a worker that died left unanswered, before what comes next", async () => {
    const { ctx, id, say } = await begin();
    await leaveUnanswered(ctx, id, "mysql");
    const { seq, message } = await say("status");
    expect([seq, message.includes("MySQL")]).toEqual([2, true]);
    expect(await histories(ctx, id)).toEqual({
      busy: false,
      said: [null, "mysql", "status"],
      answered: true,
    });
  });

  test("is gone on with by whoever looks at it, or by the sweep", async () => {
    const { ctx, id } = await begin();
    await leaveUnanswered(ctx, id, "mysql");
    expect(await getSession({ ctx, id })).toMatchObject({ busy: true, state: "select_source_type" });
    await expect.poll(async () => (await getSession({ ctx, id })).busy).toBe(false);
    await leaveUnanswered(ctx, id, "postgres");
    await takeUpAbandoned(ctx.db);
    await expect.poll(async () => (await histories(ctx, id)).busy).toBe(false);
    expect((await getSession({ ctx, id })).setup.connector).toBe("postgres");
  });

  test("is not answered twice: whoever has lost the lease keeps nothing", async () => {
    const { ctx, id } = await begin();
    const { seq } = await postMessage(ctx, id, { message: "mysql" });
    const before = await ctx.db.setupSession.findUniqueOrThrow({ where: { id } });
    // Somebody else took it over and has answered.
    await ctx.db.setupSession.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1) } });
    await takeUpAbandoned(ctx.db);
    await expect.poll(async () => (await histories(ctx, id)).busy).toBe(false);
    const { saveAnswer } = await import("./save-turn.ts");
    const held = {
      db: ctx.db,
      sessionId: id,
      token: before.leaseToken ?? "",
      signal: new AbortController().signal,
    };
    const { setup } = await getSession({ ctx, id });
    const late = {
      setup: { ...setup, connector: "s3" },
      answer: { message: "late", options: [], data: {} },
      ...{ said: "late", draftId: null, tools: [], stages: [] },
    };
    await expect(saveAnswer(held, seq, late)).rejects.toThrow("somebody else");
    expect((await getSession({ ctx, id })).setup.connector).toBe("mysql");
  });

  test("belongs to its person, in its tenant", async () => {
    const { ctx, id } = await begin();
    const colleague: Ctx = { ...ctx, actor: { id: uniqueId("u"), kind: "user" } };
    const stranger = { ...(await testCtx()), actor: ctx.actor };
    for (const other of [colleague, stranger]) {
      const denied = { code: "session_not_found" };
      await expect(saying(other, id)("help")).rejects.toMatchObject(denied);
      await expect(getSession({ ctx: other, id })).rejects.toMatchObject(denied);
      await expect(deleteSession({ ctx: other, id })).rejects.toMatchObject(denied);
      expect((await listSessions({ ctx: other, input: {} })).data).toEqual([]);
    }
    const viewer: Ctx = { ...ctx, roles: ["ROLE_VIEWER"] };
    const refused = {
      code: "permission_denied",
      message: "You don't have permission. Contact your administrator.",
    };
    await expect(saying(viewer, id)("help")).rejects.toMatchObject(refused);
    await expect(createSession({ ctx: viewer })).rejects.toMatchObject(refused);
    expect((await histories(ctx, id)).said).toEqual([null]);
  });

  test("is listed page by page, latest first", async () => {
    const ctx = await testCtx();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift((await createSession({ ctx })).session_id);
    await saying(ctx, ids[4] ?? "")("postgres");
    const expected = [ids[4], ...ids.slice(0, 4)];
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listSessions({ ctx, input: { limit: 2, ...(cursor && { cursor }) } });
      seen.push(...page.data.map(({ session_id }) => session_id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen).toEqual(expected);
    const { data } = await listSessions({ ctx, input: {} });
    expect(data[0]).toMatchObject({ state: "gather_credentials", connector: "postgres" });
  });

  test("takes no more messages than its limit", async () => {
    const { ctx, id, say } = await begin();
    await ctx.db.setupSession.update({ where: { id }, data: { nextSeq: 1_001 } });
    await expect(say("help")).rejects.toMatchObject({ code: "conflict" });
  });
});
