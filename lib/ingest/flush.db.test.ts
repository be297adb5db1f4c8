import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import type { Database } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { flush } from "./flush.ts";
import { ingestBatch } from "./ingest-batch.ts";
import { ingestEvent } from "./ingest-event.ts";
import { instantOf } from "./instant.ts";
import { type PreparedEvent, prepareEvent } from "./prepare-event.ts";
import type { BatchResult } from "./schema.ts";
import { writeOwnEvents } from "./write-own-events.ts";

const TABLES = ["Memory", "Projection", "Edge", "State", "Artifact", "NamedObject", "ObjectVersion"];

withDatabase("a flush", ({ testCtx, database, engine }) => {
  const count = async (ctx: Ctx, table: string): Promise<number> => {
    const { rows } = await database().pool.query(
      `select count(*)::int n from "${table}" where "tenantId" = $1`,
      [ctx.tenant],
    );
    return rows[0].n;
  };
  const head = async (): Promise<number> => {
    const { rows } = await database().pool.query('select "lsn"::int lsn from "LogHead"');
    return rows[0].lsn;
  };
  const prepared = (ctx: Ctx, event: object): PreparedEvent =>
    prepareEvent(ctx, { ...event }, 100, instantOf(new Date()));
  const batch = async (ctx: Ctx, events: unknown[]): Promise<BatchResult[]> => {
    const results: BatchResult[] = [];
    for await (const result of ingestBatch({ ctx, events })) results.push(result);
    return results;
  };
  /** Keeps every flush waiting until it is called. */
  const holdFlushes = async () => {
    const client = await database().pool.connect();
    await client.query('begin; select from "LogHead" where "id" = 1 for update');
    return async () => {
      await client.query("rollback");
      client.release();
    };
  };

  test("holds an event and everything derived from it", async () => {
    const ctx = await testCtx();
    const input = {
      event_id: "e",
      agent_id: "a",
      session_id: "s",
      payload: { text: "late orders", uri: "x" },
    };
    await ingestEvent({ ctx, input: { ...input, event_type: "artifact_attached" } });
    const counts = await Promise.all(TABLES.map((table) => count(ctx, table)));
    expect(Object.fromEntries(TABLES.map((table, at) => [table, counts[at]]))).toEqual({
      Memory: 1,
      Projection: 1,
      Edge: 2,
      State: 1,
      Artifact: 1,
      NamedObject: 2,
      ObjectVersion: 3,
    });
  });

  test("keeps every field as it was understood", async () => {
    const ctx = await testCtx();
    const event = {
      event_id: "e'\"\\é😀",
      workspace_id: "w",
      agent_id: "a",
      session_id: "s",
      event_type: "user_message",
      event_time: "2026-03-16T08:00:00.123456+02:00",
      ingest_time: "0001-01-01T00:00:00Z",
      visible_time: "9999-12-31T23:59:59.999999Z",
      logical_ts: Number.MAX_SAFE_INTEGER,
      parent_event_id: "p",
      causal_refs: ["{", '"', "é"],
      payload: {
        text: "\u0001 '\\ \u2028",
        n: [1e-320, 1.7976931348623157e308, -0.1],
        deep: { "a'b": null },
      },
      source: "src",
      importance: 5e-324,
      visibility: "shared",
      version: Number.MAX_SAFE_INTEGER,
    };
    const { ack } = await ingestEvent({ ctx, input: event });
    const { rows } = await database().pool.query(
      `select to_jsonb(e) - 'hash' as row, "eventTime" at time zone 'UTC' = '2026-03-16 06:00:00.123456' as exact,
        importance from "Event" e where "lsn" = $1`,
      [ack.lsn],
    );
    expect(rows[0].exact).toBe(true);
    expect(rows[0].importance).toBe(5e-324);
    expect(rows[0].row).toMatchObject({
      tenantId: ctx.tenant,
      eventId: event.event_id,
      causalRefs: event.causal_refs,
      payload: event.payload,
      logicalTs: Number.MAX_SAFE_INTEGER,
      version: Number.MAX_SAFE_INTEGER,
      erasedAt: null,
    });
  });

  test("gives no number and no row to what is refused", async () => {
    const ctx = await testCtx();
    const { ack } = await ingestEvent({ ctx, input: { event_id: "one" } });
    await expect(ingestEvent({ ctx, input: { event_id: "one", source: "other" } })).rejects.toMatchObject({
      code: "event_conflict",
    });
    await expect(ingestEvent({ ctx, input: { event_id: "two", version: -1 } })).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(await head()).toBe(ack.lsn);
    expect((await ingestEvent({ ctx, input: { event_id: "two" } })).ack.lsn).toBe(ack.lsn + 1);
    expect(await count(ctx, "Event")).toBe(2);
  });

  test("tells an erased event from another one", async () => {
    const ctx = await testCtx();
    const { ack } = await ingestEvent({ ctx, input: { event_id: "gone" } });
    await database().pool.query(
      `update "Event" set "payload" = '{}', "hash" = 'erased', "erasedAt" = now(), "erasedReason" = 'asked' where "lsn" = $1`,
      [ack.lsn],
    );
    await expect(ingestEvent({ ctx, input: { event_id: "gone" } })).rejects.toMatchObject({
      code: "event_erased",
    });
    expect((await batch(ctx, [{ event_id: "gone" }]))[0]).toMatchObject({
      status: 410,
      code: "event_erased",
    });
  });

  test("is halved until the row that the database refuses stands alone", async () => {
    const ctx = await testCtx();
    const before = await head();
    const events = Array.from({ length: 9 }, (_, at) => prepared(ctx, { event_id: `e${at}` }));
    const bad = events[5];
    // What no check of ours lets through: a year that the database does not know.
    if (bad) events[5] = { ...bad, event: { ...bad.event, event_time: "999999-01-01T00:00:00Z" } };
    const outcomes = await flush(database(), events);
    expect(outcomes.map((outcome) => isAppError(outcome))).toEqual(events.map((_, at) => at === 5));
    expect(outcomes[5]).toMatchObject({ code: "bad_request" });
    expect(outcomes.flatMap((outcome) => ("lsn" in outcome ? [outcome.lsn - before] : []))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(await count(ctx, "Event")).toBe(8);
  });

  test("keeps ids apart by tenant", async () => {
    const [one, other] = [await testCtx(), await testCtx()];
    const input = { event_id: "same", agent_id: "a" };
    const acks = [await ingestEvent({ ctx: one, input }), await ingestEvent({ ctx: other, input })];
    expect(acks.map(({ replayed }) => replayed)).toEqual([false, false]);
    for (const ctx of [one, other]) expect(await count(ctx, "Memory")).toBe(1);
    const together = [one, other].map((ctx) => prepared(ctx, { event_id: "together" }));
    const outcomes = await flush(database(), together);
    expect(outcomes).toMatchObject([{ replayed: false }, { replayed: false }]);
  });

  test("holds whatever came while another was under way", async () => {
    const ctx = await testCtx();
    const release = await holdFlushes();
    const first = ingestEvent({ ctx, input: { event_id: "first" } });
    const rest = Array.from({ length: 500 }, (_, at) => ingestEvent({ ctx, input: { event_id: `e${at}` } }));
    await release();
    const acks = await Promise.all([first, ...rest]);
    const lsns = acks.map(({ ack }) => ack.lsn);
    expect(lsns).toEqual(lsns.map((_, at) => (lsns[0] ?? 0) + at));
    const { rows } = await database().pool.query(
      `select count(distinct xmin::text)::int flushes from "Event" where "tenantId" = $1`,
      [ctx.tenant],
    );
    expect(rows[0].flushes).toBeLessThanOrEqual(3);
  });

  test("is not waited for by more than the queue holds", async () => {
    const ctx = await testCtx();
    const release = await holdFlushes();
    const extra = 50;
    const sent = Array.from({ length: limits.queuedEvents + 1 + extra }, (_, at) =>
      ingestEvent({ ctx, input: { event_id: `e${at}` } }).then(
        () => "accepted",
        (error) => `${error.code} ${error.extra.headers["retry-after"]}`,
      ),
    );
    const last = await sent.at(-1);
    await release();
    const told = await Promise.all(sent);
    expect(last).toBe("overloaded 1");
    const accepted = told.filter((one) => one === "accepted").length;
    expect(accepted).toBeGreaterThanOrEqual(limits.queuedEvents);
    expect(await count(ctx, "Event")).toBe(accepted);
  }, 60_000);

  test.skipIf(engine === "embedded")("that loses its connection is made again, and counts once", async () => {
    const ctx = await testCtx();
    const release = await holdFlushes();
    const taken = ingestEvent({ ctx, input: { event_id: "e" } });
    const { pool } = database();
    await expect
      .poll(async () => {
        const { rows } = await pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%LogHead%'`,
        );
        return rows.length;
      })
      .toBe(1);
    await release();
    expect((await taken).replayed).toBe(false);
    expect(await count(ctx, "Event")).toBe(1);
  });

  test.skipIf(engine === "embedded")(
    "of two processes at once gives each number once, in the order of commits",
    async () => {
      const ctx = await testCtx();
      // A database of its own kind is a queue of its own, as another process would have.
      const other = { ...database() };
      const events = (from: string) =>
        Array.from({ length: 40 }, (_, at) => prepared(ctx, { event_id: `${from}${at}` }));
      const groups = (database: Database, from: string) =>
        events(from).map((one) => flush(database, [one, ...events("same")]));
      const outcomes = (await Promise.all([...groups(database(), "a"), ...groups(other, "b")])).flat();
      const fresh = outcomes.flatMap((outcome) =>
        "lsn" in outcome && !outcome.replayed ? [outcome.lsn] : [],
      );
      expect(fresh).toHaveLength(120);
      expect(new Set(fresh).size).toBe(120);
      expect(await count(ctx, "Event")).toBe(120);
      expect(await head()).toBe(Math.max(...fresh));
    },
  );

  test("counts events by the minute of their ingest", async () => {
    const ctx = await testCtx();
    const at = (ingest_time: string) => ({ event_id: uniqueId("e"), ingest_time });
    await batch(ctx, [
      at("2026-01-01T10:00:00Z"),
      at("2026-01-01T10:00:59.999Z"),
      at("2026-01-01T11:01:00+01:00"),
    ]);
    await batch(ctx, [at("2026-01-01T10:00:30Z"), { event_id: "" }]);
    const { rows } = await database().pool.query(
      `select extract(minute from "minute" at time zone 'UTC')::int at, "events"::int from "EventVolume"
        where "tenantId" = $1 order by 1`,
      [ctx.tenant],
    );
    expect(rows).toEqual([
      { at: 0, events: 3 },
      { at: 1, events: 1 },
    ]);
  });

  test("lets only the product write as one of our agents", async () => {
    const ctx = await testCtx();
    const event = { event_id: "own", agent_id: "pipeline-assistant" as const, event_type: "plan_updated" };
    await expect(ingestEvent({ ctx, input: event })).rejects.toMatchObject({ code: "reserved_agent" });
    await writeOwnEvents(ctx, [event]);
    await writeOwnEvents(ctx, [event]);
    expect(await count(ctx, "Event")).toBe(1);
    await expect(writeOwnEvents(ctx, [{ ...event, source: "x" }])).rejects.toMatchObject({
      code: "event_conflict",
    });
    const viewer = { ...ctx, roles: ["ROLE_VIEWER" as const] };
    await expect(ingestEvent({ ctx: viewer, input: { event_id: "v" } })).rejects.toMatchObject({
      code: "permission_denied",
    });
  });

  test("cannot be undone: the log refuses every change that is no erasure", async () => {
    const ctx = await testCtx();
    const { ack } = await ingestEvent({ ctx, input: { event_id: "e", payload: { text: "x" } } });
    for (const sql of [
      `update "Event" set "payload" = '{}' where "lsn" = ${ack.lsn}`,
      `delete from "Event" where "lsn" = ${ack.lsn}`,
      `truncate "Event"`,
      `update "LogHead" set "lsn" = 0`,
    ])
      await expect(database().pool.query(sql)).rejects.toThrow(/cannot be changed|only moves on/);
  });
});
