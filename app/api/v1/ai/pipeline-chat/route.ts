import { routes } from "#lib/http/index.ts";
import { answerChat } from "#lib/proposals/index.ts";
import { PipelineChatAnswer, PipelineChatInput } from "#lib/proposals/schema.ts";
import { readTable } from "#lib/runtime/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/ai/pipeline-chat", {
  POST: {
    summary: "Ask for a change: a patch with its rationale, checked, for review",
    description:
      "Nothing changes before the proposal is applied. With `Accept: text/event-stream` the answer is an AI SDK UI message stream.",
    auth: "key-or-session",
    permission: "proposals.create",
    input: PipelineChatInput,
    output: PipelineChatAnswer,
    handler: ({ ctx, input, request }) =>
      answerChat({
        ctx,
        input,
        request,
        tableColumns: async (table) => (await readTable({ ctx, input: { table, limit: 1 } })).columns,
      }),
  },
});
