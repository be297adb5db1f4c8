import { queryOptions } from "@tanstack/react-query";
import type { StreamOffer } from "#components/sources/use-paged-streams.ts";
import { setupAgent } from "#lib/client/index.ts";
import type { Setup } from "#lib/setup/schema.ts";

/** How often a conversation is looked at while another tab, or a server before a reload, has it answered. */
const WATCH_MS = 1_000;
const RECENT = 20;

/** A conversation as it stands; it has no secret in it. */
export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ["setup", "session", id],
    queryFn: ({ signal }) => setupAgent.read(id, { signal }),
    refetchInterval: (query) => (query.state.data?.busy ? WATCH_MS : false),
  });

/** One's latest conversations. */
export const recentQuery = queryOptions({
  queryKey: ["setup", "recent"],
  queryFn: ({ signal }) => setupAgent.list({ limit: RECENT }, { signal }),
  staleTime: 0,
});

/** The streams that a conversation has found; other ones once it leads elsewhere. */
export const offerOf = (
  id: string,
  { connector, config }: Pick<Setup, "connector" | "config">,
): StreamOffer => ({
  key: ["setup", "offer", id, JSON.stringify([connector, config])],
  page: (query, stop) => setupAgent.streams(id, query, stop),
  preview: (stream, stop) => setupAgent.preview(id, stream, stop),
});
