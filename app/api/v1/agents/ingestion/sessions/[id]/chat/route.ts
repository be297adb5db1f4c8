import { routes } from "#lib/http/index.ts";
import { limits } from "#lib/limits.ts";
import { answerSetupChat } from "#lib/setup/index.ts";
import { ChatInput, SessionParams, SetupReply } from "#lib/setup/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/agents/ingestion/sessions/{id}/chat",
  {
    POST: {
      summary: "Say something to the set-up agent, or fill in fields",
      description:
        "Secrets belong into `fields`. A connection that does not work is an answer too: `data.check` says what to fix. With `Accept: text/event-stream` the stages of the test come as events `data-stage`, then the answer as `reply`.",
      auth: "key-or-session",
      permission: "sources.write",
      params: SessionParams,
      input: ChatInput,
      maxBytes: limits.setupMessageBytes,
      output: SetupReply,
      handler: ({ ctx, params, input, request }) => answerSetupChat({ ctx, id: params.id, input, request }),
    },
  },
);
