import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, inject, test } from "vitest";
import { emitAudit, listAuditLogs, verifyAuditLogs } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { findPostgres } from "#tests/services.ts";
import { eraseAgentMemory } from "./erase-agent-memory.ts";
import { eraseMemory } from "./erase-memory.ts";
import { eraseSessionMemory } from "./erase-session-memory.ts";
import { ingestEvent } from "./ingest-event.ts";
import { replay } from "./replay.ts";
import { OBJECT_UPSERTED } from "./schema.ts";
import { tailEvents } from "./tail-events.ts";

withDatabase("erasure", ({ engine, database, testCtx }) => {
  const query = async (sql: string, values: unknown[] = []) =>
    (await database().pool.query(sql, values)).rows;
  const send = (ctx: Ctx, event_id: string, more: object = {}) =>
    ingestEvent({ ctx, input: { event_id, agent_id: "a", session_id: "s", workspace_id: "w", ...more } });
  const write = (ctx: Ctx, event_id: string, object_type: string, object: object) =>
    send(ctx, event_id, { event_type: OBJECT_UPSERTED, payload: { object_type, object } });
  /** A word that is its own stem and stands nowhere else. */
  const word = () => uniqueId("zq").replace(/[^a-z]/g, "q");

  /** Everything the database holds: a dump of the server, or every table of the embedded engine as text. */
  async function wholeDatabase(): Promise<string> {
    if (engine === "postgres") {
      const url = new URL(inject("postgresUrl") ?? "");
      const [{ name }] = (await query("select current_database() as name")) as [{ name: string }];
      url.pathname = `/${name}`;
      const program = path.join(findPostgres() ?? "", "pg_dump");
      return execFileSync(program, ["--dbname", url.href], { encoding: "utf8", maxBuffer: 2 ** 30 });
    }
    const tables = await query(`select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`);
    const texts: string[] = [];
    for (const { name } of tables)
      texts.push(...(await query(`select t::text as row from ${name} t`)).map((row) => row.row));
    return texts.join("\n");
  }

  const intact = async (ctx: Ctx) => {
    const { tables } = await replay({ ctx, input: {} });
    return tables.filter(({ missing, extra, different }) => missing + extra + different > 0);
  };

  test("takes a memory's text out of everything, and leaves a tombstone", async () => {
    const ctx = await testCtx();
    const [secret, kept] = [word(), word()];
    await send(ctx, "stays", { payload: { text: `${kept} remains` } });
    const { ack } = await send(ctx, "goes", {
      payload: { text: `${secret} remains`, note: { [secret]: secret }, artifact_uri: `s3://b/${secret}` },
      source: secret,
      causal_refs: [secret],
      parent_event_id: secret,
      visibility: secret,
      event_type: "user_message",
      event_time: "2026-03-16T08:00:00Z",
    });
    await ctx.db.$transaction((tx) =>
      emitAudit(tx, ctx, {
        action: "thing.saved",
        entityType: "thing",
        entityId: "x",
        after: { from: ["goes"], secret },
      }),
    );
    await ctx.db.$transaction((tx) =>
      emitAudit(tx, ctx, {
        action: "thing.saved",
        entityType: "thing",
        entityId: "y",
        after: { text: "it goes on" },
      }),
    );
    expect(await wholeDatabase()).toContain(secret);

    const erasure = await eraseMemory({
      ctx,
      input: { memory_id: "mem_goes", reason: "asked by the person" },
    });
    expect(erasure).toEqual({ events: 1, memories: 1, lsns: [ack.lsn] });
    const whole = await wholeDatabase();
    expect(whole).not.toContain(secret);
    expect(whole).toContain(kept);

    const { events } = await tailEvents({ ctx, input: {} });
    expect(events.map(({ event_id }) => event_id)).toEqual(["stays", "goes"]);
    expect(events[1]).toMatchObject({
      ...{ lsn: ack.lsn, agent_id: "a", session_id: "s", workspace_id: "w", event_type: "user_message" },
      ...{ event_time: "2026-03-16T08:00:00Z", payload: {}, source: "", causal_refs: [], visibility: "" },
      erased: { at: expect.stringMatching(/Z$/), reason: "asked by the person" },
    });
    expect(
      await query(`select hash from "Event" where "tenantId" = $1 and "eventId" = 'goes'`, [ctx.tenant]),
    ).toEqual([{ hash: "erased" }]);
    expect(
      await query(`select 1 from "Term" where "tenantId" = $1 and "term" = 'remain'`, [ctx.tenant]),
    ).toHaveLength(1);
    expect(await intact(ctx)).toEqual([]);

    const { logs } = await listAuditLogs({ ctx, input: {} });
    expect(logs.map(({ action, entityId, erased }) => [action, entityId, erased])).toEqual([
      ["memory.erased", "mem_goes", false],
      ["thing.saved", "y", false],
      ["thing.saved", "x", true],
    ]);
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, total: 3, erased: 1 });
    await expect(send(ctx, "goes", { payload: { text: secret } })).rejects.toMatchObject({
      code: "event_erased",
    });
    await expect(eraseMemory({ ctx, input: { memory_id: "mem_goes" } })).rejects.toMatchObject({
      code: "memory_not_found",
    });
  });

  test("makes right again what the erased events had replaced or first mentioned", async () => {
    const ctx = await testCtx();
    await send(ctx, "first", { agent_id: "a1", session_id: "s1", payload: { text: "one" } });
    await send(ctx, "second", { agent_id: "a1", session_id: "s2", payload: { text: "two" } });
    await send(ctx, "third", { agent_id: "a2", session_id: "s1", payload: { text: "three" } });
    await write(ctx, "rewrite", "memory", { memory_id: "mem_second", content: "rewritten words" });
    await write(ctx, "agent", "agent", { agent_id: "a2", name: "Described" });
    const named = () =>
      query(
        `select n."objectType", n."objectId", e."eventId", n."mentioned" from "NamedObject" n join "Event" e using (lsn)
         where n."tenantId" = $1 order by 1, 2`,
        [ctx.tenant],
      );
    // The session s1 was first mentioned by what goes; afterwards by the third event.
    await eraseMemory({ ctx, input: { memory_id: "mem_first" } });
    expect(await named()).toEqual([
      { objectType: "agent", objectId: "a1", eventId: "second", mentioned: true },
      { objectType: "agent", objectId: "a2", eventId: "agent", mentioned: false },
      { objectType: "session", objectId: "s1", eventId: "third", mentioned: true },
      { objectType: "session", objectId: "s2", eventId: "second", mentioned: true },
    ]);
    expect(await intact(ctx)).toEqual([]);
    // What an agent wrote about itself goes, and its mention by an event is what is left; so with a memory's words.
    const rewriter: Ctx = { ...ctx };
    await eraseSessionMemory({ ctx: rewriter, input: { session_id: "s2" } });
    expect(
      await query(`select 1 from "Memory" where "tenantId" = $1 and "memoryId" = 'mem_second'`, [ctx.tenant]),
    ).toEqual([{ "?column?": 1 }]);
    expect(await intact(ctx)).toEqual([]);
  });

  test("gives a memory that was only rewritten back its first words", async () => {
    const ctx = await testCtx();
    await send(ctx, "told", { agent_id: "a1", session_id: "s1", payload: { text: "first words" } });
    await send(ctx, "rewrite", {
      ...{ agent_id: "editor", session_id: "", event_type: OBJECT_UPSERTED },
      payload: {
        object_type: "memory",
        object: { memory_id: "mem_told", content: "other words", agent_id: "a1" },
      },
    });
    await write(ctx, "described", "agent", { agent_id: "a1", name: "Described" });
    const content = () =>
      query(`select "content" from "Memory" where "tenantId" = $1 and "memoryId" = 'mem_told'`, [ctx.tenant]);
    expect(await content()).toEqual([{ content: "other words" }]);
    await eraseAgentMemory({ ctx, input: { agent_id: "editor" } });
    expect(await content()).toEqual([{ content: "first words" }]);
    expect(await intact(ctx)).toEqual([]);
  });

  test("of an agent takes every step of a long log, and nobody else's", async () => {
    const [ctx, neighbour] = [await testCtx(), await testCtx()];
    const secret = word();
    await send(neighbour, "e0", { agent_id: "many", payload: { text: "their own" } });
    const sending: Promise<unknown>[] = [];
    for (let n = 0; n < 900; n++)
      sending.push(
        send(ctx, `e${n}`, {
          agent_id: n % 2 ? "many" : "other",
          session_id: `s${n % 7}`,
          payload: { text: `${n % 2 ? secret : "plain"} number${n} of many` },
        }),
      );
    await Promise.all(sending);
    await write(ctx, "owned", "memory", { memory_id: "theirs", agent_id: "many", content: `${secret} too` });
    const erasure = await eraseAgentMemory({ ctx, input: { agent_id: "many" } });
    expect(erasure).toMatchObject({ events: 451, memories: 451 });
    expect(erasure.lsns).toHaveLength(451);
    expect(await wholeDatabase()).not.toContain(secret);
    const { events } = await tailEvents({ ctx, input: { from_lsn: 0, limit: 1_000, agent_id: "other" } });
    expect(events.filter(({ erased }) => !erased)).toHaveLength(450);
    expect(await query(`select 1 from "Memory" where "tenantId" = $1`, [neighbour.tenant])).toHaveLength(1);
    expect(await query(`select 1 from "Memory" where "tenantId" = $1`, [ctx.tenant])).toHaveLength(450);
    expect(await intact(ctx)).toEqual([]);
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true });
  });

  test("goes on beside ingest and a replay", async () => {
    const ctx = await testCtx();
    for (let n = 0; n < 40; n++) await send(ctx, `e${n}`, { payload: { text: `kite ${n}` } });
    const racing = await Promise.allSettled([
      replay({ ctx, input: {} }),
      ...Array.from({ length: 20 }, (_, n) => eraseMemory({ ctx, input: { memory_id: `mem_e${n}` } })),
      ...Array.from({ length: 20 }, (_, n) => send(ctx, `later${n}`, { payload: { text: `kite ${n}` } })),
      eraseMemory({ ctx, input: { memory_id: "mem_e3" } }),
    ]);
    const refused = racing.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    expect(refused.filter((code) => code !== "conflict" && code !== "memory_not_found")).toEqual([]);
    expect(await intact(ctx)).toEqual([]);
    expect(
      await query(`select 1 from "Event" where "tenantId" = $1 and "erasedAt" is not null`, [ctx.tenant]),
    ).toHaveLength(20);
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, total: 20 });
  });

  test("is for administrators, and knows only the tenant's own", async () => {
    const [ctx, stranger] = [await testCtx(), await testCtx()];
    await send(ctx, "mine");
    await expect(eraseMemory({ ctx: stranger, input: { memory_id: "mem_mine" } })).rejects.toMatchObject({
      code: "memory_not_found",
    });
    await expect(eraseAgentMemory({ ctx: stranger, input: { agent_id: "a" } })).rejects.toMatchObject({
      code: "memory_not_found",
    });
    const engineer: Ctx = { ...ctx, roles: ["ROLE_DATA_ENGINEER", "ROLE_AGENT"] };
    await expect(eraseMemory({ ctx: engineer, input: { memory_id: "mem_mine" } })).rejects.toMatchObject({
      code: "permission_denied",
    });
  });

  test("is the only thing that changes the log", async () => {
    const ctx = await testCtx();
    await send(ctx, "mine");
    const of = `where "tenantId" = '${ctx.tenant}'`;
    for (const sql of [
      `update "Event" set "payload" = '{"a":1}' ${of}`,
      `update "Event" set "erasedAt" = now() ${of}`,
      `delete from "Event" ${of}`,
      `truncate "Event"`,
      `delete from "LogHead"`,
      `update "LogHead" set "lsn" = 0`,
    ])
      await expect(query(sql), sql).rejects.toThrow(/cannot be changed|only moves on/);
  });
});
