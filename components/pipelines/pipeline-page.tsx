"use client";
import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import { useAssistantSubject } from "#components/proposals/assistant-context.tsx";
import { DriftReview } from "#components/runs/drift-review.tsx";
import { latestRunQuery } from "#components/runs/queries.ts";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Lost } from "#components/ui/lost.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { TabList } from "#components/ui/tab-list.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { isApiError } from "#lib/client/index.ts";
import { PageSkeleton } from "./page-skeleton.tsx";
import { PipelineHeader } from "./pipeline-header.tsx";
import { pipelineQuery } from "./queries.ts";

// Each tab comes when it is opened.
const GraphTab = dynamic(() => import("./graph-tab.tsx").then((module) => module.GraphTab), {
  ssr: false,
  loading: PageSkeleton,
});
const IrTab = dynamic(() => import("./ir-tab.tsx"), {
  ssr: false,
  loading: PageSkeleton,
});
const RunsTable = dynamic(
  () => import("#components/runs/runs-table.tsx").then((module) => module.RunsTable),
  { ssr: false, loading: PageSkeleton },
);
const VersionsTab = dynamic(() => import("./versions-tab.tsx").then((module) => module.VersionsTab), {
  ssr: false,
  loading: PageSkeleton,
});
const ScheduleTab = dynamic(() => import("./schedule-tab.tsx").then((module) => module.ScheduleTab), {
  ssr: false,
  loading: PageSkeleton,
});

const TABS = [
  ["graph", "Graph"],
  ["ir", "IR"],
  ["runs", "Runs"],
  ["versions", "Versions"],
  ["schedule", "Schedule"],
] as const;

/** One pipeline, by row id or slug. */
export function PipelinePage({ id }: { id: string }) {
  const { get, set } = useUrlState();
  const pipeline = useQuery(pipelineQuery(id));
  const data = pipeline.data;
  const latest = useQuery({ ...latestRunQuery(data?.id ?? ""), enabled: data !== undefined });
  const subject = useMemo(
    () => (data ? { pipelineId: data.id, slug: data.slug, name: data.name } : undefined),
    [data],
  );
  useAssistantSubject(subject);
  const asked = get("tab");
  const tab = TABS.some(([name]) => name === asked) ? asked : "graph";

  if (isApiError(pipeline.error) && pipeline.error.status === 404) return <Lost />;
  if (pipeline.isError) {
    return (
      <PageBody>
        <ErrorState
          title="The pipeline could not be loaded"
          error={pipeline.error}
          onRetry={() => pipeline.refetch()}
        />
      </PageBody>
    );
  }
  if (!data) {
    return (
      <PageBody width="full">
        <PageSkeleton />
      </PageBody>
    );
  }
  return (
    <PageBody width="full">
      <PipelineHeader pipeline={data} />
      {latest.data && <DriftReview run={latest.data} />}
      <Tabs
        value={tab ?? "graph"}
        onChange={(value) =>
          set({
            tab: value === "graph" ? undefined : (value ?? undefined),
            node: undefined,
            cursor: undefined,
            left: undefined,
            right: undefined,
          })
        }
      >
        <TabList tabs={TABS} />
        <Tabs.Panel value="graph">
          <GraphTab pipeline={data} />
        </Tabs.Panel>
        <Tabs.Panel value="ir">
          <IrTab pipeline={data} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <RunsTable pipeline={data.id} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab pipeline={data} />
        </Tabs.Panel>
        <Tabs.Panel value="schedule">
          <ScheduleTab pipeline={data} />
        </Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}
