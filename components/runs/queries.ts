import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { ProposalView } from "#lib/proposals/schema.ts";
import type { RunList, RunLogPage, RunProgress, RunRetried, RunStatus } from "#lib/runs/schema.ts";
import type {
  EditQuarantineInput,
  QuarantineChanged,
  QuarantinedRow,
  QuarantinePage,
  QuarantineReplayed,
} from "#lib/runtime/schema.ts";

const root = "/api/v1/runs";
const one = (runId: string) => `${root}/${encodeURIComponent(runId)}`;

/** Runs shown on one page of a list. */
export const RUNS_PER_PAGE = 25;

/** A page of runs, newest first; it follows those that are not over. */
export const runsQuery = (filter: { status?: string; pipeline?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["runs", "list", filter],
    queryFn: ({ signal }) => api.get<RunList>(root, { query: { ...filter, limit: RUNS_PER_PAGE }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.data.some((run) => !isOver(run.status)) ? 2_000 : 20_000),
  });

/** Everything about one run, followed until it is over: by the stream of `useRun`, and by asking now and then in case it breaks. */
export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: ["runs", runId, "progress"],
    queryFn: ({ signal }) => api.get<RunProgress>(one(runId), { signal }),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.status) ? false : 5_000),
  });

/** The latest run of a pipeline, with its nodes, if it ever ran. */
export const latestRunQuery = (pipeline: string) =>
  queryOptions({
    queryKey: ["runs", "latest", pipeline],
    queryFn: async ({ signal }) => {
      const { data } = await api.get<RunList>(root, { query: { pipeline, limit: 10 }, signal });
      // A replay begins in the middle of the pipeline: its rows are not those of every node.
      const latest = data.find(({ trigger }) => trigger !== "replay") ?? data[0];
      return latest ? api.get<RunProgress>(one(latest.runId), { signal }) : null;
    },
    refetchInterval: (query) => (query.state.data && !isOver(query.state.data.status) ? 1_000 : 20_000),
  });

/** Which lines of a log are wanted: those that hold a text, of a level or a more serious one, of one node. */
export type LogFilter = { q?: string; level?: string; nodeId?: string };

const logPage = (runId: string, filter: LogFilter, after: number, signal?: AbortSignal) =>
  api.get<RunLogPage>(`${one(runId)}/log`, { query: { ...filter, after, limit: 1000 }, signal });

/** The log, or what of it is wanted, in pages of a thousand lines, from the beginning. */
export const runLogQuery = (runId: string, filter: LogFilter, live: boolean) =>
  infiniteQueryOptions({
    queryKey: ["runs", runId, "log", filter],
    queryFn: ({ pageParam, signal }) => logPage(runId, filter, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.hasMore ? last.next : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: live ? 1_500 : false,
  });

/** Every line that is wanted, to the end of the log. */
export async function wholeLog(runId: string, filter: LogFilter): Promise<RunLogPage["data"]> {
  const lines: RunLogPage["data"] = [];
  for (let after = 0, more = true; more; ) {
    const page = await logPage(runId, filter, after);
    lines.push(...page.data);
    more = page.hasMore && page.next > after;
    after = page.next;
  }
  return lines;
}

/** Asks a run to stop. */
export const cancelRun = (runId: string) => api.post<unknown>(`${one(runId)}/cancel`);

/** Queues a failed or cancelled run again; targets that committed are not repeated. */
export const retryRun = (runId: string) => api.post<RunRetried>(`${one(runId)}/retry`);

/** Proposes a change that answers the columns that a run met. */
export const proposeDrift = (runId: string, added: "leave_out" | "take") =>
  api.post<ProposalView>(`${one(runId)}/drift-proposal`, { added });

/** True once nothing more happens to a run by itself (the room's own check would bring its schemas along). */
export const isOver = (status: RunStatus) => status !== "queued" && status !== "running";

/** Which of a run's rejected rows are asked for. */
export type QuarantineFilter = { state?: string; node?: string; rule?: string; cursor?: string };

/** Rows that a run rejected, in pages; followed while some of them are being replayed. */
export const quarantineQuery = (runId: string, filter: QuarantineFilter = {}) =>
  queryOptions({
    queryKey: ["runs", runId, "quarantine", filter],
    queryFn: ({ signal }) =>
      api.get<QuarantinePage>(`${one(runId)}/quarantine`, { query: { ...filter, limit: 20 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => ((data?.summary.states.replaying ?? 0) > 0 ? 1_000 : false),
  });

/** Changes fields of a rejected row. */
export const editQuarantined = (runId: string, rowId: string, row: EditQuarantineInput["row"]) =>
  api.patch<QuarantinedRow>(`${one(runId)}/quarantine/${encodeURIComponent(rowId)}`, { row });

/** Asks for a run that loads rejected rows: those named, else all that wait. */
export const replayQuarantined = (runId: string, rowIds?: string[]) =>
  api.post<QuarantineReplayed>(`${one(runId)}/quarantine/replay`, rowIds ? { rowIds } : {});

/** Says that rejected rows are not meant to be loaded. */
export const discardQuarantined = (runId: string, rowIds: string[], reason?: string) =>
  api.post<QuarantineChanged>(`${one(runId)}/quarantine/discard`, { rowIds, ...(reason && { reason }) });

/** Lets discarded rows wait again. */
export const restoreQuarantined = (runId: string, rowIds: string[]) =>
  api.post<QuarantineChanged>(`${one(runId)}/quarantine/restore`, { rowIds });

/** Where a run's progress is streamed from. */
export const runEventsPath = (runId: string) => `${one(runId)}/events`;
