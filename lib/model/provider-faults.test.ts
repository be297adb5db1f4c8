import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "#lib/errors.ts";
import { type ModelWire, startModelWire, type WireAnswer } from "#tests/model-wire.ts";
import { chooseModel, type ProviderChoice } from "./provider.ts";
import { type GeneratedPatch, generatePatch } from "./structured.ts";

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
const KEY = "key-of-the-mill";
const PROVIDERS: [ProviderChoice["provider"], string, string, Partial<ProviderChoice>][] = [
  ["openai", "gpt-5-mini", "/v1", {}],
  ["anthropic", "claude-sonnet-4-5", "/v1", {}],
  ["google", "gemini-2.5-flash", "/v1beta", {}],
  ["amazon-bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "", {}],
  ["openai-compatible", "local", "/v1", {}],
];
const choiceOf = ([provider, model, path, more]: (typeof PROVIDERS)[number]): ProviderChoice => ({
  provider,
  model,
  key: KEY,
  baseUrl: wire.url + path,
  ...more,
});
const kinds = PROVIDERS.flatMap((one) => [false, true].map((stream) => ({ name: one[0], one, stream })));

async function ask(choice: ProviderChoice, stream: boolean): Promise<GeneratedPatch> {
  const pieces = generatePatch({
    model: chooseModel(choice, never),
    instructions: "edit the pipeline",
    messages: [{ role: "user", content: "remove node v" }],
    stream,
  });
  let piece = await pieces.next();
  while (!piece.done) piece = await pieces.next();
  return piece.value;
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

const good: WireAnswer = {
  json: {
    rationale: "Removes v.",
    patch: [{ op: "remove", path: "/nodes/1", from: null, valueJson: null }],
  },
};

describe.each(kinds)("$name, streamed: $stream", ({ one, stream }) => {
  it.each<[string, WireAnswer, number, RegExp, string | undefined]>([
    ["a refused key", { status: 401 }, 503, /refused the key: planned 401/, undefined],
    ["a key without the right", { status: 403, message: "no such right" }, 503, /refused the key/, undefined],
    ["a rate limit", { status: 429, headers: { "retry-after": "17" } }, 503, /rate limit/, "17"],
    ["a rate limit that does not say when", { status: 429 }, 503, /rate limit/, undefined],
    ["a failure of theirs", { status: 500 }, 503, /answered 500: planned 500/, undefined],
    ["an overload", { status: 503, headers: { "Retry-After": "3" } }, 503, /answered 503/, "3"],
    ["an unknown model", { status: 404, message: "no model x" }, 503, /answered 404: no model x/, undefined],
    ["a dropped connection", { fault: "drop" }, 503, /could not be reached/, undefined],
    [
      "a schema that is refused",
      { status: 400, message: "outputConfig json_schema response_format responseJsonSchema: no" },
      400,
      /cannot bind its answer/,
      undefined,
    ],
  ])("%s: our status, their words, one call", async (_what, planned, status, said, retryAfter) => {
    wire.queue.push(planned, good);
    const error = await failure(ask(choiceOf(one), stream));
    expect([error.status, error.extra.headers?.["Retry-After"]]).toEqual([status, retryAfter]);
    expect(error.message).toMatch(said);
    expect(error.message).not.toContain(KEY);
    expect(wire.calls).toHaveLength(1);
  });

  it.each<[string, WireAnswer, RegExp]>([
    ["a content filter", { fault: "content_filter" }, /refused|not the JSON object/],
    ["a refusal", { fault: "refusal" }, /refused|not the JSON object/],
    ["an answer cut off", { text: '{"rationale":"r","patch":[{"op":', fault: "too_long" }, /cut off/],
    ["prose", { text: "I would rather talk about it." }, /not the JSON object/],
    ["JSON of another shape", { json: { patch: [] } }, /not the JSON object/],
  ])("%s is no patch, and its tokens are counted", async (_what, planned, said) => {
    wire.queue.push(planned);
    const answer = await ask(choiceOf(one), stream);
    expect(answer).toMatchObject({
      ok: false,
      tokens: 18,
      usage: { inputTokens: 11, outputTokens: 7 },
      issues: [{ code: "not_a_patch", message: expect.stringMatching(said) }],
    });
  });

  it("fenced JSON is read, a slow first token waited for, tokens counted", async () => {
    const text = `\`\`\`json\n${JSON.stringify(good.json)}\n\`\`\``;
    wire.queue.push({ text, tokenDelayMs: 150, delayMs: 50 });
    expect(await ask(choiceOf(one), stream)).toMatchObject({
      ok: true,
      tokens: 18,
      usage: { inputTokens: 11, outputTokens: 7 },
      patch: [{ op: "remove", path: "/nodes/1" }],
    });
  });
});

describe.each(PROVIDERS)("%s, in mid-stream", (...one) => {
  it.each<WireAnswer["fault"]>(["drop_midway", "error_midway"])(
    "%s is provider_unavailable",
    async (fault) => {
      wire.queue.push({ ...good, fault });
      const error = await failure(ask(choiceOf(one), true));
      expect([error.code, wire.calls.length]).toEqual(["provider_unavailable", 1]);
    },
  );

  it("an answer that ends too early is never taken for a patch", async () => {
    wire.queue.push({ ...good, fault: "end_midway" });
    const ended = await ask(choiceOf(one), true).catch((error: unknown) => error);
    expect(ended).toSatisfy(
      (it: { ok?: boolean; code?: string }) => it.ok === false || it.code === "provider_unavailable",
    );
  });
});

describe("what only one of them says", () => {
  it("Google says in the body when to come again, and 400 of a key", async () => {
    const google = choiceOf(PROVIDERS[2] as (typeof PROVIDERS)[number]);
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "41.5s" }];
    wire.queue.push({
      status: 429,
      body: { error: { code: 429, message: "quota", status: "RESOURCE_EXHAUSTED", details } },
    });
    expect((await failure(ask(google, false))).extra.headers?.["Retry-After"]).toBe("42");
    wire.queue.push({ status: 400, message: "API key not valid. Please pass a valid API key." });
    expect((await failure(ask(google, true))).message).toContain("refused the key");
    expect(wire.calls.map(({ headers }) => headers["x-goog-api-key"])).toEqual([KEY, KEY]);
  });

  it.each([false, true])("Bedrock takes an access key too, and signs (streamed: %s)", async (stream) => {
    const bedrock = choiceOf(PROVIDERS[3] as (typeof PROVIDERS)[number]);
    wire.queue.push(good);
    const keys = { accessKeyId: "AKIAOFTHEMILL0000001", region: "eu-central-1" };
    expect(await ask({ ...bedrock, ...keys }, stream)).toMatchObject({ ok: true });
    const [call] = wire.calls;
    expect(call?.headers.authorization).toContain("AWS4-HMAC-SHA256 Credential=AKIAOFTHEMILL0000001/");
    expect(JSON.stringify(call)).not.toContain(KEY);
    expect(call?.path).toMatch(/^\/model\/eu\.anthropic\..*\/converse(-stream)?$/);
  });

  it("each is told the schema in its own strict form, and keys go where they belong", async () => {
    for (const one of PROVIDERS) await ask(choiceOf(one), false);
    const [openai, anthropic, google, bedrock, compatible] = wire.calls;
    expect(openai?.body).toMatchObject({ text: { format: { type: "json_schema", strict: true } } });
    expect(anthropic?.body).toMatchObject({ output_config: { format: { type: "json_schema" } } });
    expect(google?.body).toMatchObject({
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: { type: "object" } },
    });
    expect(bedrock?.body).toMatchObject({ outputConfig: { textFormat: { type: "json_schema" } } });
    expect(bedrock?.body.toolConfig).toBeUndefined();
    expect(compatible?.body).toMatchObject({ response_format: { type: "json_schema" } });
  });
});

it.each([
  ["google", "gemma-3-27b-it"],
  ["google", "gemini-2.5-flash-image"],
  ["google", "gemini-2.5-pro-preview-tts"],
  ["amazon-bedrock", "us.amazon.nova-pro-v1:0"],
  ["amazon-bedrock", "meta.llama3-1-70b-instruct-v1:0"],
  ["amazon-bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0"],
  ["amazon-bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0"],
] as const)("%s: %s is refused before any call", async (provider, model) => {
  const choice = { provider, model, key: KEY, baseUrl: wire.url };
  expect((await failure(ask(choice, true))).code).toBe("provider_unsupported_structured");
  expect(wire.calls).toHaveLength(0);
});

it.each<[ProviderChoice["provider"], Partial<ProviderChoice>, RegExp]>([
  ["google", {}, /a key.*PENSTOCK_AI_KEY/],
  ["amazon-bedrock", { region: "eu-central-1" }, /a key.*PENSTOCK_AI_KEY/],
  ["amazon-bedrock", { key: KEY }, /a region.*PENSTOCK_AI_REGION/],
])("%s without a setting says which one is missing", (provider, given, said) => {
  expect(() => chooseModel({ provider, ...given }, never)).toThrow(said);
});
