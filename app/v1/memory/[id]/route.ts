import { z } from "zod";
import { routes } from "#lib/http/index.ts";
import { eraseMemory } from "#lib/ingest/index.ts";
import { Erasure, ErasureReason } from "#lib/ingest/schema.ts";
import { getMemory } from "#lib/memory/index.ts";
import { MemoryDetail } from "#lib/memory/schema.ts";

const Params = z.object({ id: z.string().min(1) });

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/memory/{id}", {
  GET: {
    summary: "One memory, what it comes from and what is around it",
    auth: "key-or-session",
    permission: "memory.read",
    params: Params,
    output: MemoryDetail,
    handler: ({ ctx, params }) => getMemory({ ctx, input: params }),
  },
  DELETE: {
    summary: "Erase a memory, and the event it comes from, for good",
    auth: "key-or-session",
    permission: "memory.erase",
    params: Params,
    query: ErasureReason,
    output: Erasure,
    handler: ({ ctx, params, query }) => eraseMemory({ ctx, input: { memory_id: params.id, ...query } }),
  },
});
