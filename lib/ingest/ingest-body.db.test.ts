import { expect, test } from "vitest";
import { listAuditLogs } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { collectAnswer } from "./batch-answer.ts";
import { ingestBody } from "./ingest-body.ts";
import { ingestStream } from "./ingest-stream.ts";

withDatabase("a body of events", ({ testCtx }) => {
  const take = async (ctx: Ctx, value: unknown) => {
    const taken = await ingestBody({ ctx, bytes: Buffer.from(JSON.stringify(value)) });
    return "one" in taken ? taken.one.ack : collectAnswer(taken.results, { failuresOnly: false });
  };
  const refusals = async (ctx: Ctx) => {
    const { logs } = await listAuditLogs({ ctx, input: { limit: 20 } });
    return logs.filter(({ action }) => action === "event.refused");
  };

  test("that names another tenant leaves an audit entry, one for each request; what is taken leaves none", async () => {
    const ctx = await testCtx();
    const foreign = { event_id: "x", tenant_id: "t_other" };
    await take(ctx, { event_id: "own" });
    expect(await refusals(ctx)).toHaveLength(0);
    await expect(take(ctx, foreign)).rejects.toMatchObject({ code: "tenant_mismatch" });
    expect(await refusals(ctx)).toHaveLength(1);
    await take(ctx, [foreign, { event_id: "y" }, foreign]);
    await take(ctx, { events: [foreign] });
    const lines = new Response(`${JSON.stringify(foreign)}\n${JSON.stringify(foreign)}`).body;
    for await (const _results of ingestStream({ ctx, body: lines }));
    expect(await refusals(ctx)).toHaveLength(4);
  });

  test("of somebody who may not write is not looked at", async () => {
    const ctx = await testCtx({ roles: ["ROLE_VIEWER"] });
    await expect(take(ctx, "not even an event")).rejects.toMatchObject({ code: "permission_denied" });
  });
});
