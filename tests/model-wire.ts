import http from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./model-wire/anthropic.ts";
import { bedrock } from "./model-wire/bedrock.ts";
import { type Asked, type Body, type Dialect, sendJson, type WireAnswer } from "./model-wire/dialect.ts";
import { embeddings } from "./model-wire/embeddings.ts";
import { google } from "./model-wire/google.ts";
import { chat, responses } from "./model-wire/openai.ts";

export type { WireAnswer } from "./model-wire/dialect.ts";

/** One request, as it came. */
export type WireCall = { path: string; headers: http.IncomingHttpHeaders; body: Body };

/** A local server that speaks the wire protocols of model providers. */
export type ModelWire = {
  url: string;
  calls: WireCall[];
  /** What calls are answered with, the first first; when it is empty, with an empty patch. */
  queue: WireAnswer[];
  /** Calls whose client went away before the answer was whole. */
  aborted: () => number;
  close: () => Promise<void>;
};

const EMPTY = { rationale: "nothing to do", patch: [] };
const DIALECTS: readonly Dialect[] = [responses, chat, anthropic, google, bedrock];

/**
 * Starts the server on a free port. It speaks OpenAI responses and chat completions, Anthropic messages, Google
 * generateContent and Bedrock converse, streamed or not, and answers 400 to a request whose schema breaks the strict
 * rules that the provider publishes. It also makes vectors (`embeddings.ts`).
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
      const body = JSON.parse(text || "{}") as Body;
      const path = decodeURIComponent(new URL(request.url ?? "/", "http://wire").pathname);
      calls.push({ path, headers: request.headers, body });
      await answer(response, { path, body, headers: request.headers }, queue.shift() ?? { json: EMPTY });
    } catch (error) {
      if (!response.destroyed) sendJson(response, 500, { error: { message: String(error) } });
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

const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function answer(response: http.ServerResponse, asked: Asked, planned: WireAnswer): Promise<void> {
  if (planned.fault === "hang") return;
  if (planned.fault === "drop") return void response.destroy();
  if (planned.delayMs) await later(planned.delayMs);
  await planned.until;
  const dialect = DIALECTS.find((one) => one.streamed(asked) !== undefined);
  if (planned.status) return refuse(response, dialect, planned.status, planned);
  if (asked.path.endsWith("/embeddings")) return embeddings(response, asked.body);
  if (!dialect) return sendJson(response, 404, { error: { message: `no route ${asked.path}` } });
  const wrong = dialect.wrong(asked);
  if (wrong.length > 0) return refuse(response, dialect, 400, { message: wrong.join("; ") });
  const broken = dialect.broken(dialect.schemaOf(asked.body));
  if (broken.length > 0)
    return refuse(response, dialect, 400, { message: `Invalid schema: ${broken.join("; ")}` });
  const text = planned.text ?? JSON.stringify(planned.json ?? EMPTY);
  if (dialect.streamed(asked))
    await stream(response, dialect, dialect.frames(asked.body, text, planned), planned);
  else sendJson(response, 200, dialect.whole(asked.body, text, planned));
}

function refuse(
  response: http.ServerResponse,
  dialect: Dialect | undefined,
  status: number,
  planned: WireAnswer,
): void {
  const said = (dialect ?? chat).error(status, planned.message ?? `planned ${status}`);
  sendJson(response, status, planned.body ?? said.body, { ...said.headers, ...planned.headers });
}

async function stream(
  response: http.ServerResponse,
  dialect: Dialect,
  frames: (string | Buffer)[],
  { fault, tokenDelayMs }: WireAnswer,
): Promise<void> {
  response.writeHead(200, { "content-type": dialect.streamType });
  for (const [n, frame] of frames.entries()) {
    if (response.destroyed) return;
    if (n === 1 && tokenDelayMs) await later(tokenDelayMs);
    const midway = fault?.endsWith("_midway") && n >= frames.length / 2;
    if (midway && fault === "drop_midway") return void response.destroy();
    if (midway && fault === "error_midway") return void response.end(dialect.errorFrame);
    if (midway) return void response.end();
    response.write(frame);
    await new Promise((done) => setImmediate(done));
  }
  response.end();
}
