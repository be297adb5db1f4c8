import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire, type WireAnswer } from "#tests/model-wire.ts";
import { clearAiSettings } from "./clear-ai-settings.ts";
import { getAiSettings } from "./get-ai-settings.ts";
import { loadAiChoice } from "./load-ai-choice.ts";
import { testAiSettings } from "./test-ai-settings.ts";
import { updateAiSettings } from "./update-ai-settings.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const KEY = "sk-of-the-mill-7788";
const openai = () => ({ provider: "openai" as const, baseUrl: `${wire.url}/v1`, key: KEY });
const ready: WireAnswer = {
  json: { rationale: "r", patch: [{ op: "add", path: "/ready", from: null, valueJson: "true" }] },
};

withDatabase("who answers", ({ testCtx }) => {
  test("is the built-in assistant, until the tenant chooses, and again after that", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const builtIn = { provider: "rules", from: "built-in", hasKey: false, model: null };
    expect(await getAiSettings({ ctx })).toMatchObject(builtIn);
    const saved = await updateAiSettings({
      ctx,
      input: { ...openai(), model: "gpt-5", inputPrice: 1.25, outputPrice: 10 },
    });
    expect(saved).toEqual({
      provider: "openai",
      model: "gpt-5",
      baseUrl: `${wire.url}/v1`,
      region: null,
      accessKeyId: null,
      structured: true,
      inputPrice: 1.25,
      outputPrice: 10,
      proposalsPerHour: null,
      hasKey: true,
      from: "tenant",
    });
    expect(await getAiSettings({ ctx })).toEqual(saved);
    expect(await loadAiChoice({ ctx })).toMatchObject({
      choice: { provider: "openai", model: "gpt-5", key: KEY },
      prices: { input: 1.25, output: 10 },
    });
    expect(await getAiSettings({ ctx: other })).toMatchObject(builtIn);
    expect(await clearAiSettings({ ctx })).toMatchObject(builtIn);
    expect(await loadAiChoice({ ctx })).toMatchObject({ choice: { provider: "rules", key: undefined } });
    expect(await ctx.db.tenantSetting.findUnique({ where: { tenantId: ctx.tenant } })).toMatchObject({
      ai: null,
      aiSecret: null,
    });
  });

  test("keeps the key sealed for this tenant, and out of answers and the audit log", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    await updateAiSettings({ ctx, input: openai() });
    const row = await ctx.db.tenantSetting.findUniqueOrThrow({ where: { tenantId: ctx.tenant } });
    expect(Buffer.from(row.aiSecret ?? []).includes(KEY)).toBe(false);
    const entries = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant, action: "ai_settings.updated" },
      include: { content: true },
    });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.content).toMatchObject({
      before: { provider: "rules" },
      after: { provider: "openai", hasKey: true, keyChanged: true },
    });
    expect(
      JSON.stringify([entries.map(({ content }) => content), row.ai, await getAiSettings({ ctx })]),
    ).not.toContain(KEY);
    const { aiSecret } = row;
    await ctx.db.tenantSetting.update({
      where: { tenantId: other.tenant },
      data: { ai: row.ai as object, aiSecret },
    });
    await expect(loadAiChoice({ ctx: other })).rejects.toThrow();
  });

  test("a kept key goes where it went before, and nowhere else", async () => {
    const ctx = await testCtx();
    await updateAiSettings({ ctx, input: openai() });
    const { key: _, ...keyless } = openai();
    await updateAiSettings({ ctx, input: { ...keyless, model: "gpt-5" } });
    expect((await loadAiChoice({ ctx })).choice).toMatchObject({ model: "gpt-5", key: KEY });
    for (const moved of [
      { ...keyless, baseUrl: `${wire.url}/elsewhere` },
      { ...keyless, provider: "anthropic" as const },
      { ...keyless, provider: "openai-compatible" as const, model: "m" },
    ]) {
      const issues = [{ code: "key_required", path: "/key" }];
      await expect(updateAiSettings({ ctx, input: moved })).rejects.toMatchObject({ extra: { issues } });
      await expect(testAiSettings({ ctx, input: moved })).rejects.toMatchObject({ extra: { issues } });
    }
    expect(wire.calls).toHaveLength(0);
    const local = { provider: "openai-compatible" as const, baseUrl: keyless.baseUrl, model: "m", key: null };
    expect(await updateAiSettings({ ctx, input: local })).toMatchObject({ hasKey: false });
  });

  test.each([
    ["openai without a key", { provider: "openai" }, "/key"],
    ["a compatible server without an address", { provider: "openai-compatible", model: "m" }, "/baseUrl"],
    ["bedrock without a region", { provider: "amazon-bedrock", key: KEY }, "/region"],
    [
      "a metadata address",
      { provider: "openai", key: KEY, baseUrl: "http://169.254.169.254/v1" },
      "/baseUrl",
    ],
  ] as const)("%s is refused, with the field", async (_what, input, path) => {
    const ctx = await testCtx();
    await expect(updateAiSettings({ ctx, input })).rejects.toMatchObject({
      code: "bad_request",
      extra: { issues: [{ path }] },
    });
    expect(await getAiSettings({ ctx })).toMatchObject({ from: "built-in" });
  });

  test.each([
    { provider: "openai" as const, key: KEY, baseUrl: "ftp://example.org" },
    { provider: "openai" as const, key: KEY, baseUrl: "https://user:pw@example.org/v1" },
    { provider: "openai" as const, key: "two words" },
    { provider: "amazon-bedrock" as const, key: KEY, region: "eu-central-1.evil.example" },
  ])("what is no address, key or region is refused: %j", async (input) => {
    await expect(updateAiSettings({ ctx: await testCtx(), input })).rejects.toThrow();
  });

  test("engineers see it, administrators change it", async () => {
    const ctx = { ...(await testCtx()), roles: ["ROLE_DATA_ENGINEER"] as const };
    expect(await getAiSettings({ ctx })).toMatchObject({ provider: "rules" });
    const denied = { code: "permission_denied" };
    await expect(updateAiSettings({ ctx, input: openai() })).rejects.toMatchObject(denied);
    await expect(clearAiSettings({ ctx })).rejects.toMatchObject(denied);
    await expect(testAiSettings({ ctx, input: openai() })).rejects.toMatchObject(denied);
  });

  test("a try makes one constrained call and goes through every layer; nothing is kept", async () => {
    const ctx = await testCtx();
    wire.queue.push(ready);
    const tried = await testAiSettings({ ctx, input: openai() });
    expect(tried).toMatchObject({ ok: true });
    expect(tried.layers.map(({ layer, ok }) => [layer, ok])).toEqual(
      ["reach", "key", "model", "structured_output", "patch"].map((layer) => [layer, true]),
    );
    expect(wire.calls).toHaveLength(1);
    expect(wire.calls[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(await getAiSettings({ ctx })).toMatchObject({ from: "built-in" });
    await updateAiSettings({ ctx, input: openai() });
    wire.queue.push(ready);
    expect(await testAiSettings({ ctx, input: {} })).toMatchObject({ ok: true });
  });

  test.each([
    ["an unknown key", { status: 401 }, "key"],
    ["a key without the right", { status: 403 }, "key"],
    ["an unknown model", { status: 404 }, "model"],
    ["a limit of the provider", { status: 429 }, "model"],
    ["a provider that is down", { status: 500 }, "reach"],
    ["a lost connection", { fault: "drop" }, "reach"],
    ["a schema refused", { status: 400, message: "json_schema is not supported" }, "structured_output"],
    ["prose", { text: "Gladly!" }, "structured_output"],
    ["an empty patch", { json: { rationale: "done", patch: [] } }, "patch"],
    [
      "a patch of nothing there",
      { json: { rationale: "r", patch: [{ op: "remove", path: "/x", from: null, valueJson: null }] } },
      "patch",
    ],
  ] satisfies [string, WireAnswer, string][])("%s is told by its layer", async (_what, planned, layer) => {
    wire.queue.push(planned);
    const { ok, layers } = await testAiSettings({ ctx: await testCtx(), input: openai() });
    expect(ok).toBe(false);
    expect(layers.at(-1)).toMatchObject({ layer, ok: false, message: expect.stringMatching(/.{10}/) });
    expect(layers.slice(0, -1).every((one) => one.ok)).toBe(true);
    expect(JSON.stringify(layers)).not.toContain(KEY);
  });

  test("what is known before any call is told without one", async () => {
    const ctx = await testCtx();
    const old = await testAiSettings({ ctx, input: { ...openai(), model: "gpt-3.5-turbo" } });
    expect(old.layers.map(({ layer, ok }) => [layer, ok])).toEqual([
      ["reach", true],
      ["structured_output", false],
    ]);
    const nowhere = await testAiSettings({ ctx, input: { ...openai(), baseUrl: "http://127.0.0.1:1/v1" } });
    expect(nowhere.layers).toMatchObject([{ layer: "reach", ok: false }]);
    expect(wire.calls).toHaveLength(0);
    expect(await testAiSettings({ ctx, input: { provider: "rules" } })).toMatchObject({ ok: true });
  });
});
