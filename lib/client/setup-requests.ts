import type { z } from "zod";
import type { StageReport, StreamPage, StreamPreview } from "#lib/connectors/schema.ts";
import type {
  ChatInput,
  SetupReply,
  SetupSessionList,
  SetupSessionView,
  SetupStarted,
} from "#lib/setup/schema.ts";
import { ApiError, type Problem } from "./api-error.ts";
import { readServerEvents } from "./read-lines.ts";
import { api, request } from "./request.ts";
import type { StreamQuery } from "./source-requests.ts";

type Stop = { signal?: AbortSignal };

const ROOT = "/api/v1/agents/ingestion/sessions";
const at = (id: string, more = "") => `${ROOT}/${encodeURIComponent(id)}${more}`;

/** The conversations of the set-up agent, typed. Refusals are thrown as `ApiError` with the server's code. */
export const setupAgent = {
  start: () => api.post<SetupStarted>(ROOT),
  /** One's own conversations, latest first. */
  list: (query: { limit?: number; cursor?: string } = {}, stop: Stop = {}) =>
    api.get<z.infer<typeof SetupSessionList>>(ROOT, { query, ...stop }),
  read: (id: string, stop: Stop = {}) => api.get<SetupSessionView>(at(id), stop),
  /** Ends it; what was entered is shredded. */
  end: (id: string) => api.delete(at(id)),
  /**
   * Says something, or gives fields, and waits for the answer. The stages of a test are told as they are reached.
   * The same `idempotency_key` twice is one message.
   * @throws {ApiError} `network` if the answer broke off: the server goes on, and `read` tells what came of it.
   */
  chat: async (
    id: string,
    input: z.input<typeof ChatInput>,
    { onStage, signal }: Stop & { onStage?: (stage: StageReport) => void } = {},
  ): Promise<SetupReply> => {
    const response = await request("POST", at(id, "/chat"), input, {
      headers: { accept: "text/event-stream" },
      ...(signal ? { signal } : {}),
    });
    return readReply(response, onStage);
  },
  streams: (id: string, query: StreamQuery = {}, stop: Stop = {}) =>
    api.get<StreamPage>(at(id, "/streams"), { query, ...stop }),
  /** The first rows of one stream, before anything is saved. */
  preview: (id: string, stream: string, stop: Stop = {}) =>
    api.get<StreamPreview>(at(id, "/preview"), { query: { stream }, ...stop }),
};

async function readReply(
  response: Response,
  onStage: ((stage: StageReport) => void) | undefined,
): Promise<SetupReply> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.json();
  for await (const { event, data } of readServerEvents(response.body)) {
    if (event === "data-stage") onStage?.(JSON.parse(data) as StageReport);
    else if (event === "reply") return JSON.parse(data) as SetupReply;
    else if (event === "error") throw new ApiError(500, JSON.parse(data) as Problem);
  }
  throw new ApiError(0, {
    code: "network",
    detail: "The connection closed before the answer was complete.",
  });
}
