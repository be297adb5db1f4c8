import type { StoredEvent } from "#lib/ingest/schema.ts";
import { ApiError, isApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import { readServerEvents } from "./read-lines.ts";

/** Which events, and after which LSN. Without `from_lsn` only what comes from now on. */
export type FollowQuery = {
  from_lsn?: number;
  agent_id?: string;
  session_id?: string;
  event_type?: string;
};

/** How to follow. `onState` hears whether the stream stands or is being opened again. */
export type FollowOptions = {
  signal?: AbortSignal;
  onState?: (state: "live" | "reconnecting") => void;
};

/** Waits before the stream is opened again, in milliseconds; the last one repeats. */
const WAITS = [250, 1_000, 2_000, 5_000, 10_000];

/**
 * Every event after an LSN, in LSN order, each once, for as long as the reader goes on: a lost connection is opened again
 * after the last event that arrived. Ends when `signal` is aborted.
 * @throws {ApiError} what the server refuses for good, such as `unauthenticated`
 */
export async function* followEvents(
  { call }: Connection,
  { from_lsn, ...filter }: FollowQuery,
  { signal, onState }: FollowOptions = {},
): AsyncGenerator<StoredEvent> {
  const stop = signal ? { signal } : {};
  let after = from_lsn;
  for (let failures = 0; !signal?.aborted; failures++) {
    try {
      const place: Record<string, string> = after === undefined ? {} : { "last-event-id": String(after) };
      const headers = { accept: "text/event-stream", ...place };
      const query = { ...filter, ...(after === undefined ? {} : { from_lsn: after }) };
      const response = await call.send("GET", "/v1/events", { query, headers, ...stop });
      // Streams end by themselves from time to time: that is no failure.
      failures = 0;
      onState?.("live");
      for await (const { event, id, data } of readServerEvents(response.body)) {
        if (event === "error") throw new ApiError(503, JSON.parse(data));
        // Where the stream began, and every event, carries its LSN as its id.
        if (id) after = Math.max(after ?? 0, Number(id));
        const said: unknown = JSON.parse(data);
        if (isStored(said)) yield said;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (isApiError(error) && isFinal(error.status)) throw error;
    }
    if (signal?.aborted) return;
    onState?.("reconnecting");
    await pause(WAITS[Math.min(failures, WAITS.length - 1)] ?? 0, signal);
  }
}

function isStored(said: unknown): said is StoredEvent {
  return typeof said === "object" && said !== null && "lsn" in said && "event_id" in said;
}

/** Asking again would not help. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
