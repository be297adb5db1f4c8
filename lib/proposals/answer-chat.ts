import { createUIMessageStream, createUIMessageStreamResponse, type UIMessage } from "ai";
import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import type { LanguageModel } from "#lib/model/index.ts";
import { type ProposalEvent, proposeChange } from "./propose-change.ts";
import type { TableColumns } from "./resolve-mentions.ts";
import type { ErrorPart, PipelineChatData, PipelineChatInput } from "./schema.ts";

type ChatMessage = UIMessage<unknown, PipelineChatData>;

/**
 * Answers a chat request: one JSON document, or the AI SDK's UI message stream when `Accept` asks for an event stream.
 * Either way the first event is awaited, so what has a status of its own is thrown before any status line.
 * @throws AppError as `proposeChange`.
 */
export async function answerChat(options: {
  ctx: Ctx;
  input: PipelineChatInput;
  request: Request;
  model?: LanguageModel;
  tableColumns?: TableColumns;
  withinMs?: number;
}): Promise<Response> {
  const { ctx, input, request, ...more } = options;
  const stream = wantsStream(request.headers.get("accept"));
  const leaving = new AbortController();
  const signal = AbortSignal.any([ctx.signal ?? request.signal, leaving.signal]);
  const events = proposeChange({ ctx: { ...ctx, signal }, input, stream, ...more });
  try {
    const first = await events.next();
    if (!stream) return await whole(first, events);
    return streamed({ ...ctx, signal }, first, events, left);
  } catch (error) {
    // Nobody is there to read it, and nothing failed: no error is logged for it.
    if (!signal.aborted || isAppError(error)) throw error;
    return new Response(null, { status: CLIENT_LEFT });
  }
  function left() {
    // The signal ends a call that is under way; a generator can be left only between two events.
    leaving.abort(new DOMException("the reader left", "AbortError"));
    return events.return().catch(() => undefined);
  }
}

/** What proxies log for a request whose client went away. */
const CLIENT_LEFT = 499;

const wantsStream = (accept: string | null) => /\btext\/event-stream\b/i.test(accept ?? "");

type First = IteratorResult<ProposalEvent, void>;
type Events = AsyncGenerator<ProposalEvent, void>;

async function whole(first: First, events: Events): Promise<Response> {
  let event = first;
  while (!event.done) {
    if (event.value.type === "answer") {
      const { answer } = event.value.data;
      await events.return();
      return Response.json(answer, { headers: { vary: "accept", "cache-control": "no-store" } });
    }
    event = await events.next();
  }
  throw new Error("The proposal ended without an answer");
}

function streamed(ctx: Ctx, first: First, events: Events, left: () => unknown): Response {
  const stream = createUIMessageStream<ChatMessage>({
    async execute({ writer }) {
      try {
        for (let event = first; !event.done; event = await events.next()) writer.write(chunkOf(event.value));
      } catch (error) {
        if (ctx.signal?.aborted && !isAppError(error)) return;
        writer.write({ type: "data-error", data: errorPart(ctx, error) });
      }
    },
    onError: (error) => errorPart(ctx, error).detail,
  });
  return createUIMessageStreamResponse({
    stream: onLeave(stream, left),
    headers: { vary: "accept", "cache-control": "no-store, no-transform" },
  });
}

function chunkOf(event: ProposalEvent) {
  switch (event.type) {
    case "attempt":
      return { type: "data-attempt" as const, id: `attempt-${event.data.n}`, data: event.data };
    case "partial":
      return { type: "data-partial" as const, data: event.data, transient: true };
    case "answer":
      return { type: "data-proposal" as const, id: "proposal", data: event.data };
  }
}

function errorPart(ctx: Ctx, error: unknown): ErrorPart {
  if (!isAppError(error)) {
    log.error({ requestId: ctx.requestId, err: error }, "proposal stream failed");
    return { code: "internal", detail: "Something went wrong on our side." };
  }
  const wait = Number(error.extra.headers?.["Retry-After"]);
  return {
    code: error.code,
    detail: error.message,
    ...(Number.isFinite(wait) ? { retryAfterSeconds: wait } : {}),
  };
}

/** The same stream; tells when its reader leaves before the end. */
function onLeave<T>(stream: ReadableStream<T>, left: () => unknown): ReadableStream<T> {
  const reader = stream.getReader();
  return new ReadableStream<T>({
    async pull(controller) {
      const next = await reader.read();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel(reason) {
      left();
      await reader.cancel(reason);
    },
  });
}
