"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { type LogFilter, penstock } from "./queries.ts";
import { arrive, emptyTail, release, type TailBuffer } from "./tail-buffer.ts";

/** How the tail stands. */
export type TailState = "loading" | "live" | "reconnecting" | "failed";

/** Events shown before the first new one arrives. */
const BEFORE = 100;
/** Events that arrive together are drawn together, at most so often. */
const DRAW_MS = 80;

/**
 * The newest events and every one after them as it is committed. While `held`, new ones wait; `again` begins anew.
 * `filter` has to be stable.
 */
export function useTail(filter: LogFilter, held: boolean) {
  const [buffer, setBuffer] = useState<TailBuffer>(emptyTail);
  const [state, setState] = useState<TailState>("loading");
  const [error, setError] = useState<unknown>();
  const [begun, setBegun] = useState(0);
  const holding = useRef(held);
  useEffect(() => {
    holding.current = held;
    if (!held) setBuffer(release);
  }, [held]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `begun` counts the times the reader asked to begin anew
  useEffect(() => {
    const left = new AbortController();
    let arrived: StoredEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      const events = arrived;
      arrived = [];
      setBuffer((before) => arrive(before, events, holding.current));
    };
    setState("loading");
    setError(undefined);
    follow(filter, left.signal, {
      onPage: (events) => setBuffer(arrive(emptyTail, events, false)),
      onEvent: (event) => {
        arrived.push(event);
        timer ??= setTimeout(draw, DRAW_MS);
      },
      onState: setState,
    }).catch((thrown: unknown) => {
      if (left.signal.aborted) return;
      setError(thrown);
      setState("failed");
    });
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [filter, begun]);

  const again = useCallback(() => setBegun((times) => times + 1), []);
  return { ...buffer, state, error, again };
}

async function follow(
  filter: LogFilter,
  signal: AbortSignal,
  on: {
    onPage: (events: StoredEvent[]) => void;
    onEvent: (event: StoredEvent) => void;
    onState: (state: TailState) => void;
  },
): Promise<void> {
  const { events, next_lsn } = await penstock.events.list({ ...filter, limit: BEFORE }, { signal });
  on.onPage(events);
  const followed = penstock.events.follow({ ...filter, from_lsn: next_lsn }, { signal, onState: on.onState });
  for await (const event of followed) on.onEvent(event);
}
