import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { withDatabase } from "#tests/factories.ts";

const KEY = "the-operators-own-key";

/** The verbs as they are where the operator has set this; modules read the environment once. */
async function verbs() {
  const [{ clearAiSettings }, { getAiSettings }, { loadAiChoice }, { testAiSettings }, { updateAiSettings }] =
    await Promise.all([
      import("./clear-ai-settings.ts"),
      import("./get-ai-settings.ts"),
      import("./load-ai-choice.ts"),
      import("./test-ai-settings.ts"),
      import("./update-ai-settings.ts"),
    ]);
  return { clearAiSettings, getAiSettings, loadAiChoice, testAiSettings, updateAiSettings };
}

beforeAll(() => {
  vi.stubEnv("PENSTOCK_AI_PROVIDER", "amazon-bedrock");
  vi.stubEnv("PENSTOCK_AI_KEY", KEY);
  vi.stubEnv("PENSTOCK_AI_ACCESS_KEY_ID", "AKIAOFTHEOPERATOR001");
  vi.stubEnv("PENSTOCK_AI_REGION", "eu-central-1");
  vi.stubEnv("PENSTOCK_AI_INPUT_PRICE", "3");
  vi.resetModules();
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

withDatabase("who answers where the operator chose", ({ testCtx }) => {
  test("is the operator's choice, whose key no tenant sees or sends elsewhere", async () => {
    const ctx = await testCtx();
    const { getAiSettings, loadAiChoice, testAiSettings, updateAiSettings } = await verbs();
    const theirs = await getAiSettings({ ctx });
    expect(theirs).toMatchObject({
      provider: "amazon-bedrock",
      region: "eu-central-1",
      accessKeyId: null,
      inputPrice: 3,
      outputPrice: null,
      hasKey: true,
      from: "environment",
    });
    expect(await loadAiChoice({ ctx })).toMatchObject({
      choice: { provider: "amazon-bedrock", key: KEY, accessKeyId: "AKIAOFTHEOPERATOR001" },
      prices: { input: 3, output: null },
    });
    const moved = {
      provider: "amazon-bedrock" as const,
      region: "eu-central-1",
      baseUrl: "http://127.0.0.1:1",
    };
    const refused = { extra: { issues: [{ code: "key_required" }] } };
    await expect(updateAiSettings({ ctx, input: moved })).rejects.toMatchObject(refused);
    await expect(testAiSettings({ ctx, input: moved })).rejects.toMatchObject(refused);
  });

  test("a tenant may choose otherwise, the rules included, and go back", async () => {
    const ctx = await testCtx();
    const { clearAiSettings, loadAiChoice, updateAiSettings } = await verbs();
    await updateAiSettings({ ctx, input: { provider: "rules" } });
    const { choice, prices } = await loadAiChoice({ ctx });
    expect(choice).toMatchObject({ provider: "rules", key: undefined });
    expect(prices).toEqual({ input: null, output: null });
    expect(await clearAiSettings({ ctx })).toMatchObject({ from: "environment" });
  });
});
