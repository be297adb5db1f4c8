"use client";
import { Button, Skeleton } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useAssistantSubject } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SearchedList } from "#components/ui/paged-list.tsx";
import { useListSearch } from "#components/ui/use-list-search.ts";
import { pipelinesQuery } from "./list-query.ts";
import { pipelineColumns } from "./pipeline-columns.tsx";

const NewPipeline = dynamic(() => import("./new-pipeline.tsx").then((module) => module.NewPipeline), {
  ssr: false,
  loading: () => <Skeleton height={36} width={149} />,
});

const NoPipelines = dynamic(() => import("./no-pipelines.tsx").then((module) => module.NoPipelines));

const noSubject = {};

/** Every pipeline of the tenant, latest change first. */
export function PipelinesPage() {
  const assistant = useAssistantSubject(noSubject);
  const mayWrite = useCan("pipelines.write");
  const search = useListSearch();
  const list = useQuery(pipelinesQuery(search.filter));
  return (
    <PageBody>
      <PageHeader
        title="Pipelines"
        description="What moves rows from a source to a table, when, and with which checks."
        actions={
          mayWrite ? (
            <>
              <Button
                variant="default"
                leftSection={<IconSparkles size={15} aria-hidden />}
                onClick={() => assistant.open()}
              >
                Ask the assistant
              </Button>
              <NewPipeline />
            </>
          ) : undefined
        }
      />
      <SearchedList
        list={list}
        noun={["pipeline", "pipelines"]}
        columns={pipelineColumns}
        rowKey={(row) => row.id}
        hrefOf={(row) => `/data/pipelines/${row.slug}`}
        search={search}
        placeholder="Name or id"
        looksAt="names and ids"
        empty={<NoPipelines />}
      />
    </PageBody>
  );
}
