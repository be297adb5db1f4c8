import { routes } from "#lib/http/index.ts";
import { recordFeedback } from "#lib/proposals/index.ts";
import { FeedbackInput } from "#lib/proposals/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/ai/pipeline-chat/feedback", {
  POST: {
    summary: "Say why a proposal was rejected",
    auth: "key-or-session",
    permission: "proposals.decide",
    input: FeedbackInput,
    status: 204,
    handler: ({ ctx, input }) => recordFeedback({ ctx, input }),
  },
});
