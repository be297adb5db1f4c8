import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startTracing } from "#lib/tracing.ts";
import { type ModelWire, startModelWire, type WireAnswer } from "#tests/model-wire.ts";
import { chooseModel } from "./provider.ts";
import { generatePatch } from "./structured.ts";

/** What a receiver of OTLP over HTTP gets: the paths, and the bodies as text. */
const received: { path: string; body: string }[] = [];
let wire: ModelWire;
let receiver: http.Server;
let endpoint: string;

beforeAll(async () => {
  wire = await startModelWire();
  receiver = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ path: request.url ?? "", body });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
beforeEach(() => {
  received.length = 0;
  wire.queue.length = 0;
});
afterAll(async () => {
  await wire.close();
  receiver.closeAllConnections();
  await new Promise((done) => receiver.close(done));
});

const SAID = { instructions: "the secret instructions", question: "mask the salaries of Mill Lane" };
const ANSWER = { rationale: "the whispered rationale", patch: [] };

async function attempt(n: number, planned: WireAnswer, { leave = false } = {}): Promise<void> {
  wire.queue.push(planned);
  const model = chooseModel(
    { provider: "openai", model: "gpt-5-mini", key: "the-key-itself", baseUrl: `${wire.url}/v1` },
    () => {
      throw new Error("not asked for here");
    },
  );
  const pieces = generatePatch({
    model,
    instructions: SAID.instructions,
    messages: [{ role: "user", content: SAID.question }],
    stream: true,
    span: { tenant: "t_mill", attempt: n },
  });
  let piece = await pieces.next();
  if (leave) await pieces.return(undefined as never);
  while (!leave && !piece.done) piece = await pieces.next();
}

type Attribute = { key: string; value: { stringValue?: string; intValue?: number } };
type Span = { name: string; kind: number; status: { code?: number }; attributes: Attribute[] };

/** Every span that came, its attributes as an object. */
function spans() {
  const all = received.flatMap(({ body }) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
  return all.map(({ name, status, attributes }) => ({
    name,
    failed: status.code === 2,
    ...Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue])),
  }));
}

it("each attempt is one span: who was asked, which attempt, how it ended and what it cost; never what was said", async () => {
  const stop = await startTracing(`${endpoint}/`);
  await attempt(1, { text: "the spoken prose" });
  await attempt(2, { json: ANSWER });
  await attempt(3, { status: 429, message: "a word of theirs" }).catch(() => undefined);
  await attempt(4, { json: ANSWER }, { leave: true });
  await stop?.();
  const common = {
    name: "chat gpt-5-mini",
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5-mini",
    "penstock.tenant": "t_mill",
    "penstock.latency_ms": expect.any(Number),
  };
  const tokens = { "gen_ai.usage.input_tokens": 11, "gen_ai.usage.output_tokens": 7 };
  expect(spans()).toEqual([
    { ...common, ...tokens, failed: true, "penstock.attempt": 1, "penstock.outcome": "not_a_patch" },
    { ...common, ...tokens, failed: false, "penstock.attempt": 2, "penstock.outcome": "answered" },
    { ...common, failed: true, "penstock.attempt": 3, "penstock.outcome": "provider_unavailable" },
    { ...common, failed: true, "penstock.attempt": 4, "penstock.outcome": "stopped" },
  ]);
  expect(new Set(received.map(({ path }) => path))).toEqual(new Set(["/v1/traces"]));
  const sent = received.map(({ body }) => body).join("\n");
  expect(sent).toContain('"penstock"');
  for (const word of ["secret instructions", "Mill Lane", "whispered", "spoken", "theirs", "the-key-itself"])
    expect(sent).not.toContain(word);
});

it("without an endpoint nothing is made or sent, and a receiver that is away costs no answer", async () => {
  expect(await startTracing(undefined)).toBeUndefined();
  await attempt(1, { json: ANSWER });
  const stop = await startTracing("http://127.0.0.1:1");
  await attempt(1, { json: ANSWER });
  await stop?.();
  expect(received).toEqual([]);
});
