import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { listRuns } from "#lib/runs/index.ts";
import { listSources } from "#lib/sources/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { openShop, type Shop } from "#tests/setup-kit.ts";
import { advanceSession } from "./advance-session.ts";
import { createSession } from "./create-session.ts";
import { getSession } from "./get-session.ts";
import { takeUpAbandoned } from "./keep-sessions.ts";
import type { ChatInput } from "./schema.ts";
import { listSessionStreams, previewSessionStream } from "./session-streams.ts";

withDatabase("setting up a source", ({ testCtx, database }) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(inject("postgresUrl") ?? "");
  });
  afterAll(() => shop.remove());

  async function begin() {
    const ctx = await testCtx();
    const { session_id: id } = await createSession({ ctx });
    const say = async (given: Partial<ChatInput> | string) => {
      const input = typeof given === "string" ? { message: given } : given;
      return (await (await advanceSession({ ctx, id, input })).replied).reply;
    };
    return { ctx, id, say };
  }
  /** Up to the review of two tables, once an hour. */
  async function toReview() {
    const conversation = await begin();
    const { say } = conversation;
    await say("postgres");
    const found = await say({ fields: shop.fields });
    expect(found.state, JSON.stringify(found)).toBe("select_streams");
    await say("orders and customers");
    const review = await say("every hour");
    expect(review.state, JSON.stringify(review)).toBe("review");
    return conversation;
  }
  async function made(ctx: Ctx) {
    const { db, tenant } = ctx;
    const mine = { where: { tenantId: tenant } };
    const counts = [db.source, db.pipeline, db.schedule, db.run].map((table) =>
      (table as typeof db.run).count(mine as never),
    );
    const [sources, pipelines, schedules, runs] = await Promise.all(counts);
    return { sources, pipelines, schedules, runs };
  }
  const ALL = { sources: 1, pipelines: 1, schedules: 1, runs: 1 };

  test("goes from a connector's name to a source, a pipeline, its schedule and its first run", async () => {
    const { ctx, id, say } = await toReview();
    const streams = await listSessionStreams({ ctx, id, input: { limit: 2 } });
    expect(streams.streams.map(({ name }) => name)).toEqual(["public.customers", "public.logs"]);
    expect(streams.total).toBe(3);
    const preview = await previewSessionStream({ ctx, id, input: { stream: "public.customers" } });
    expect(preview.rows).toHaveLength(5);
    const done = await say("create it");
    expect(done.state, JSON.stringify(done)).toBe("done");
    const data = done.data as Record<string, { ok?: boolean; run_id?: string }>;
    expect(data.schedule).toEqual({ ok: true });
    expect(data.initial_sync).toMatchObject({ ok: true });
    expect(await made(ctx)).toEqual(ALL);
    const { data: sources } = await listSources({ ctx, input: {} });
    expect(sources[0]?.id).toBe(data.source_id);
    // It was tested with these very fields a moment ago.
    expect(sources[0]?.health).toMatchObject({ ok: true });
    expect(sources[0]?.checkedAt).not.toBeNull();
    const { data: runs } = await listRuns({ ctx, input: {} });
    expect(runs[0]?.runId).toBe(data.initial_sync?.run_id);
    expect(await ctx.db.sourceDraft.count({ where: { tenantId: ctx.tenant } })).toBe(0);
    // The saved source answers now.
    expect((await listSessionStreams({ ctx, id, input: {} })).total).toBe(3);
    const view = await getSession({ ctx, id });
    expect(view.stages.map(({ stage }) => stage)).toContain("first_row");
    expect(view.history.map(({ said }) => said)).toContain("orders and customers");
  });

  test("makes nothing twice, however often it is told to", async () => {
    const { ctx, say } = await toReview();
    const replies = await Promise.all([say("create it"), say("create it"), say("yes"), say("create it")]);
    expect(new Set(replies.map(({ state }) => state))).toEqual(new Set(["done"]));
    await say("retry");
    await say("create it");
    expect(await made(ctx)).toEqual(ALL);
  });

  test("goes on where a worker died, at every moment", async () => {
    for (const moment of ["before anything", "after source and pipeline", "after the run"]) {
      const { ctx, id } = await toReview();
      const { postMessage } = await import("./post-message.ts");
      const posted = await postMessage(ctx, id, { message: "create it" });
      const dying = dieAt(ctx, moment);
      const { drain } = await import("./drain.ts");
      if (!posted.turn) throw new Error("the lease was not free");
      await drain(dying.db, id, posted.turn).catch(() => undefined);
      expect(dying.died(), moment).toBe(true);
      expect((await getSession({ ctx, id })).state, moment).toBe("execute");
      await ctx.db.setupSession.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1) } });
      await takeUpAbandoned(ctx.db);
      await expect.poll(async () => (await getSession({ ctx, id })).state).toBe("done");
      expect(await made(ctx), moment).toEqual(ALL);
    }
  });

  /** A database that is gone from one moment on, as it is for a process that is killed. */
  function dieAt(ctx: Ctx, moment: string) {
    let dead = false;
    const gone = () => {
      throw new Error("this process is dead");
    };
    const db = new Proxy(ctx.db, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (dead) return gone();
        if (name === "$transaction")
          return async (work: unknown, ...rest: unknown[]) => {
            if (moment === "before anything") {
              dead = true;
              return gone();
            }
            const result = await target.$transaction(work as never, ...(rest as []));
            const isRun = result !== null && typeof result === "object" && "runId" in result;
            if (isRun ? moment === "after the run" : moment === "after source and pipeline") {
              dead = true;
              return gone();
            }
            return result;
          };
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    return { db, died: () => dead };
  }

  test("says what did not work, keeps what did, and mends it when told to try again", async () => {
    for (const broken of ["Schedule", "Run"] as const) {
      const { ctx, say } = await toReview();
      const mend = await breakTable(ctx, broken);
      const first = await say("create it");
      const data = first.data as Record<string, { ok: boolean; error?: string } | string>;
      const part = broken === "Schedule" ? "schedule" : "initial_sync";
      expect(data[part], JSON.stringify(first)).toMatchObject({ ok: false });
      expect((data[part] as { error: string }).error).toMatch(/^[A-Z].+\.$/);
      expect(JSON.stringify(first)).not.toContain("broken on purpose");
      const other = broken === "Schedule" ? "initial_sync" : "schedule";
      expect(data[other]).toMatchObject({ ok: true });
      const there = await made(ctx);
      expect([there.sources, there.pipelines]).toEqual([1, 1]);
      await mend();
      const again = await say("retry");
      expect(again.data, JSON.stringify(again)).toMatchObject({
        source_id: data.source_id,
        pipeline_id: data.pipeline_id,
        schedule: { ok: true },
        initial_sync: { ok: true },
      });
      expect(await made(ctx)).toEqual(ALL);
    }
  });

  test("leaves nothing behind where the pipeline cannot be made, and keeps what was entered", async () => {
    const { ctx, say } = await toReview();
    const mend = await breakTable(ctx, "Pipeline");
    const failed = await say("create it");
    expect(failed.state, JSON.stringify(failed)).toBe("failed");
    expect(await made(ctx)).toEqual({ sources: 0, pipelines: 0, schedules: 0, runs: 0 });
    await mend();
    expect((await say("retry")).state).toBe("done");
    expect(await made(ctx)).toEqual(ALL);
  });

  async function breakTable(ctx: Ctx, table: "Schedule" | "Run" | "Pipeline") {
    const { pool } = database();
    const name = `broken_${ctx.tenant}`;
    await pool.query(`create function ${name}() returns trigger language plpgsql as $$ begin
      if new."tenantId" = '${ctx.tenant}' then raise exception 'broken on purpose'; end if; return new; end $$`);
    await pool.query(
      `create trigger ${name} before insert on "${table}" for each row execute function ${name}()`,
    );
    return async () => {
      await pool.query(`drop trigger ${name} on "${table}"`);
      await pool.query(`drop function ${name}()`);
    };
  }

  test("gives the second source of the same name names of its own", async () => {
    const ctx = await testCtx();
    const slugs: unknown[] = [];
    for (let count = 0; count < 2; count++) {
      const { session_id: id } = await createSession({ ctx });
      const say = async (input: Partial<ChatInput>) =>
        (await (await advanceSession({ ctx, id, input })).replied).reply;
      await say({ message: "postgres" });
      await say({ fields: shop.fields });
      await say({ message: "logs" });
      await say({ message: "only when I say so" });
      const done = await say({ message: "create it" });
      expect(done.state, JSON.stringify(done)).toBe("done");
      slugs.push((done.data as { pipeline_slug: string }).pipeline_slug);
    }
    expect(new Set(slugs).size).toBe(2);
    expect(await made(ctx)).toEqual({ sources: 2, pipelines: 2, schedules: 0, runs: 2 });
  });
});
