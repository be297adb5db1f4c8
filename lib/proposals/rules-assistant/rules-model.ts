import { UnsupportedFunctionalityError } from "ai";
import type { Issue } from "#lib/errors.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import type { LanguageModel, ModelAnswer, ModelCall, ModelStreamPart, PatchWire } from "#lib/model/index.ts";
import { readDocument } from "../prompt-document.ts";
import { type Assistance, assist } from "./assist.ts";

const PIECE = 24;
const CHARACTERS_PER_TOKEN = 4;

/**
 * The built-in assistant behind the port of every language model, so that its patches pass the same three layers.
 * It reads the same prompt; the same prompt gives the same answer.
 */
export function rulesAssistant(): LanguageModel {
  return {
    specificationVersion: "v4",
    provider: "rules",
    modelId: "rules-1",
    supportedUrls: {},
    doGenerate: async (call) => {
      const { text, usage } = answer(call);
      return { content: [{ type: "text", text }], finishReason, usage, warnings: [] };
    },
    doStream: async (call) => {
      const { text, usage } = answer(call);
      return { stream: streamOf(parts(text, usage, call.abortSignal)) };
    },
  };
}

const streamOf = (source: AsyncGenerator<ModelStreamPart>) =>
  new ReadableStream<ModelStreamPart>({
    async pull(controller) {
      const next = await source.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => {
      await source.return(undefined);
    },
  });

const finishReason: ModelAnswer["finishReason"] = { unified: "stop", raw: "stop" };

async function* parts(
  text: string,
  usage: ModelAnswer["usage"],
  signal: AbortSignal | undefined,
): AsyncGenerator<ModelStreamPart> {
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id: "0" };
  for (let at = 0; at < text.length; at += PIECE) {
    signal?.throwIfAborted();
    yield { type: "text-delta", id: "0", delta: text.slice(at, at + PIECE) };
  }
  yield { type: "text-end", id: "0" };
  yield { type: "finish", usage, finishReason };
}

function answer(call: ModelCall): { text: string; usage: ModelAnswer["usage"] } {
  call.abortSignal?.throwIfAborted();
  if (call.responseFormat?.type !== "json") {
    throw new UnsupportedFunctionalityError({
      functionality: "free text: the rules assistant writes patches only",
    });
  }
  const turns = call.prompt.filter((turn) => turn.role === "user").map((turn) => textOf(turn.content));
  const [first = "", ...later] = turns;
  const text = JSON.stringify(toWire(assist(readDocument(first), refusedBy(later.at(-1)))));
  const input = Math.ceil(turns.join("").length / CHARACTERS_PER_TOKEN);
  const output = Math.ceil(text.length / CHARACTERS_PER_TOKEN);
  const usage: ModelAnswer["usage"] = {
    inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
  return { text, usage };
}

const textOf = (content: readonly { type: string; text?: unknown }[]) =>
  content.map((part) => (part.type === "text" && typeof part.text === "string" ? part.text : "")).join("");

function refusedBy(turn: string | undefined): Issue[] | undefined {
  const [heading, issues] = turn?.split("\n") ?? [];
  return heading === "## refused" && issues ? (JSON.parse(issues) as Issue[]) : undefined;
}

function toWire({ rationale, patch }: Assistance): PatchWire {
  const wireOf = (op: JsonPatchOp): PatchWire["patch"][number] => ({
    op: op.op,
    path: op.path,
    from: "from" in op ? op.from : null,
    valueJson: "value" in op ? JSON.stringify(op.value) : null,
  });
  return { rationale, patch: patch.map(wireOf) };
}
