import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { replayKit } from "#tests/replay-kit.ts";
import * as one from "./[rowId]/route.ts";
import * as discard from "./discard/route.ts";
import * as replay from "./replay/route.ts";
import * as restore from "./restore/route.ts";
import * as list from "./route.ts";

type Answer = { status: number; body: Record<string, unknown> & { data?: Record<string, unknown>[] } };

withDatabase("the routes of a run's quarantine", (use) => {
  const { demo, table, put, source, check, target, ran, ended, column } = replayKit(use);

  async function client(ctx: Ctx, role: "ROLE_DATA_ENGINEER" | "ROLE_VIEWER" | "ROLE_AGENT") {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles: [role] } });
    return async (
      handler: RouteHandler,
      params: Record<string, string>,
      body?: unknown,
      query = "",
    ): Promise<Answer> => {
      const request = new Request(`http://localhost/x${query}`, {
        method: body === undefined ? "GET" : handler === one.PATCH ? "PATCH" : "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const response = await handler(request, { params: Promise.resolve(params) });
      return { status: response.status, body: (await response.json()) as Answer["body"] };
    };
  }

  test("list, edit, replay, discard and restore as they are declared", async () => {
    const ctx = await demo();
    const name = table();
    put("orders", "id,email,amount\n1,a@b.co,5\n2,nobody,6\n3,nowhere,7\n");
    const { runId } = await ran(ctx, [source(), check(), target("check", name)]);
    const call = await client(ctx, "ROLE_DATA_ENGINEER");
    const listed = await call(list.GET, { runId }, undefined, "?state=waiting&node=check&rule=mail");
    const ids = (listed.body.data ?? []).map(({ id }) => String(id));
    const [rowId = "", other = ""] = ids;
    expect([listed.status, ids.length]).toEqual([200, 2]);
    expect((await call(list.GET, { runId }, undefined, "?state=lost")).status).toBe(400);

    const refused = await call(one.PATCH, { runId, rowId }, { row: { amount: "x" } });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: "bad_request", issues: [{ code: "does_not_fit", path: "/row/amount" }] },
    });
    expect(await call(one.PATCH, { runId, rowId }, { row: { email: "b@c.co" }, extra: 1 })).toMatchObject({
      status: 400,
    });
    expect(await call(one.PATCH, { runId, rowId }, { row: { email: "b@c.co" } })).toMatchObject({
      status: 200,
      body: { id: rowId, state: "edited", edited: { email: "b@c.co" } },
    });
    expect(await call(discard.POST, { runId }, { rowIds: [other], reason: "not ours" })).toMatchObject({
      status: 200,
      body: { rows: 1 },
    });
    const asked = await call(replay.POST, { runId }, {});
    expect(asked).toMatchObject({ status: 202, body: { rows: 1 } });
    await ended(ctx, String(asked.body.runId));
    expect(await column(ctx, name)).toEqual(["1", "2"]);
    expect(await call(replay.POST, { runId }, { rowIds: ids })).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
    expect(await call(restore.POST, { runId }, { rowIds: [other] })).toMatchObject({
      status: 200,
      body: { rows: 1 },
    });
    expect((await call(one.PATCH, { runId, rowId }, { row: { amount: 1 } })).status).toBe(409);
  });

  test("only who may edit quarantine changes it, and nobody another tenant's", async () => {
    const ctx = await demo();
    put("orders", "id,email,amount\n2,nobody,6\n");
    const { runId } = await ran(ctx, [source(), check(), target("check", table())]);
    const [row] = (await (await client(ctx, "ROLE_VIEWER"))(list.GET, { runId })).body.data ?? [];
    const rowId = String(row?.id);
    const stranger = await use.testCtx();
    for (const [who, role, status] of [
      [ctx, "ROLE_VIEWER", 403],
      [ctx, "ROLE_AGENT", 403],
      [stranger, "ROLE_DATA_ENGINEER", 404],
    ] as const) {
      const call = await client(who, role);
      expect((await call(one.PATCH, { runId, rowId }, { row: { amount: 1 } })).status, role).toBe(status);
      for (const { POST } of [replay, discard, restore])
        expect((await call(POST, { runId }, { rowIds: [rowId] })).status, role).toBe(status);
    }
    expect(await ctx.db.run.count({ where: { replayOf: runId } })).toBe(0);
  });
});
