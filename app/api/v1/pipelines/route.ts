import { reply, routes } from "#lib/http/index.ts";
import { CreatePipelineInput, ListPipelinesQuery, SavedVersion } from "#lib/pipelines/schema.ts";
import { createPipeline, listPipelineOverviews } from "#lib/runs/index.ts";
import { PipelineList } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines", {
  GET: {
    summary: "List pipelines, latest change first, with schedule and latest runs",
    auth: "key-or-session",
    permission: "pipelines.read",
    query: ListPipelinesQuery,
    output: PipelineList,
    handler: ({ ctx, query }) => listPipelineOverviews({ ctx, input: query }),
  },
  POST: {
    summary: "Create a pipeline from an IR; a draft is kept too, with executable: false",
    auth: "key-or-session",
    permission: "pipelines.write",
    input: CreatePipelineInput,
    output: SavedVersion,
    status: 201,
    handler: async ({ ctx, input }) => {
      const saved = await createPipeline({ ctx, input });
      return reply(saved, { status: 201, headers: { location: `/api/v1/pipelines/${saved.id}` } });
    },
  },
});
