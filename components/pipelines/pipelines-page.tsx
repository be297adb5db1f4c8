"use client";
import { Button, Skeleton } from "@mantine/core";
import { IconRoute, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useAssistantSubject } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SearchedList } from "#components/ui/paged-list.tsx";
import { useListSearch } from "#components/ui/use-list-search.ts";
import { pipelineColumns } from "./pipeline-columns.tsx";
import { pipelinesQuery } from "./queries.ts";

const NewPipeline = dynamic(() => import("./new-pipeline.tsx").then((module) => module.NewPipeline), {
  ssr: false,
  loading: () => <Skeleton height={36} width={149} />,
});

const EXAMPLE = "Add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";
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
        empty={
          <EmptyState
            icon={<IconRoute size={28} stroke={1.4} />}
            title="No pipelines yet"
            description="A pipeline reads files or tables, checks every row, and loads a table. Describe one in your own words and review what the assistant makes of it."
            action={
              mayWrite ? (
                <Button
                  leftSection={<IconSparkles size={15} aria-hidden />}
                  onClick={() => assistant.open({ draft: EXAMPLE })}
                >
                  Start with an example
                </Button>
              ) : undefined
            }
          />
        }
      />
    </PageBody>
  );
}
