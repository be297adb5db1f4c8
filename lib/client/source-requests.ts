import type { CheckResult, StreamPage, StreamPreview } from "#lib/connectors/schema.ts";
import type { Source, SourceFields, SourceUse } from "#lib/sources/schema.ts";
import { isApiError } from "./api-error.ts";
import { api } from "./request.ts";

type Stop = { signal?: AbortSignal };

/** A page of sources, in the order in which they are listed. */
export type SourcePage = {
  data: Source[];
  pagination: { total: number; hasMore: boolean; limit: number; cursor: string | null };
};

/** Which streams, and where to go on. */
export type StreamQuery = { filter?: string; limit?: number; cursor?: string };

const ROOT = "/api/v1/sources";
const at = (id: string, more = "") => `${ROOT}/${encodeURIComponent(id)}${more}`;

/** Everything under `/api/v1/sources`, typed. Refusals are thrown as `ApiError` with the server's code. */
export const sources = {
  list: (query: { q?: string; cursor?: string; limit?: number } = {}, stop: Stop = {}) =>
    api.get<SourcePage>(ROOT, { query, ...stop }),
  /** One source, by id or name. */
  read: (id: string, stop: Stop = {}) => api.get<Source>(at(id), stop),
  /** Other values of some fields, or another title. A secret goes out and never comes back. */
  update: (id: string, input: { title?: string; fields?: SourceFields }) => api.patch<Source>(at(id), input),
  /** Refused with `source_in_use` while pipelines read from it. */
  remove: (id: string) => api.delete(at(id)),
  /** Tries a saved source; a check that fails is an answer, not an error. */
  test: async (id: string, stop: Stop = {}): Promise<CheckResult> => {
    try {
      return await api.post<CheckResult>(at(id, "/test"), {}, stop);
    } catch (error) {
      const check = isApiError(error) ? (error.problem.check as CheckResult | undefined) : undefined;
      if (check) return check;
      throw error;
    }
  },
  streams: (id: string, query: StreamQuery = {}, stop: Stop = {}) =>
    api.get<StreamPage>(at(id, "/streams"), { query, ...stop }),
  /** The first rows of one stream. */
  preview: (id: string, stream: string, stop: Stop = {}) =>
    api.get<StreamPreview>(at(id, "/preview"), { query: { stream }, ...stop }),
  /** The pipelines that read from it. */
  uses: (id: string, stop: Stop = {}) => api.get<{ data: SourceUse[] }>(at(id, "/uses"), stop),
};
