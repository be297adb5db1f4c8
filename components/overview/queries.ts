import { queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { ProposalPage } from "#lib/proposals/schema.ts";
import type { PipelineList, RunList, RunSummary } from "#lib/runs/schema.ts";

/** Days that the chart of loaded rows goes back. */
export const CHART_DAYS = 14;
/** Pages of runs that the chart reads at most; beyond it the chart says what it covers. */
const CHART_PAGES = 5;
const REFRESH_MS = 15_000;

/** Pipelines with their last runs: who is failing. */
export const overviewPipelines = () =>
  queryOptions({
    queryKey: ["overview", "pipelines"],
    queryFn: ({ signal }) => api.get<PipelineList>("/api/v1/pipelines", { query: { limit: 100 }, signal }),
    refetchInterval: REFRESH_MS,
  });

/** Proposals that nobody has decided. */
export const overviewProposals = () =>
  queryOptions({
    queryKey: ["overview", "proposals"],
    queryFn: ({ signal }) =>
      api.get<ProposalPage>("/api/v1/ai/pipeline-chat/proposals", { query: { limit: 100 }, signal }),
    refetchInterval: REFRESH_MS,
  });

/** The runs of the last {@link CHART_DAYS} days, newest first; `complete` is false when there were more than we read. */
export const overviewRuns = () =>
  queryOptions({
    queryKey: ["overview", "runs"],
    queryFn: async ({ signal }): Promise<{ runs: RunSummary[]; complete: boolean }> => {
      const since = Date.now() - CHART_DAYS * 86_400_000;
      const runs: RunSummary[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < CHART_PAGES; page++) {
        const answer: RunList = await api.get<RunList>("/api/v1/runs", {
          query: { limit: 100, cursor },
          signal,
        });
        runs.push(...answer.data);
        const oldest = answer.data.at(-1);
        cursor = answer.pagination.cursor;
        if (!cursor || !oldest || Date.parse(oldest.queuedAt) < since) return { runs, complete: true };
      }
      return { runs, complete: false };
    },
    refetchInterval: REFRESH_MS,
  });
