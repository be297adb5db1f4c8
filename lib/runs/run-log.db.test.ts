import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { claimed, pipeline, request } from "#tests/run-kit.ts";
import { getRunLog } from "./get-run-log.ts";
import { appendLog } from "./record-progress.ts";

withDatabase("a run's log", ({ database, testCtx }) => {
  const runOf = async (ctx: Ctx) => request(ctx, await pipeline(ctx));
  const messages = async (ctx: Ctx, runId: string, query: object = {}) => {
    const { data } = await getRunLog({ ctx, input: { runId, ...query } });
    return data.map(({ message }) => message);
  };

  test("is found by text in message, node or data, by level and by node", async () => {
    const ctx = await testCtx();
    const runId = await runOf(ctx);
    const run = await claimed(ctx, runId);
    await appendLog(run, [
      { level: "info", message: "Began" },
      { level: "debug", message: "Opened", nodeId: "src", data: { file: "Orders_2026.csv", rows: 12 } },
      { level: "warn", message: "100% of 3_4 rows late", nodeId: "load", data: { code: "late_rows" } },
      { level: "error", message: "Broke off", nodeId: "load" },
    ]);
    expect(await messages(ctx, runId, { q: "orders_2026" })).toEqual(["Opened"]);
    expect(await messages(ctx, runId, { q: "rows=12" })).toEqual(["Opened"]);
    expect(await messages(ctx, runId, { q: "SRC" })).toEqual(["Opened"]);
    // No character of a search means anything but itself.
    expect(await messages(ctx, runId, { q: "0% of 3_4" })).toEqual(["100% of 3_4 rows late"]);
    expect(await messages(ctx, runId, { q: "3%4" })).toEqual([]);
    expect(await messages(ctx, runId, { level: "warn" })).toEqual(["100% of 3_4 rows late", "Broke off"]);
    expect(await messages(ctx, runId, { level: "info" })).toHaveLength(3);
    expect(await messages(ctx, runId, { nodeId: "load", level: "error" })).toEqual(["Broke off"]);
    expect(await messages(ctx, runId, { nodeId: "load", q: "rows" })).toEqual(["100% of 3_4 rows late"]);
    await expect(getRunLog({ ctx: await testCtx(), input: { runId, q: "Began" } })).rejects.toMatchObject({
      code: "run_not_found",
    });
  });

  test("goes on page by page, and over more lines than one request looks at", async () => {
    const ctx = await testCtx();
    const runId = await runOf(ctx);
    const most = limits.logLinesSearched;
    await database().db.$executeRaw`
      insert into "RunLog" ("runId", "tenantId", "level", "message")
      select ${runId}, ${ctx.tenant}, 'info', case when n % ${most / 2} = 0 then 'needle ' || n else 'hay' end
      from generate_series(1, ${most + 5}::int) n`;
    const first = await getRunLog({ ctx, input: { runId, q: "Needle", limit: 1 } });
    expect(first.data.map(({ message }) => message)).toEqual([`needle ${most / 2}`]);
    expect(first.hasMore).toBe(true);
    const second = await getRunLog({ ctx, input: { runId, q: "needle", after: first.next } });
    expect(second.data.map(({ message }) => message)).toEqual([`needle ${most}`]);
    expect(second.hasMore).toBe(false);
    const nothing = await getRunLog({ ctx, input: { runId, q: "nowhere" } });
    expect(nothing).toMatchObject({ data: [], hasMore: true });
    const rest = await getRunLog({ ctx, input: { runId, q: "nowhere", after: nothing.next } });
    expect(rest).toEqual({ data: [], next: nothing.next, hasMore: false });
    const all = await getRunLog({ ctx, input: { runId, limit: 1000 } });
    expect(all.data).toHaveLength(1000);
    expect(all.hasMore).toBe(true);
  });
});
