"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { latestQuery, penstock } from "./queries.ts";

/** An event's memory comes a moment after it: so often, and for so long after the last event, it is looked for. */
const STEP_MS = 600;
const SETTLE_MS = 2_000;

/** Keeps what came in last current as it comes: follows the log, as the tail does, and asks anew after an event. */
export function useArrivals(): void {
  const client = useQueryClient();
  useEffect(() => {
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let until = 0;
    const look = () => {
      timer = Date.now() < until ? setTimeout(look, STEP_MS) : undefined;
      // A page that nobody sees asks again when it is looked at.
      if (document.hidden) return;
      void client.invalidateQueries({ queryKey: latestQuery().queryKey });
      void client.invalidateQueries({ queryKey: ["memory", "volume"] });
    };
    const soon = () => {
      timer ??= setTimeout(look, STEP_MS);
    };
    const arrived = () => {
      until = Date.now() + SETTLE_MS;
      soon();
    };
    // Where the stream is refused or gone, the page still asks now and then.
    follow(left.signal, arrived, soon).catch(() => undefined);
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [client]);
}

async function follow(signal: AbortSignal, onEvent: () => void, onLive: () => void): Promise<void> {
  // What came before the stream stood is looked for once it stands.
  const onState = (state: string) => state === "live" && onLive();
  for await (const _event of penstock.events.follow({}, { signal, onState })) onEvent();
}
