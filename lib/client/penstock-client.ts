import type {
  Ack,
  BatchAnswer,
  BatchResult,
  Erasure,
  StoredEvent,
  TailPage,
  Volume,
} from "#lib/ingest/schema.ts";
import type { MemoryDetail, QueryInput, QueryResult } from "#lib/memory/schema.ts";
import { type ConnectionOptions, connect } from "./connection.ts";
import { type FollowOptions, type FollowQuery, followEvents } from "./follow-events.ts";
import { type ObjectRows, objectList } from "./object-list.ts";
import { pipelineRequests } from "./pipeline-requests.ts";
import { streamEvents } from "./stream-events.ts";

/** An event to send. Only `event_id` has to be there; what else is missing is filled in and named in the ack. */
export type EventInput = Partial<Omit<StoredEvent, "lsn" | "event_id" | "erased">> & { event_id: string };

/** What to read of the log. Without `from_lsn` the newest events. */
export type TailInput = FollowQuery & { limit?: number };

/** A query of memory; every field is optional. */
export type QueryRequest = Partial<QueryInput>;

type Stop = { signal?: AbortSignal };

/** Events, memory, pipelines as files and their runs, typed. Refusals are thrown as {@link ApiError} with the server's code. */
export type PenstockClient = ReturnType<typeof createClient>;

/**
 * A client of the event log, of the memory made from it, and of pipelines that are kept as files.
 * @example
 * const penstock = createClient({ baseUrl: "http://localhost:3000", key: process.env.PENSTOCK_KEY });
 * await penstock.events.send({ event_id: "evt_1", agent_id: "agent_a", event_type: "user_message", payload: { text: "hi" } });
 */
export function createClient(options: ConnectionOptions = {}) {
  const connection = connect(options);
  const { call } = connection;
  const erase = (path: string, reason: string | undefined) =>
    call.delete<Erasure>(path, reason ? { query: { reason } } : {});
  return {
    ...pipelineRequests(connection),
    events: {
      /** Stores one event. Sending the same one again gives the same ack. */
      send: (event: EventInput, stop: Stop = {}) => call.post<Ack>("/v1/ingest/events", event, stop),
      /** Stores up to 10,000 events; what is refused is told per event, in their order. */
      sendBatch: (events: readonly EventInput[], stop: Stop = {}) =>
        call.post<BatchAnswer>("/v1/ingest/events", { events }, stop),
      /** Stores any number of events, a result for each as its chunk is committed. */
      stream: (
        events: AsyncIterable<EventInput> | Iterable<EventInput>,
        stop: Stop & { failuresOnly?: boolean } = {},
      ): AsyncGenerator<BatchResult> => streamEvents(connection, events, stop),
      /** A page of the log, in LSN order. */
      list: (query: TailInput = {}, stop: Stop = {}) => call.get<TailPage>("/v1/events", { query, ...stop }),
      /** Every event after an LSN as it is committed, across lost connections. */
      follow: (query: FollowQuery = {}, how: FollowOptions = {}) => followEvents(connection, query, how),
      /** How many events came in, by minute or hour. */
      volume: (hours: number, stop: Stop = {}) =>
        call.get<Volume>("/v1/events/volume", { query: { hours }, ...stop }),
    },
    /** Finds memories, best first. */
    query: (input: QueryRequest, stop: Stop = {}) => call.post<QueryResult>("/v1/query", input, stop),
    /** One memory with what it came from and what is around it. */
    memory: (id: string, stop: Stop = {}) =>
      call.get<MemoryDetail>(`/v1/memory/${encodeURIComponent(id)}`, stop),
    /** A page of the objects of one kind. */
    list: <Kind extends keyof ObjectRows>(
      kind: Kind,
      query: Parameters<typeof objectList>[2] = {},
      stop: Stop = {},
    ) => objectList(connection, kind, query, stop),
    /** Takes text out for good, leaving a tombstone with the reason. Needs the permission `memory.erase`. */
    erase: {
      memory: (id: string, reason?: string) => erase(`/v1/memory/${encodeURIComponent(id)}`, reason),
      agent: (id: string, reason?: string) => erase(`/v1/agents/${encodeURIComponent(id)}/memory`, reason),
      session: (id: string, reason?: string) =>
        erase(`/v1/sessions/${encodeURIComponent(id)}/memory`, reason),
    },
  };
}
