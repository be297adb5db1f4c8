import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chooseModel, type LanguageModel, type ProviderChoice } from "#lib/model/index.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { interpretWithModel } from "./interpret-with-model.ts";
import type { Setup } from "./state.ts";

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const never = () => {
  throw new Error("the rules are no model");
};
const modelOf = (provider: ProviderChoice["provider"] = "openai"): LanguageModel =>
  chooseModel(
    {
      provider,
      model: provider === "anthropic" ? "claude-sonnet-4-5" : "gpt-5-mini",
      key: "k",
      baseUrl: `${wire.url}/v1`,
    },
    never,
  );

const choosing: Setup = {
  state: "select_streams",
  connector: "postgres",
  config: { host: "secret-host.internal", port: 5432, database: "shop", username: "reader" },
  held: ["password"],
  picked: [],
  found: { total: 2, names: ["public.orders", "public.customers"] },
};
const reviewing: Setup = {
  ...choosing,
  state: "review",
  schedule: null,
  picked: [
    {
      name: "public.orders",
      kind: "table",
      columns: [],
      primaryKey: [],
      rowEstimate: null,
      syncModes: ["full_refresh"],
      cursorFields: ["at"],
      syncMode: "full_refresh",
      table: "shop.orders",
    },
  ],
};
const answer = (choice: object) => wire.queue.push({ json: { choice } });
const ask = (setup: Setup, message: string, model = modelOf()) =>
  interpretWithModel({ setup, message, model });

describe.each(["openai", "anthropic", "openai-compatible"] as const)("by %s", (provider) => {
  test.each<[string, Setup, object, object]>([
    [
      "the people who buy things",
      choosing,
      { type: "select", by: "names", count: null, items: ["public.customers"], how: "only" },
      { type: "select", selection: { by: "names", names: ["public.customers"] }, how: "only" },
    ],
    [
      "whenever the rooster crows",
      reviewing,
      { type: "set_schedule", words: "every day at 6 in Berlin" },
      {
        type: "set_schedule",
        schedule: { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" },
      },
    ],
    [
      "treat that one gently",
      reviewing,
      { type: "set_sync", streams: ["public.orders"], mode: "incremental", cursor: "at" },
      { type: "set_sync", streams: ["public.orders"], syncMode: "incremental", cursorField: "at" },
    ],
    [
      "the elephant one",
      { ...choosing, state: "select_source_type" },
      { type: "choose_connector", connector: "postgres" },
      { type: "choose_connector", connector: "postgres" },
    ],
    ["hm, one moment there", choosing, { type: "none" }, { type: "not_understood" }],
  ])("%s", async (message, setup, choice, event) => {
    answer(choice);
    expect((await ask(setup, message, modelOf(provider))).event).toEqual(event);
    expect(wire.calls).toHaveLength(1);
  });
});

test("is not asked what the rules know, nor anything about secrets", async () => {
  const silent: [Setup, string][] = [
    [choosing, "all"],
    [{ ...choosing, state: "gather_credentials", held: [] }, "my pasword is swordfish77 I think"],
    [choosing, "the password is swordfish77, right?"],
    [choosing, "take what Zq7!canary#Leak9 has"],
    [{ ...choosing, state: "done" }, "paint it blue"],
    [choosing, "word ".repeat(1_000)],
  ];
  for (const [setup, message] of silent) await ask(setup, message);
  expect(wire.calls).toHaveLength(0);
});

test("is told names and choices, and nothing of how the source is reached", async () => {
  answer({ type: "help" });
  await ask(reviewing, "what would you do in my place");
  const sent = JSON.stringify(wire.calls[0]?.body);
  expect(sent).toContain("public.orders");
  expect(sent).not.toMatch(/secret-host|reader|5432/);
});

describe("whatever goes wrong, the rules' answer stands", () => {
  test.each([
    ["an event that is not valid here", { json: { choice: { type: "cancel" } } }],
    ["yes to everything, in the review", { json: { choice: { type: "confirm" } } }],
    ["fields out of thin air", { json: { choice: { type: "give_fields", fields: { password: "x" } } } }],
    ["a schedule that is none", { json: { choice: { type: "set_schedule", words: "now and then" } } }],
    [
      "no streams at all",
      { json: { choice: { type: "select", by: "names", count: null, items: [], how: "only" } } },
    ],
    ["no JSON", { text: "Sure! I will do that." }],
    ["a failure", { status: 500 }],
    ["a refused key", { status: 401 }],
    ["a lost connection", { fault: "drop" as const }],
    ["a refusal", { fault: "refusal" as const }],
  ])("%s", async (_what, planned) => {
    wire.queue.push(planned);
    const { event, secrets } = await ask(reviewing, "surprise me with something");
    expect(event.type).toBe("not_understood");
    expect(secrets).toEqual({});
    expect(wire.calls).toHaveLength(1);
  });

  test("a model that cannot be bound is not asked", async () => {
    const old = chooseModel(
      { provider: "openai", model: "gpt-3.5-turbo", key: "k", baseUrl: `${wire.url}/v1` },
      never,
    );
    expect((await ask(choosing, "surprise me with something", old)).event.type).toBe("not_understood");
    expect(wire.calls).toHaveLength(0);
  });

  test("a caller that gives up is told so", async () => {
    wire.queue.push({ fault: "hang" });
    const signal = AbortSignal.timeout(100);
    const asked = interpretWithModel({
      setup: choosing,
      message: "surprise me with something",
      model: modelOf(),
      signal,
    });
    await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("without a provider the rules decide alone", async () => {
    const { event } = await interpretWithModel({ setup: choosing, message: "surprise me with something" });
    expect(event.type).toBe("not_understood");
  });
});
