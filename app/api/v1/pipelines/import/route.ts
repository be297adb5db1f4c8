import { readBytes, reply, routes } from "#lib/http/index.ts";
import { limits } from "#lib/limits.ts";
import { ImportAnswer, ImportQuery, IrDocument } from "#lib/pipelines/schema.ts";
import { importPipeline, readPipelineFile } from "#lib/runs/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/import", {
  POST: {
    summary: "Make a pipeline, or its next version, of a JSON or YAML file",
    description:
      "The body is the document itself, as application/json or application/yaml. What says the same as the current version changes nothing. With dryRun=true nothing is written, and findings are an answer; otherwise the permission pipelines.write is needed. Findings carry line and column.",
    auth: "key-or-session",
    permission: "pipelines.read",
    query: ImportQuery,
    input: IrDocument,
    rawBody: true,
    output: ImportAnswer,
    handler: async ({ ctx, query, request }) => {
      const file = readPipelineFile({
        bytes: await readBytes(request, limits.bodyBytes),
        contentType: request.headers.get("content-type"),
        filename: query.filename,
      });
      const { baseVersion, note } = query;
      const input = { ...file, baseVersion, note, dryRun: query.dryRun === "true" };
      const answer = await importPipeline({ ctx, input });
      const written = !answer.dryRun && answer.result !== "unchanged";
      return reply(answer, { status: written ? 201 : 200 });
    },
  },
});
