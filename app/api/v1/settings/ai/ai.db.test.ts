import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx, Role } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { proposeChange } from "#lib/proposals/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import * as chat from "../../ai/pipeline-chat/route.ts";
import * as ai from "./route.ts";
import * as tryOut from "./test/route.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const KEY = "key-of-the-mill-4711";

withDatabase("Settings → AI over its routes", ({ testCtx }) => {
  async function caller(ctx: Ctx, roles: Role[] = ["ROLE_ADMIN", "ROLE_DATA_ENGINEER"]) {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles } });
    return async (method: string, handler: RouteHandler, body?: unknown) => {
      const response = await handler(
        new Request("http://localhost/x", {
          method,
          headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body),
        }),
        { params: Promise.resolve({}) },
      );
      const text = await response.text();
      expect(text).not.toContain(KEY);
      return { status: response.status, body: JSON.parse(text) };
    };
  }

  test("what a tenant chooses answers its proposals, and no other tenant's", async () => {
    const [call, other] = [await caller(await testCtx()), await caller(await testCtx())];
    const choice = { provider: "google", model: "gemini-2.5-pro", key: KEY, baseUrl: `${wire.url}/v1beta` };
    expect(await call("PUT", ai.PUT, choice)).toMatchObject({
      status: 200,
      body: { provider: "google", hasKey: true, from: "tenant" },
    });
    wire.queue.push({ json: { rationale: "Nothing to do.", patch: [] } });
    const asked = await call("POST", chat.POST, { message: "what does this do?" });
    expect(asked).toMatchObject({ status: 200, body: { ok: true, rationale: "Nothing to do." } });
    expect(wire.calls[0]).toMatchObject({
      path: "/v1beta/models/gemini-2.5-pro:generateContent",
      headers: { "x-goog-api-key": KEY },
    });
    await other("POST", chat.POST, { message: "what does this do?" });
    expect(wire.calls).toHaveLength(1);
    expect(await call("DELETE", ai.DELETE)).toMatchObject({ status: 200, body: { provider: "rules" } });
    await call("POST", chat.POST, { message: "what does this do?" });
    expect(wire.calls).toHaveLength(1);
  });

  test("what a proposal cost is told, where its tokens have a price", async () => {
    const ctx = await testCtx();
    const call = await caller(ctx);
    const choice = { provider: "google", model: "gemini-2.5-pro", key: KEY, baseUrl: `${wire.url}/v1beta` };
    const costOfOne = async (prices: object) => {
      await call("PUT", ai.PUT, { ...choice, ...prices });
      wire.queue.push({ json: { rationale: "Nothing to do.", patch: [] } });
      let cost: number | null | undefined;
      for await (const event of proposeChange({ ctx, input: { message: "what does this do?" } }))
        if (event.type === "answer") cost = event.data.by.cost;
      return cost;
    };
    expect(await costOfOne({})).toBeNull();
    const cost = await costOfOne({ inputPrice: 2, outputPrice: 10 });
    const row = await ctx.db.proposal.findFirstOrThrow({
      where: { tenantId: ctx.tenant },
      orderBy: { createdAt: "desc" },
    });
    const { inputTokens, outputTokens, tokensUsed } = row;
    expect([inputTokens, outputTokens]).toEqual([expect.any(Number), expect.any(Number)]);
    expect((inputTokens ?? 0) + (outputTokens ?? 0)).toBe(tokensUsed);
    expect(cost).toBeCloseTo(((inputTokens ?? 0) * 2 + (outputTokens ?? 0) * 10) / 1_000_000, 12);
    expect(cost).toBeGreaterThan(0);
  });

  test("a draft is tried, refusals name their field, and engineers only read", async () => {
    const ctx = await testCtx();
    const call = await caller(ctx);
    const draft = { provider: "anthropic", key: KEY, baseUrl: `${wire.url}/v1` };
    wire.queue.push({ status: 401 });
    expect(await call("POST", tryOut.POST, draft)).toMatchObject({
      status: 200,
      body: {
        ok: false,
        layers: [
          { layer: "reach", ok: true },
          { layer: "key", ok: false },
        ],
      },
    });
    expect(await call("POST", tryOut.POST, {})).toMatchObject({ status: 200, body: { ok: true } });
    expect(await call("PUT", ai.PUT, { provider: "openai" })).toMatchObject({
      status: 400,
      body: { issues: [{ path: "/key" }] },
    });
    expect(await call("PUT", ai.PUT, { ...draft, colour: "red" })).toMatchObject({ status: 400 });
    expect(await call("PUT", ai.PUT, { ...draft, baseUrl: "http://169.254.169.254/" })).toMatchObject({
      status: 400,
      body: { issues: [{ path: "/baseUrl" }] },
    });
    const engineer = await caller(ctx, ["ROLE_DATA_ENGINEER"]);
    expect(await engineer("GET", ai.GET)).toMatchObject({ status: 200, body: { from: "built-in" } });
    for (const [method, handler] of [
      ["PUT", ai.PUT],
      ["DELETE", ai.DELETE],
      ["POST", tryOut.POST],
    ] as const)
      expect(await engineer(method, handler, method === "DELETE" ? undefined : draft)).toMatchObject({
        status: 403,
      });
  });

  test("an administrator changes the tenant's limit of proposals, whoever answers", async () => {
    const ctx = await testCtx();
    const [call, engineer] = [await caller(ctx), await caller(ctx, ["ROLE_DATA_ENGINEER"])];
    const ask = () => engineer("POST", chat.POST, { message: "what does this do?" });
    expect(await engineer("GET", ai.GET)).toMatchObject({ body: { proposalsPerHour: null } });
    expect(await engineer("PATCH", ai.PATCH, { proposalsPerHour: 2 })).toMatchObject({ status: 403 });
    expect(await call("PATCH", ai.PATCH, { proposalsPerHour: 1 })).toMatchObject({
      status: 200,
      body: { from: "built-in", proposalsPerHour: 1 },
    });
    expect(await ask()).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({
      status: 429,
      body: {
        error: "rate_limited",
        detail: expect.stringMatching(/asked for 1 proposal.*an administrator/),
      },
    });
    await call("PUT", ai.PUT, { provider: "rules", proposalsPerHour: 2 });
    expect(await ask()).toMatchObject({ status: 200 });
    expect((await ask()).body.detail).toContain("2 proposals");
    expect(await call("DELETE", ai.DELETE)).toMatchObject({
      body: { from: "built-in", proposalsPerHour: 2 },
    });
    for (const proposalsPerHour of [0, 10_001, 1.5, "9", undefined])
      expect(await call("PATCH", ai.PATCH, { proposalsPerHour })).toMatchObject({ status: 400 });
  });
});
