import http from "node:http";
import type { AddressInfo } from "node:net";

/** What a call is answered with; the first of the queue is taken, an empty queue answers with an empty patch. */
export type WireAnswer = {
  /** The model's text as it is; or `json`, written out. */
  text?: string;
  json?: unknown;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  fault?: "hang" | "drop" | "drop_midway" | "refusal";
  /** Milliseconds before the first byte. */
  delayMs?: number;
};

export type WireCall = { path: string; headers: http.IncomingHttpHeaders; body: Record<string, unknown> };

/** A local server that speaks the wire protocols of model providers. */
export type ModelWire = {
  url: string;
  calls: WireCall[];
  queue: WireAnswer[];
  /** Calls whose client went away before the answer was whole. */
  aborted: () => number;
  close: () => Promise<void>;
};

const EMPTY = { rationale: "nothing to do", patch: [] };

/**
 * Starts the server on a free port. It speaks OpenAI responses and chat completions and Anthropic messages, streamed or
 * not, and answers 400 to a request whose schema breaks the strict rules that the providers publish. It also makes
 * vectors, by {@link vectorOf}, and refuses a batch with the word "unspeakable" in it.
 */
export async function startModelWire(): Promise<ModelWire> {
  const calls: WireCall[] = [];
  const queue: WireAnswer[] = [];
  let aborted = 0;
  const server = http.createServer(async (request, response) => {
    response.on("close", () => {
      if (!response.writableFinished) aborted++;
    });
    response.on("error", () => undefined);
    try {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body = JSON.parse(text || "{}") as Record<string, unknown>;
      const path = new URL(request.url ?? "/", "http://wire").pathname;
      calls.push({ path, headers: request.headers, body });
      await answer(response, path, body, queue.shift() ?? { json: EMPTY });
    } catch (error) {
      if (!response.destroyed) send(response, 500, { error: { message: String(error) } });
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    queue,
    aborted: () => aborted,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function send(response: http.ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function answer(
  response: http.ServerResponse,
  path: string,
  body: Record<string, unknown>,
  planned: WireAnswer,
): Promise<void> {
  if (planned.fault === "hang") return;
  if (planned.fault === "drop") return void response.destroy();
  if (planned.delayMs) await new Promise((done) => setTimeout(done, planned.delayMs));
  if (planned.status) {
    const said = planned.body ?? {
      error: { message: `planned ${planned.status}`, type: "planned", code: null },
    };
    return send(response, planned.status, said, planned.headers);
  }
  if (path.endsWith("/embeddings")) return embeddings(response, body);
  const dialect = path.endsWith("/responses")
    ? responses
    : path.endsWith("/chat/completions")
      ? chat
      : path.endsWith("/messages")
        ? anthropic
        : undefined;
  if (!dialect) return send(response, 404, { error: { message: `no route ${path}` } });
  const broken = brokenRules(dialect.schemaOf(body));
  if (broken.length > 0)
    return send(response, 400, { error: { message: `Invalid schema: ${broken.join("; ")}` } });
  const text = planned.text ?? JSON.stringify(planned.json ?? EMPTY);
  if (body.stream !== true) return send(response, 200, dialect.whole(body, text, planned));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events = dialect.events(body, text, planned);
  for (const [at, event] of events.entries()) {
    if (response.destroyed) return;
    if (planned.fault === "drop_midway" && at >= events.length / 2) return void response.destroy();
    const { type } = event as { type?: string };
    response.write(`${type && dialect.named ? `event: ${type}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
    await new Promise((done) => setImmediate(done));
  }
  response.end(dialect.named ? undefined : "data: [DONE]\n\n");
}

/** Words that mean the same, and how many directions there are besides for all others. */
const MEANINGS = [
  ["car", "automobile", "vehicle"],
  ["doctor", "physician"],
  ["salary", "wages", "pay"],
  ["holiday", "vacation"],
].map((words) => new Set(words));
const OTHER_WORDS = 60;

/** A vector of a text: words that mean the same share a direction, others have one by their letters. */
export function vectorOf(text: string): number[] {
  const vector = new Array<number>(MEANINGS.length + OTHER_WORDS).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}{3,}/gu) ?? ["empty"]) {
    const meaning = MEANINGS.findIndex((words) => words.has(word));
    const letters = [...word].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);
    const place = meaning >= 0 ? meaning : MEANINGS.length + (letters % OTHER_WORDS);
    vector[place] = (vector[place] ?? 0) + (meaning >= 0 ? 3 : 1);
  }
  return vector;
}

function embeddings(response: http.ServerResponse, body: Record<string, unknown>): void {
  const wrong = wrongWithTexts(body);
  if (wrong) {
    const error = { message: wrong, type: "invalid_request_error", param: null, code: null };
    send(response, 400, { error });
    return;
  }
  const { model, input } = body as { model: string; input: string[] };
  const data = input.map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) }));
  send(response, 200, { object: "list", model, data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}

function wrongWithTexts(body: Record<string, unknown>): string | undefined {
  const { model, input, encoding_format, ...unknown } = body;
  const texts = Array.isArray(input) ? input : [];
  if (Object.keys(unknown).length > 0) return `unknown: ${Object.keys(unknown).join(", ")}`;
  if (typeof model !== "string" || encoding_format !== "float") return "model, encoding_format";
  if (texts.length === 0 || texts.length > 2048) return "input: from 1 to 2048 texts";
  if (texts.some((text) => typeof text !== "string" || text === "" || text.length > 8_000))
    return "input: texts of 1 to 8000 characters";
  if (texts.some((text) => text.includes("unspeakable"))) return "input: not these words";
  return undefined;
}

type Body = Record<string, unknown>;
type Dialect = {
  named: boolean;
  schemaOf: (body: Body) => unknown;
  whole: (body: Body, text: string, planned: WireAnswer) => unknown;
  events: (body: Body, text: string, planned: WireAnswer) => unknown[];
};

const pieces = (text: string) => text.match(/[\s\S]{1,17}/g) ?? [""];
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce((inner, key) => (inner as Body | undefined)?.[key], value);

const RESPONSES_USAGE = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 18,
};

const responses: Dialect = {
  named: true,
  schemaOf: (body) => {
    const format = at(body, "text", "format") as Body | undefined;
    return format?.type === "json_schema" && format.strict === true ? format.schema : undefined;
  },
  whole: (body, text, planned) => responsesDone(body, text, planned),
  events: (body, text, planned) => {
    const done = responsesDone(body, text, planned);
    const item = done.output[0];
    return [
      { type: "response.created", response: { ...done, status: "in_progress", output: [] } },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...item, status: "in_progress", content: [] },
      },
      ...pieces(text).map((delta) => ({
        type: "response.output_text.delta",
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        delta,
      })),
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: done },
    ];
  },
};

function responsesDone(body: Body, text: string, planned: WireAnswer) {
  const content =
    planned.fault === "refusal"
      ? [{ type: "refusal", refusal: "I will not." }]
      : [{ type: "output_text", text, annotations: [] }];
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    model: body.model,
    error: null,
    incomplete_details: null,
    status: "completed",
    output: [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }],
    usage: RESPONSES_USAGE,
  };
}

const CHAT_USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

const chat: Dialect = {
  named: false,
  schemaOf: (body) => {
    const format = at(body, "response_format") as Body | undefined;
    return format?.type === "json_schema" && at(format, "json_schema", "strict") === true
      ? at(format, "json_schema", "schema")
      : undefined;
  },
  whole: (body, text) => ({
    id: "c1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: CHAT_USAGE,
  }),
  events: (body, text) => {
    const chunk = (choices: unknown[], extra = {}) => ({
      id: "c1",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: body.model,
      choices,
      ...extra,
    });
    const usage =
      at(body, "stream_options", "include_usage") === true ? [chunk([], { usage: CHAT_USAGE })] : [];
    return [
      ...pieces(text).map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }])),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      ...usage,
    ];
  },
};

const anthropic: Dialect = {
  named: true,
  schemaOf: (body) => {
    const format = (at(body, "output_config", "format") ?? at(body, "output_format")) as Body | undefined;
    return format?.type === "json_schema" ? format.schema : undefined;
  },
  whole: (body, text, planned) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body.model,
    content: planned.fault === "refusal" ? [] : [{ type: "text", text }],
    stop_reason: planned.fault === "refusal" ? "refusal" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7 },
  }),
  events: (body, text, planned) => [
    {
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: body.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 11, output_tokens: 1 },
      },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...(planned.fault === "refusal" ? [] : pieces(text)).map((piece) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: piece },
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: planned.fault === "refusal" ? "refusal" : "end_turn", stop_sequence: null },
      usage: { output_tokens: 7 },
    },
    { type: "message_stop" },
  ],
};

const NOT_PERMITTED = [
  "oneOf allOf not if then else dependentRequired dependentSchemas patternProperties propertyNames contains default",
  "unevaluatedProperties minProperties maxProperties uniqueItems prefixItems additionalItems",
  "minimum maximum minLength maxLength minItems maxItems",
]
  .join(" ")
  .split(" ");

/** Where a schema breaks the strict subset (the published one of OpenAI, with Anthropic's bans on ranges). */
export function brokenRules(schema: unknown, path = "$"): string[] {
  if (schema === null || typeof schema !== "object") return [`${path}: no strict schema was sent`];
  const node = schema as Body;
  const broken = NOT_PERMITTED.filter((word) => word in node).map(
    (word) => `${path}: ${word} is not permitted`,
  );
  if (path === "$" && node.type !== "object") broken.push("$: the root must be an object");
  const typed = ["type", "anyOf", "$ref", "enum", "const"].some((word) => word in node);
  if (!typed) broken.push(`${path}: a schema must have a type`);
  if (node.type === "object") {
    const names = Object.keys((node.properties ?? {}) as Body);
    const required = new Set((node.required ?? []) as string[]);
    if (node.additionalProperties !== false) broken.push(`${path}: additionalProperties must be false`);
    broken.push(
      ...names.filter((name) => !required.has(name)).map((name) => `${path}.${name}: must be required`),
    );
    for (const name of names) broken.push(...brokenRules((node.properties as Body)[name], `${path}.${name}`));
  }
  if (node.items) broken.push(...brokenRules(node.items, `${path}[]`));
  for (const [n, one] of ((node.anyOf ?? []) as unknown[]).entries())
    broken.push(...brokenRules(one, `${path}.anyOf${n}`));
  return broken;
}
