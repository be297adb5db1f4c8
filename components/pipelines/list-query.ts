import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { PipelineList } from "#lib/runs/schema.ts";

/** Pipelines shown on one page of the list. */
const PIPELINES_PER_PAGE = 20;

/** A page of pipelines; it follows running ones. */
export const pipelinesQuery = (filter: { q?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["pipelines", "list", filter],
    queryFn: ({ signal }) =>
      api.get<PipelineList>("/api/v1/pipelines", { query: { ...filter, limit: PIPELINES_PER_PAGE }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.data.some((item) => item.lastRun && !item.lastRun.finishedAt) ? 3_000 : 30_000,
  });
