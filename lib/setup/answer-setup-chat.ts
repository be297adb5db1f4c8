import type { StageReport } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { type ServerSentEvent, sseResponse } from "#lib/http/index.ts";
import { type Advancing, advanceSession } from "./advance-session.ts";
import type { ChatInput } from "./schema.ts";

/**
 * Answers a chat request: one JSON document, or events when `Accept` asks for them: `data-stage` for each stage of a
 * connection test, then `reply` with the same document. What has a status of its own is thrown before any of it. A client
 * that leaves stops nothing.
 * @throws AppError as `advanceSession`
 */
export async function answerSetupChat(options: {
  ctx: Ctx;
  id: string;
  input: ChatInput;
  request: Request;
}): Promise<Response> {
  const { ctx, id, input, request } = options;
  const stream = /\btext\/event-stream\b/i.test(request.headers.get("accept") ?? "");
  if (!stream) {
    const { replied } = await advanceSession({ ctx, id, input });
    const { reply } = await replied;
    return Response.json(reply, { headers: { vary: "accept", "cache-control": "no-store" } });
  }
  const told = new Told();
  const advancing = await advanceSession({ ctx, id, input, onStage: (stage) => told.add(stage) });
  return sseResponse(events(advancing, told), { requestId: ctx.requestId });
}

/** Stages that were told and not yet sent. */
class Told {
  private waiting: StageReport[] = [];
  private wake: (() => void) | undefined;
  /** How many were told. */
  count = 0;

  add(stage: StageReport): void {
    this.waiting.push(stage);
    this.count += 1;
    this.wake?.();
  }

  /** Resolves when there are some, or when `over` settles. */
  async some(over: Promise<unknown>): Promise<StageReport[]> {
    if (this.waiting.length === 0) {
      const more = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      await Promise.race([more, over.catch(() => undefined)]);
    }
    return this.waiting.splice(0);
  }
}

async function* events({ replied }: Advancing, told: Told): AsyncGenerator<ServerSentEvent> {
  let over = false;
  const done = replied.finally(() => {
    over = true;
  });
  done.catch(() => undefined);
  while (!over) for (const stage of await told.some(done)) yield { event: "data-stage", data: stage };
  const { reply, stages } = await done;
  // Another process did the work: what it found is told now.
  if (told.count === 0) for (const stage of stages) yield { event: "data-stage", data: stage };
  yield { event: "reply", data: reply };
}
