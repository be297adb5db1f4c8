import { routes } from "#lib/http/index.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";
import { getSchedule, setScheduleEnabled } from "#lib/runs/index.ts";
import { PipelineSchedule, SetScheduleInput } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/schedule", {
  GET: {
    summary: "Get when a pipeline runs by itself, with the next three times",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    output: PipelineSchedule,
    handler: ({ ctx, params }) => getSchedule({ ctx, input: params }),
  },
  PATCH: {
    summary: "Pause or resume the schedule",
    auth: "key-or-session",
    permission: "pipelines.write",
    params: PipelineParams,
    input: SetScheduleInput,
    output: PipelineSchedule,
    handler: ({ ctx, params, input }) => setScheduleEnabled({ ctx, input: { ...input, ...params } }),
  },
});
