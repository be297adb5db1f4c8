import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { readBytes, reply, routes } from "#lib/http/index.ts";
import { collectAnswer, ingestBody, ingestStream, streamAnswer } from "#lib/ingest/index.ts";
import { Ack, BatchAnswer, EventInput } from "#lib/ingest/schema.ts";
import { limits } from "#lib/limits.ts";

const Query = z.object({
  results: z
    .enum(["all", "failed"])
    .default("all")
    .meta({ description: "Which results a batch's answer holds" }),
});
const LINES = "application/x-ndjson";
const CLOUD = /^application\/cloudevents(-batch)?\+json$/;

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/ingest/events", {
  POST: {
    summary: "Take an event, a list of them, {events}, a CloudEvent, or any number as lines of JSON",
    description:
      "Answers after the commit that holds the event and everything derived from it. Several events (also as " +
      "application/x-ndjson, without a limit) answer 207 with a result for each. The same event again gives the " +
      "same acknowledgment with Idempotent-Replay: true.",
    auth: "key-or-session",
    permission: "events.write",
    query: Query,
    input: z.union([EventInput, z.array(EventInput), z.object({ events: z.array(EventInput) })]),
    rawBody: true,
    output: z.union([Ack, BatchAnswer]),
    handler: async ({ ctx, query, request }) => {
      const failuresOnly = query.results === "failed";
      const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
      if (type === LINES) {
        const lines = request.headers.get("accept")?.includes(LINES) ?? false;
        const results = ingestStream({ ctx, body: request.body });
        const body = await streamAnswer(results, { failuresOnly, lines });
        return new Response(body, {
          status: 207,
          headers: { "content-type": lines ? LINES : "application/json", "cache-control": "no-store" },
        });
      }
      if (type !== "application/json" && !CLOUD.test(type))
        throw new AppError(
          "unsupported_media_type",
          `Send application/json, ${LINES} or application/cloudevents+json.`,
        );
      const bytes = await readBytes(request, limits.batchBytes);
      const taken = await ingestBody({ ctx, bytes, cloud: CLOUD.test(type) });
      if ("results" in taken)
        return reply(await collectAnswer(taken.results, { failuresOnly }), { status: 207 });
      const { ack, replayed } = taken.one;
      return reply(ack, { headers: replayed ? { "idempotent-replay": "true" } : {} });
    },
  },
});
