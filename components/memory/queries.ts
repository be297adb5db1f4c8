import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { createClient, type QueryRequest } from "#lib/client/index.ts";

/** Our own client, as any program would have one: same origin, the session's cookie. */
export const penstock = createClient();

/** Rows of one page of a list. */
const PAGE_ROWS = 50;
/** Events of one page when the log is read from an LSN. */
const LOG_PAGE = 200;

/** What the search finds; the answer before stays while the next one comes. */
export const searchQuery = (search: QueryRequest) =>
  queryOptions({
    queryKey: ["memory", "search", search],
    queryFn: ({ signal }) => penstock.query(search, { signal }),
    placeholderData: keepPreviousData,
  });

/**
 * The memories made last, asked for often enough that a new one seems to come by itself; a page that nobody looks at
 * does not ask. A stream would hold one of the few connections that a browser has, for a page that is left open.
 */
export const latestQuery = () =>
  queryOptions({
    queryKey: ["memory", "latest"],
    queryFn: ({ signal }) => penstock.list("memory", { limit: 10 }, { signal }),
    refetchInterval: 1_500,
    staleTime: 1_000,
  });

/** Events by the minute or hour they came in. */
export const volumeQuery = (hours: number) =>
  queryOptions({
    queryKey: ["memory", "volume", hours],
    queryFn: ({ signal }) => penstock.events.volume(hours, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

/** One memory with everything around it. */
export const memoryQuery = (id: string) =>
  queryOptions({
    queryKey: ["memory", "one", id],
    queryFn: ({ signal }) => penstock.memory(id, { signal }),
    // Not kept once it is left: it may be erased by then.
    gcTime: 0,
  });

/** The event at an LSN; null where the log has none there that this reader may see. */
export const eventQuery = (lsn: number) =>
  queryOptions({
    queryKey: ["memory", "event", lsn],
    queryFn: async ({ signal }) => {
      const { events } = await penstock.events.list({ from_lsn: lsn - 1, limit: 1 }, { signal });
      return events[0]?.lsn === lsn ? events[0] : null;
    },
    gcTime: 0,
  });

/** The log from an LSN on, page by page. */
export const logFromQuery = (lsn: number, filter: LogFilter) =>
  infiniteQueryOptions({
    queryKey: ["memory", "log", lsn, filter],
    queryFn: ({ pageParam, signal }) =>
      penstock.events.list({ ...filter, from_lsn: pageParam, limit: LOG_PAGE }, { signal }),
    initialPageParam: Math.max(0, lsn - 1),
    getNextPageParam: ({ next_lsn, head_lsn }) => (next_lsn < head_lsn ? next_lsn : undefined),
  });

/** Which events of the log. */
export type LogFilter = { agent_id?: string; session_id?: string; event_type?: string };

/** Agents or sessions, page by page. */
export const namedQuery = (kind: "agents" | "sessions", filter: { agent_id?: string } = {}) =>
  infiniteQueryOptions({
    queryKey: ["memory", kind, filter],
    queryFn: ({ pageParam, signal }) =>
      penstock.list(
        kind,
        { ...filter, limit: PAGE_ROWS, ...(pageParam ? { cursor: pageParam } : {}) },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
  });

/** After something was erased, nothing that is shown may still hold it. The memory's own page is left by its reader. */
export async function forgetMemory(client: QueryClient): Promise<void> {
  client.removeQueries({ queryKey: ["memory"], type: "inactive" });
  await client.invalidateQueries({
    queryKey: ["memory"],
    predicate: ({ queryKey }) => queryKey[1] !== "one",
  });
}
