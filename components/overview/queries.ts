import { queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { Volume } from "#lib/ingest/schema.ts";
import type { ProposalPage } from "#lib/proposals/schema.ts";
import type { DailyRows, PipelineList, RunList } from "#lib/runs/schema.ts";

/** Days that the chart of loaded rows goes back. */
export const CHART_DAYS = 14;
/** Hours that the chart of events goes back. */
export const EVENT_HOURS = 1;
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

/** Rows of the last {@link CHART_DAYS} days, a day beginning where the reader is. */
export const overviewDays = () =>
  queryOptions({
    queryKey: ["overview", "days"],
    queryFn: ({ signal }) => {
      const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
      return api.get<DailyRows>("/api/v1/runs/daily", { query: { days: CHART_DAYS, zone }, signal });
    },
    refetchInterval: REFRESH_MS,
  });

/** What ran lately, newest first. */
export const overviewRuns = () =>
  queryOptions({
    queryKey: ["overview", "runs"],
    queryFn: ({ signal }) => api.get<RunList>("/api/v1/runs", { query: { limit: 8 }, signal }),
    refetchInterval: REFRESH_MS,
  });

/** Events of the last hour, by the minute. */
export const overviewEvents = () =>
  queryOptions({
    queryKey: ["overview", "events"],
    queryFn: ({ signal }) => api.get<Volume>("/v1/events/volume", { query: { hours: EVENT_HOURS }, signal }),
    refetchInterval: REFRESH_MS,
  });
