import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, createClient, withQuery } from "#lib/client/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type {
  PipelineIrAnswer,
  PipelineSummary,
  SavedVersion,
  ValidateAnswer,
  VersionDetail,
  VersionList,
} from "#lib/pipelines/schema.ts";
import type {
  Backfill,
  BackfillList,
  BackfillRequested,
  PipelineDeleted,
  PipelineLineage,
  PipelineSchedule,
  RequestBackfillInput,
  RunRequested,
} from "#lib/runs/schema.ts";

const root = "/api/v1/pipelines";
const one = (id: string) => `${root}/${encodeURIComponent(id)}`;

/** A pipeline without its document. */
export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "summary"],
    queryFn: ({ signal }) => api.get<PipelineSummary>(one(id), { signal }),
  });

/** The current document with its version. */
export const pipelineIrQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "ir"],
    queryFn: ({ signal }) => api.get<PipelineIrAnswer>(`${one(id)}/ir`, { signal }),
  });

/** Where the columns come from that its current version writes, and the pipelines before and behind it. */
export const lineageQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "lineage"],
    queryFn: ({ signal }) => api.get<PipelineLineage>(`${one(id)}/lineage`, { signal }),
    retry: false,
  });

/** Versions, newest first. */
export const versionsQuery = (id: string, cursor?: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "versions", cursor ?? ""],
    queryFn: ({ signal }) =>
      api.get<VersionList>(`${one(id)}/versions`, { query: { cursor, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
  });

/** One version with its document; it never changes. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["pipelines", id, "version", version],
    queryFn: ({ signal }) => api.get<VersionDetail>(`${one(id)}/versions/${version}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** When the pipeline runs by itself. */
export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "schedule"],
    queryFn: ({ signal }) => api.get<PipelineSchedule>(`${one(id)}/schedule`, { signal }),
    refetchInterval: 60_000,
  });

/** The JSON Schema of the IR, for the editor's help; it changes only with a release. */
export const irSchemaQuery = queryOptions({
  queryKey: ["ir-schema"],
  queryFn: ({ signal }) => api.get<Record<string, unknown>>(`${root}/ir-schema`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What is wrong with a document, at executable strength; nothing is stored. */
export const validateQuery = (pipelineId: string, ir: unknown) =>
  queryOptions({
    queryKey: ["pipelines", pipelineId, "validate", ir],
    queryFn: ({ signal }) => api.post<ValidateAnswer>(`${root}/validate`, { ir, pipelineId }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** Makes a pipeline from a document. */
export const createPipeline = (ir: unknown, name?: string) =>
  api.post<SavedVersion>(root, { irVersion: "1.0", ir, ...(name ? { name } : {}) });

/** Where the current version is to be had as a file. */
export const exportHref = (id: string, format: "yaml" | "json") => withQuery(`${one(id)}/export`, { format });

/** What a file would make of its pipeline; nothing is stored. */
export const planImport = (name: string, text: string) =>
  createClient().pipelines.import({ name, text, dryRun: true });

/** Makes of a file what was planned; 409 `stale_version` when someone else was faster. */
export const applyImport = (name: string, text: string, baseVersion: number | null) =>
  createClient().pipelines.import({
    name,
    text,
    note: `Imported from ${name}`,
    ...(baseVersion === null ? {} : { baseVersion }),
  });

/** Saves a new version of what was edited; 409 `stale_version` when someone else was faster. */
export const saveIr = (id: string, ir: PipelineIr | unknown, baseVersion: number, note?: string) =>
  api.post<SavedVersion>(`${one(id)}/ir`, { ir, baseVersion, ...(note ? { note } : {}) });

/** Makes an older version current again, as a new version. */
export const restoreVersion = (id: string, version: number, baseVersion: number) =>
  api.post<SavedVersion>(`${one(id)}/versions/${version}/restore`, { baseVersion });

/** Deletes a pipeline; `undeletePipeline` takes it back. */
export const deletePipeline = (id: string) => api.delete<PipelineDeleted>(one(id));

/** Takes a deletion back. */
export const undeletePipeline = (id: string) => api.post<unknown>(`${one(id)}/undelete`);

/** Asks for a run. The key makes a repeated click one run. */
export const requestRun = (id: string, key: string) =>
  api.post<RunRequested>(`${one(id)}/run`, {}, { headers: { "idempotency-key": key } });

/** Pauses or resumes the schedule. */
export const setSchedule = (id: string, enabled: boolean) =>
  api.patch<PipelineSchedule>(`${one(id)}/schedule`, { enabled });

/** A pipeline's latest backfills; it follows one that is under way. */
export const backfillsQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", id, "backfills"],
    queryFn: ({ signal }) => api.get<BackfillList>(`${one(id)}/backfill`, { signal }),
    refetchInterval: (query) =>
      query.state.data?.data.some(({ status }) => status === "running") ? 1_000 : 30_000,
  });

/** Asks for a run for each time of a range. The key makes a repeated click one backfill. */
export const requestBackfill = (id: string, range: RequestBackfillInput, key: string) =>
  api.post<BackfillRequested>(`${one(id)}/backfill`, range, { headers: { "idempotency-key": key } });

/** Stops a backfill; what is left gets no run. */
export const cancelBackfill = (id: string, backfillId: string) =>
  api.post<Backfill>(`${one(id)}/backfill/${encodeURIComponent(backfillId)}/cancel`);

/** After anything was changed: lists, the pipeline's pages and its runs are asked for again. */
export const refreshPipelines = (client: QueryClient) =>
  Promise.all([
    client.invalidateQueries({ queryKey: ["pipelines"] }),
    client.invalidateQueries({ queryKey: ["runs"] }),
  ]);
