import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { pipeline } from "#tests/run-kit.ts";
import { listDailyRows } from "./list-daily-rows.ts";

withDatabase("daily rows", ({ testCtx }) => {
  const ran = (ctx: Ctx, pipelineId: string, queuedAt: string, startedAt: string | null, rows: number) =>
    ctx.db.run.create({
      data: {
        tenantId: ctx.tenant,
        pipelineId,
        pipelineVersion: 1,
        trigger: "manual",
        requestedBy: ctx.actor.id,
        queuedAt: new Date(queuedAt),
        startedAt: startedAt && new Date(startedAt),
        rowsOut: rows,
        rowsRejected: 1,
      },
    });

  test("are summed by the day a run started, in the reader's zone, over a change of clocks", async () => {
    const ctx = await testCtx();
    const stranger = await testCtx();
    const id = await pipeline(ctx);
    // Berlin leaves summer time on 25 October 2026: that day lasts from 24 October 22:00 to 25 October 23:00 UTC.
    await ran(ctx, id, "2026-10-24T21:50:00Z", "2026-10-24T22:00:00Z", 10);
    await ran(ctx, id, "2026-10-25T22:59:59Z", null, 5);
    await ran(ctx, id, "2026-10-25T23:00:00Z", "2026-10-25T23:00:01Z", 3_000_000_000);
    await ran(ctx, id, "2026-10-23T21:59:59Z", "2026-10-23T21:59:59Z", 7);
    await ran(stranger, await pipeline(stranger), "2026-10-25T12:00:00Z", null, 99);
    const now = new Date("2026-10-26T22:59:59Z");
    const input = { days: "3", zone: "Europe/Berlin" };
    expect(await listDailyRows({ ctx, input, now })).toEqual({
      zone: "Europe/Berlin",
      data: [
        { day: "2026-10-24", runs: 0, loaded: 0, rejected: 0 },
        { day: "2026-10-25", runs: 2, loaded: 15, rejected: 2 },
        { day: "2026-10-26", runs: 1, loaded: 3_000_000_000, rejected: 1 },
      ],
    });
    const utc = await listDailyRows({ ctx, input: { days: 3 }, now });
    expect(utc.data.map(({ loaded }) => loaded)).toEqual([10, 3_000_000_005, 0]);
  });

  test("refuse what is no time zone, and who may not read runs", async () => {
    const ctx = await testCtx();
    for (const zone of ["Europe/Berln", "+02:00", "'; select 1"])
      await expect(listDailyRows({ ctx, input: { zone } })).rejects.toMatchObject({ code: "bad_request" });
    const agent: Ctx = { ...ctx, roles: ["ROLE_AGENT"] };
    await expect(listDailyRows({ ctx: agent, input: {} })).rejects.toMatchObject({
      code: "permission_denied",
    });
  });
});
