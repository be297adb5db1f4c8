import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "#lib/errors.ts";
import { type ModelWire, startModelWire, type WireAnswer } from "#tests/model-wire.ts";
import type { LanguageModel } from "./language-model.ts";
import { chooseModel, type ProviderChoice } from "./provider.ts";
import { type GeneratedPatch, generatePatch, type PartialPatch } from "./structured.ts";

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
  throw new Error("the rules assistant is not asked for here");
};
const choices: [string, () => ProviderChoice][] = [
  ["openai", () => ({ provider: "openai", model: "gpt-5-mini", key: "k", baseUrl: `${wire.url}/v1` })],
  [
    "anthropic",
    () => ({ provider: "anthropic", model: "claude-sonnet-4-5", key: "k", baseUrl: `${wire.url}/v1` }),
  ],
  [
    "google",
    () => ({ provider: "google", model: "gemini-2.5-flash", key: "k", baseUrl: `${wire.url}/v1beta` }),
  ],
  [
    "amazon-bedrock",
    () => ({ provider: "amazon-bedrock", model: "qwen.qwen3-32b-v1:0", key: "k", baseUrl: wire.url }),
  ],
  ["openai-compatible", () => ({ provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1` })],
];
const kinds = choices.flatMap(([name, choice]) => [false, true].map((stream) => ({ name, choice, stream })));

async function call(model: LanguageModel, stream: boolean, signal?: AbortSignal) {
  const partials: PartialPatch[] = [];
  const pieces = generatePatch({
    model,
    instructions: "edit the pipeline",
    messages: [{ role: "user", content: "remove node v" }],
    stream,
    signal,
  });
  let piece = await pieces.next();
  while (!piece.done) {
    partials.push(piece.value);
    piece = await pieces.next();
  }
  return { answer: piece.value as GeneratedPatch, partials };
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

const good: WireAnswer = {
  json: {
    rationale: "Removes v.",
    patch: [
      { op: "test", path: "/nodes/1/id", from: null, valueJson: '"v"' },
      { op: "remove", path: "/nodes/1", from: null, valueJson: null },
      { op: "move", path: "/b", from: "/a", valueJson: null },
      { op: "add", path: "/c", from: null, valueJson: "null" },
    ],
  },
};

describe.each(kinds)("$name, streamed: $stream", ({ choice, stream }) => {
  const model = () => chooseModel(choice(), never);

  it("sends a strict schema and reads RFC 6902 back", async () => {
    wire.queue.push(good);
    const { answer, partials } = await call(model(), stream);
    expect(answer).toMatchObject({
      ok: true,
      tokens: 18,
      rationale: "Removes v.",
      patch: [
        { op: "test", path: "/nodes/1/id", value: "v" },
        { op: "remove", path: "/nodes/1" },
        { op: "move", path: "/b", from: "/a" },
        { op: "add", path: "/c", value: null },
      ],
    });
    expect(wire.calls).toHaveLength(1);
    if (stream)
      expect(partials.at(-1)?.operations.map((op) => op.op)).toEqual(["test", "remove", "move", "add"]);
    else expect(partials).toEqual([]);
  });

  it.each([
    ["prose", { text: "I would rather talk about it." }],
    ["another object", { json: { answer: 42 } }],
    [
      "a broken op",
      { json: { rationale: "r", patch: [{ op: "frob", path: "/x", from: null, valueJson: null }] } },
    ],
    ["half an object", { text: '{"rationale":"r","pat' }],
    [
      "a value that is no JSON",
      { json: { rationale: "r", patch: [{ op: "add", path: "/x", from: null, valueJson: "{" }] } },
    ],
    [
      "an add without a value",
      { json: { rationale: "r", patch: [{ op: "add", path: "/x", from: null, valueJson: null }] } },
    ],
    [
      "a move without from",
      { json: { rationale: "r", patch: [{ op: "move", path: "/x", from: null, valueJson: null }] } },
    ],
  ] satisfies [string, WireAnswer][])("%s is not a patch, and its tokens count", async (_what, planned) => {
    wire.queue.push(planned);
    const { answer } = await call(model(), stream);
    expect(answer.ok).toBe(false);
    expect(answer.tokens).toBe(18);
    expect(answer).toMatchObject({ issues: [{ code: expect.stringMatching(/not_a_patch|bad_operation/) }] });
  });

  it("takes JSON in a fence", async () => {
    wire.queue.push({ text: '```json\n{"rationale":"r","patch":[]}\n```' });
    expect((await call(model(), stream)).answer).toMatchObject({ ok: true, rationale: "r" });
  });

  it.each([
    [401, {}, undefined],
    [429, { "retry-after": "17" }, "17"],
    [500, {}, undefined],
    [529, {}, undefined],
  ])("%i is provider_unavailable, once", async (status, headers, retryAfter) => {
    wire.queue.push({ status, headers });
    const error = await failure(call(model(), stream));
    expect([error.code, error.status]).toEqual(["provider_unavailable", 503]);
    expect(error.extra.headers?.["Retry-After"]).toBe(retryAfter);
    expect(wire.calls).toHaveLength(1);
  });

  it.each([400, 422])("%i about the schema is provider_unsupported_structured", async (status) => {
    wire.queue.push({
      status,
      body: { error: { message: "response_format json_schema is not supported", type: "x" } },
    });
    expect((await failure(call(model(), stream))).code).toBe("provider_unsupported_structured");
  });

  it("another 400 is provider_unavailable", async () => {
    wire.queue.push({ status: 400, body: { error: { message: "the context is too long", type: "x" } } });
    expect((await failure(call(model(), stream))).code).toBe("provider_unavailable");
  });

  it("a dropped connection is provider_unavailable", async () => {
    wire.queue.push({ fault: "drop" });
    expect((await failure(call(model(), stream))).code).toBe("provider_unavailable");
  });

  it("a time budget that runs out is provider_unavailable", async () => {
    wire.queue.push({ fault: "hang" });
    const error = await failure(call(model(), stream, AbortSignal.timeout(150)));
    expect(error.message).toContain("in time");
  });

  it("an abort by the caller stays one, and reaches the provider", async () => {
    wire.queue.push({ fault: "hang" });
    const before = wire.aborted();
    const leaving = new AbortController();
    const pending = call(model(), stream, leaving.signal);
    await expect.poll(() => wire.calls.length).toBe(1);
    leaving.abort(new DOMException("gone", "AbortError"));
    await expect(pending).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(wire.aborted).toBe(before + 1);
  });

  it("a slow first token is waited for", async () => {
    wire.queue.push({ ...good, delayMs: 200 });
    expect((await call(model(), stream)).answer.ok).toBe(true);
  });
});

it.each(choices)("%s: a stream that breaks off is provider_unavailable", async (_name, choice) => {
  wire.queue.push({ ...good, fault: "drop_midway" });
  expect((await failure(call(chooseModel(choice(), never), true))).code).toBe("provider_unavailable");
});

it.each(choices.slice(0, 2))("%s: a refusal is no patch", async (_name, choice) => {
  wire.queue.push({ fault: "refusal" });
  const { answer } = await call(chooseModel(choice(), never), false);
  expect(answer).toMatchObject({ ok: false, tokens: 18 });
});

it.each<[string, Partial<ProviderChoice>]>([
  ["an OpenAI-compatible server without schemas", { provider: "openai-compatible", structured: false }],
  ["an old OpenAI model", { provider: "openai", model: "gpt-3.5-turbo" }],
  ["an old Anthropic model", { provider: "anthropic", model: "claude-3-haiku-20240307" }],
])("%s is refused before any call", async (_what, given) => {
  const model = chooseModel(
    { provider: "openai", model: "m", key: "k", baseUrl: `${wire.url}/v1`, ...given } as ProviderChoice,
    never,
  );
  expect((await failure(call(model, false))).code).toBe("provider_unsupported_structured");
  expect(wire.calls).toHaveLength(0);
});

it("a provider that warns that it ignored the schema is refused", async () => {
  const model: LanguageModel = {
    specificationVersion: "v4",
    provider: "odd",
    modelId: "odd-1",
    supportedUrls: {},
    doGenerate: async () => ({
      content: [{ type: "text", text: '{"rationale":"","patch":[]}' }],
      finishReason: { unified: "stop", raw: "stop" },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 1, text: 1, reasoning: undefined },
      },
      warnings: [{ type: "unsupported", feature: "responseFormat" }],
    }),
    doStream: async () => ({
      stream: new ReadableStream({
        start(controller) {
          controller.enqueue({
            type: "stream-start",
            warnings: [{ type: "unsupported", feature: "responseFormat" }],
          });
          controller.close();
        },
      }),
    }),
  };
  expect((await failure(call(model, false))).code).toBe("provider_unsupported_structured");
  expect((await failure(call(model, true))).code).toBe("provider_unsupported_structured");
});

it.each<[ProviderChoice["provider"], RegExp]>([
  ["openai", /PENSTOCK_AI_KEY/],
  ["anthropic", /PENSTOCK_AI_KEY/],
  ["openai-compatible", /PENSTOCK_AI_BASE_URL/],
])("%s without its settings says which one is missing", (provider, said) => {
  expect(() => chooseModel({ provider }, never)).toThrow(said);
});
