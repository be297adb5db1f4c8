import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { sources } from "#lib/client/index.ts";

/** Sources shown on one page of the list. */
const PER_PAGE = 20;

/** A page of sources. */
export const sourcesQuery = (filter: { q?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["sources", "list", filter],
    queryFn: ({ signal }) => sources.list({ ...filter, limit: PER_PAGE }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

/** One source, by id or name. */
export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", "one", id],
    queryFn: ({ signal }) => sources.read(id, { signal }),
  });

/** The pipelines that read from a source. */
export const sourceUsesQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", "uses", id],
    queryFn: ({ signal }) => sources.uses(id, { signal }),
    staleTime: 30_000,
  });

/** After a source was changed or tested: the lists and its own page are asked for again, not what it offers. */
export const refreshSources = (client: QueryClient) =>
  client.invalidateQueries({
    queryKey: ["sources"],
    predicate: ({ queryKey }) => queryKey[1] !== "streams" && queryKey[1] !== "preview",
  });

/** After its fields were changed: what it offers may be something else too. */
export const refreshAllOfSources = (client: QueryClient) =>
  client.invalidateQueries({ queryKey: ["sources"] });
