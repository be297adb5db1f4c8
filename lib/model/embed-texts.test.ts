import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vectorOf } from "#tests/model-wire/embeddings.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { type EmbeddingChoice, embedTexts, refusesTexts } from "./embed-texts.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
afterAll(() => wire.close());

describe.each(["openai", "openai-compatible"] as const)("embedTexts by %s", (provider) => {
  const choice = (): EmbeddingChoice => ({ provider, model: "m", key: "k-test", baseUrl: `${wire.url}/v1` });
  const embed = (...texts: string[]) => embedTexts({ texts, choice: choice() });
  const failing = (...texts: string[]) =>
    embed(...texts).then(
      () => undefined,
      (error: unknown) => error,
    );

  test("gives a vector for each text, in order, and shows the key to the provider alone", async () => {
    expect(await embed("a car", "a physician")).toEqual([vectorOf("a car"), vectorOf("a physician")]);
    expect(wire.calls.at(-1)).toMatchObject({
      path: "/v1/embeddings",
      headers: { authorization: "Bearer k-test" },
      body: { model: "m", input: ["a car", "a physician"] },
    });
  });

  test.each([
    ["a failure", { status: 500 }],
    ["a refused key", { status: 401 }],
    ["a lost connection", { fault: "drop" as const }],
    ["fewer vectors than texts", { status: 200, body: { data: [{ index: 0, embedding: [1] }] } }],
    ["vectors of two lengths", { status: 200, body: { data: [{ embedding: [1] }, { embedding: [1, 2] }] } }],
  ])("%s is the provider's, and no reason to leave out a text", async (_what, answer) => {
    wire.queue.push(answer);
    const error = await failing("one", "two");
    expect(error).toMatchObject({ code: "provider_unavailable" });
    expect(refusesTexts(error)).toBe(false);
  });

  test("tells a refusal of the texts from other failures", async () => {
    const error = await failing("unspeakable");
    expect(error).toMatchObject({ code: "provider_unavailable" });
    expect(refusesTexts(error)).toBe(true);
  });
});
