import { z } from "zod";
import { reply, routes } from "#lib/http/index.ts";
import { upsertObject } from "#lib/ingest/index.ts";
import { ObjectAck, ShareContractInput } from "#lib/ingest/schema.ts";
import { listObjects, nextLink } from "#lib/memory/index.ts";
import { ListObjectsQuery } from "#lib/memory/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/share-contracts", {
  GET: {
    summary: "List share contracts: kept and listed, not enforced; Link leads to the next page",
    auth: "key-or-session",
    permission: "memory.read",
    query: ListObjectsQuery,
    output: z.array(z.record(z.string(), z.unknown())),
    handler: async ({ ctx, query, request }) => {
      const { objects, cursor } = await listObjects({ ctx, type: "share_contract", input: query });
      return reply(objects, { headers: nextLink(request.url, cursor) });
    },
  },
  POST: {
    summary: "Write a share contract; a later write replaces it whole",
    auth: "key-or-session",
    permission: "events.write",
    input: ShareContractInput,
    output: ObjectAck,
    handler: ({ ctx, input }) => upsertObject({ ctx, type: "share_contract", input }),
  },
});
