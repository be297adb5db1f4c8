"use client";
import { Button, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconRoute, IconSearch, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useAssistantSubject } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { Pager } from "./pager.tsx";
import { pipelineColumns } from "./pipeline-columns.tsx";
import { pipelinesQuery } from "./queries.ts";
import { useUrlState } from "./use-url-state.ts";

const NewPipeline = dynamic(() => import("./new-pipeline.tsx").then((module) => module.NewPipeline), {
  ssr: false,
  loading: () => <Skeleton height={36} width={149} />,
});

const EXAMPLE = "Add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";
const noSubject = {};

/** Every pipeline of the tenant, latest change first. */
export function PipelinesPage() {
  const { get, set } = useUrlState();
  const router = useRouter();
  const assistant = useAssistantSubject(noSubject);
  const mayWrite = useCan("pipelines.write");
  const q = get("q");
  const cursor = get("cursor");
  const [search, setSearch] = useState(q ?? "");
  const searchSoon = useDebouncedCallback((text: string) => set({ q: text, cursor: undefined }), 250);
  const list = useQuery(pipelinesQuery({ ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) }));
  const rows = list.data?.data ?? [];
  const none = list.isSuccess && list.data.pagination.total === 0 && !q;

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
      {none ? (
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
      ) : (
        <Stack gap="sm">
          <Group>
            <TextInput
              value={search}
              onChange={(event) => {
                setSearch(event.currentTarget.value);
                searchSoon(event.currentTarget.value.trim());
              }}
              placeholder="Name or id"
              aria-label="Search pipelines"
              leftSection={<IconSearch size={15} aria-hidden />}
              w={{ base: "100%", xs: 280 }}
              maxLength={200}
            />
          </Group>
          {list.isPending ? (
            <TableSkeleton columns={pipelineColumns.map((column) => column.header)} />
          ) : list.isError ? (
            <ErrorState
              title="The pipelines could not be loaded"
              error={list.error}
              onRetry={() => list.refetch()}
            />
          ) : rows.length === 0 ? (
            <EmptyState
              title={`Nothing is called “${q}”`}
              description="The search looks at names and ids."
              action={
                <Button
                  variant="default"
                  onClick={() => {
                    setSearch("");
                    set({ q: undefined, cursor: undefined });
                  }}
                >
                  Clear the search
                </Button>
              }
            />
          ) : (
            <>
              <DataTable
                label="Pipelines"
                columns={pipelineColumns}
                rows={rows}
                rowKey={(row) => row.id}
                onRowClick={(row) => router.push(`/data/pipelines/${row.slug}`)}
                minWidth={300}
              />
              <Pager page={list.data.pagination} noun={["pipeline", "pipelines"]} />
            </>
          )}
        </Stack>
      )}
    </PageBody>
  );
}
