import type { ImportAnswer, ValidateAnswer } from "#lib/pipelines/schema.ts";
import type { PipelineList, RunLogPage, RunProgress, RunRequested } from "#lib/runs/schema.ts";
import type { Connection } from "./connection.ts";

type Stop = { signal?: AbortSignal };

/** A pipeline's file on its way in. `name` tells the format by its extension. */
export type PipelineFileInput = {
  name: string;
  text: string;
  dryRun?: boolean;
  baseVersion?: number;
  note?: string;
};

/** A pipeline's file as it comes out. */
export type ExportedPipeline = { text: string; version: number };

const ROOT = "/api/v1/pipelines";
const at = (id: string, more: string) => `${ROOT}/${encodeURIComponent(id)}${more}`;

/** Pipelines and their runs, for programs that bring pipelines along as files. */
export function pipelineRequests({ call }: Connection) {
  return {
    pipelines: {
      /** A page of pipelines, latest change first. */
      list: (query: { q?: string; cursor?: string; limit?: number } = {}, stop: Stop = {}) =>
        call.get<PipelineList>(ROOT, { query, ...stop }),
      /** Checks a document as running it would; nothing is stored. */
      validate: (ir: unknown, strength: "saved" | "executable" = "executable", stop: Stop = {}) =>
        call.post<ValidateAnswer>(`${ROOT}/validate`, { ir, strength }, stop),
      /** Makes a pipeline, or its next version, of a file; with `dryRun` only tells what would change. */
      import: async (file: PipelineFileInput, stop: Stop = {}): Promise<ImportAnswer> => {
        const { name, text, dryRun = false, baseVersion, note } = file;
        const response = await call.send("POST", `${ROOT}/import`, {
          query: { filename: name, dryRun, baseVersion, note },
          headers: { "content-type": /\.json$/i.test(name) ? "application/json" : "application/yaml" },
          body: text,
          ...stop,
        });
        return (await response.json()) as ImportAnswer;
      },
      /** A version as a file, the current one unless named. */
      export: async (
        id: string,
        query: { format?: "json" | "yaml"; version?: number } = {},
        stop: Stop = {},
      ): Promise<ExportedPipeline> => {
        const response = await call.send("GET", at(id, "/export"), { query, ...stop });
        const version = Number(/\d+/.exec(response.headers.get("etag") ?? "")?.[0]);
        return { text: await response.text(), version };
      },
      /** Asks for a run. The same key again is the same run. */
      run: (id: string, idempotencyKey?: string, stop: Stop = {}) =>
        call.post<RunRequested>(
          at(id, "/run"),
          {},
          { ...(idempotencyKey ? { headers: { "idempotency-key": idempotencyKey } } : {}), ...stop },
        ),
    },
    runs: {
      /** Where a run stands. */
      read: (runId: string, stop: Stop = {}) =>
        call.get<RunProgress>(`/api/v1/runs/${encodeURIComponent(runId)}`, stop),
      /** A run's log after a line. */
      log: (runId: string, after = 0, stop: Stop = {}) =>
        call.get<RunLogPage>(`/api/v1/runs/${encodeURIComponent(runId)}/log`, { query: { after }, ...stop }),
    },
  };
}
