import { expect, test, vi } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { clearAiSettings } from "./clear-ai-settings.ts";
import { getAiSettings } from "./get-ai-settings.ts";
import { loadAiChoice } from "./load-ai-choice.ts";
import { testAiSettings } from "./test-ai-settings.ts";
import { updateAiSettings } from "./update-ai-settings.ts";

const KEY = "the-operators-own-key";

vi.hoisted(() => {
  Object.assign(process.env, {
    PENSTOCK_AI_PROVIDER: "amazon-bedrock",
    PENSTOCK_AI_KEY: "the-operators-own-key",
    PENSTOCK_AI_ACCESS_KEY_ID: "AKIAOFTHEOPERATOR001",
    PENSTOCK_AI_REGION: "eu-central-1",
    PENSTOCK_AI_INPUT_PRICE: "3",
  });
});

withDatabase("who answers where the operator chose", ({ testCtx }) => {
  test("is the operator's choice, whose key no tenant sees or sends elsewhere", async () => {
    const ctx = await testCtx();
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
    await updateAiSettings({ ctx, input: { provider: "rules" } });
    const { choice, prices } = await loadAiChoice({ ctx });
    expect(choice).toMatchObject({ provider: "rules", key: undefined });
    expect(prices).toEqual({ input: null, output: null });
    expect(await clearAiSettings({ ctx })).toMatchObject({ from: "environment" });
  });
});
