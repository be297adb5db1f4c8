import { z } from "zod";
import { routes } from "#lib/http/index.ts";
import { eraseSessionMemory } from "#lib/ingest/index.ts";
import { Erasure, ErasureReason } from "#lib/ingest/schema.ts";

const Params = z.object({ id: z.string().min(1) });

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/sessions/{id}/memory", {
  DELETE: {
    summary: "Erase everything of a session, for good",
    description:
      "Text leaves the log, what is derived from it and the audit log's content; tombstones stay. What comes in afterwards is not touched. Takes a moment for each few hundred events.",
    auth: "key-or-session",
    permission: "memory.erase",
    params: Params,
    query: ErasureReason,
    output: Erasure,
    handler: ({ ctx, params, query }) =>
      eraseSessionMemory({ ctx, input: { session_id: params.id, ...query } }),
  },
});
