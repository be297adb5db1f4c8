"use client";
import { useQueries } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { isApiError, type StreamQuery } from "#lib/client/index.ts";
import type { Stream, StreamPage, StreamPreview } from "#lib/connectors/schema.ts";

type Stop = { signal?: AbortSignal };

/** What offers streams: a saved source, or a conversation that has found one. Give a stable one. */
export type StreamOffer = {
  key: readonly string[];
  page: (query: StreamQuery, stop: Stop) => Promise<StreamPage>;
  preview: (stream: string, stop: Stop) => Promise<StreamPreview>;
};

/** Streams asked for at once. */
const PAGE = 50;
/** How long a page is kept that is out of sight: with 10,000 streams only those near the reader are in memory. */
const KEPT_MS = 5_000;

/** A page that was seen: where it begins, how many streams it has, and how the next one is asked for. */
type Seen = { start: number; length: number; next: string | null };

/**
 * The streams of a source as one long list, of which only the pages in sight are fetched and kept.
 * `show(first, last)` says which rows are in sight; rows that are on their way are undefined.
 */
export function usePagedStreams(offer: StreamOffer, filter: string) {
  const [seen, setSeen] = useState<Seen[]>([]);
  const [inSight, setInSight] = useState({ first: 0, last: 0 });
  const pages = useMemo(() => pagesOf(seen, inSight), [seen, inSight]);
  const results = useQueries({
    queries: pages.map((page) => {
      const cursor = page > 0 ? (seen[page - 1]?.next ?? undefined) : undefined;
      return {
        queryKey: [...offer.key, "streams", filter, page],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          offer.page({ limit: PAGE, ...(filter && { filter }), ...(cursor && { cursor }) }, { signal }),
        gcTime: KEPT_MS,
        staleTime: 60_000,
        // The outside system that did not answer is not asked again unbidden.
        retry: (failures: number, error: Error) => failures < 2 && isApiError(error) && error.status === 0,
      };
    }),
  });
  const newest = results[pages.indexOf(seen.length)]?.data;
  const index = seen.length;
  useEffect(() => {
    if (!newest) return;
    setSeen((before) => {
      if (before.length !== index) return before;
      const last = before.at(-1);
      const start = last ? last.start + last.length : 0;
      return [...before, { start, length: newest.streams.length, next: newest.nextCursor }];
    });
  }, [newest, index]);

  const last = seen.at(-1);
  const loaded = last ? last.start + last.length : 0;
  const first = results[pages.indexOf(0)];
  const [head, setHead] = useState<StreamPage>();
  if (first?.data && first.data !== head) setHead(first.data);
  const failed = results.find((result) => result.isError);
  return {
    /** The first page, with what is said of all. */
    head,
    error: failed?.error ?? undefined,
    retry: () => void failed?.refetch(),
    total: head?.total ?? (last && !last.next ? loaded : null),
    /** Rows to make room for: those that are known, and one page more while there is one. */
    count: loaded + (last ? (last.next ? moreRows(head?.total, loaded) : 0) : PAGE),
    at: (index: number): Stream | undefined => {
      const page = seen.findLastIndex(({ start }) => start <= index);
      const mark = seen[page];
      return mark ? results[pages.indexOf(page)]?.data?.streams[index - mark.start] : undefined;
    },
    show: (from: number, to: number) =>
      setInSight((before) =>
        before.first === from && before.last === to ? before : { first: from, last: to },
      ),
  };
}

const moreRows = (total: number | null | undefined, loaded: number): number =>
  total ? Math.max(1, Math.min(PAGE, total - loaded)) : PAGE;

/** The pages that hold the rows in sight, as far as the way to them is known. */
function pagesOf(seen: readonly Seen[], { first, last }: { first: number; last: number }): number[] {
  const pageOf = (index: number) => {
    const mark = seen.findLastIndex(({ start }) => start <= index);
    const { start = 0, length = 0, next = null } = seen[mark] ?? {};
    return mark < 0 ? 0 : index < start + length || !next ? mark : mark + 1;
  };
  const from = pageOf(first);
  return Array.from({ length: pageOf(last) - from + 1 }, (_, index) => from + index);
}
