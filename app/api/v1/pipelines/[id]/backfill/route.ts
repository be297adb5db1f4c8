import { reply, routes } from "#lib/http/index.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";
import { listBackfills, readIdempotencyKey, requestBackfill } from "#lib/runs/index.ts";
import { BackfillList, BackfillRequested, RequestBackfillInput } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/backfill", {
  GET: {
    summary: "List a pipeline's latest ten backfills, newest first, each with how far it is",
    auth: "key-or-session",
    permission: "runs.read",
    params: PipelineParams,
    output: BackfillList,
    handler: ({ ctx, params }) => listBackfills({ ctx, input: params }),
  },
  POST: {
    summary: "Make one run for each time of a range that has passed",
    description:
      "The times are the schedule's own, or stepMinutes apart. Runs go one after another, whenever no other run of the " +
      "pipeline waits or is under way. Date templates take the date of the time a run stands for. With the header " +
      "Idempotency-Key a repeated request answers with the backfill of the first.",
    auth: "key-or-session",
    permission: "pipelines.run",
    params: PipelineParams,
    input: RequestBackfillInput,
    output: BackfillRequested,
    status: 202,
    handler: async ({ ctx, params, input, request }) => {
      const idempotencyKey = readIdempotencyKey(request.headers);
      const made = await requestBackfill({ ctx, input: { id: params.id, range: input, idempotencyKey } });
      const location = `/api/v1/pipelines/${made.pipelineId}/backfill/${made.backfillId}`;
      return reply(made, { status: 202, headers: { location } });
    },
  },
});
