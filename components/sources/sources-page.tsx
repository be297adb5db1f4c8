"use client";
import { Button, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlug, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Pager } from "#components/pipelines/pager.tsx";
import { useCan } from "#components/shell/session.tsx";
import { DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { sourcesQuery } from "./queries.ts";
import { sourceColumns } from "./source-columns.tsx";

/** Every source of the tenant, latest change first. */
export function SourcesPage() {
  const { get, set } = useUrlState();
  const router = useRouter();
  const mayWrite = useCan("sources.write");
  const q = get("q");
  const cursor = get("cursor");
  const [search, setSearch] = useState(q ?? "");
  const searchSoon = useDebouncedCallback((text: string) => set({ q: text, cursor: undefined }), 250);
  const list = useQuery(sourcesQuery({ ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) }));
  const rows = list.data?.data ?? [];
  const none = list.isSuccess && list.data.pagination.total === 0 && !q;
  const add = mayWrite ? (
    <Button component={Link} href="/data/sources/new" leftSection={<IconPlus size={15} aria-hidden />}>
      New source
    </Button>
  ) : undefined;
  return (
    <PageBody>
      <PageHeader
        title="Sources"
        description="The databases, buckets and folders that pipelines read from, and whether they can be reached."
        actions={none ? undefined : add}
      />
      {none ? (
        <EmptyState
          icon={<IconPlug size={28} stroke={1.4} />}
          title={mayWrite ? "Start here" : "No sources yet"}
          description={
            mayWrite
              ? "Connect a database or a bucket by answering a few questions. Its tables are in the warehouse minutes later."
              : "There is no source in this tenant yet. Connecting one takes a data engineer or an administrator."
          }
          action={add}
        />
      ) : (
        <Stack gap="sm">
          <TextInput
            value={search}
            onChange={(event) => {
              setSearch(event.currentTarget.value);
              searchSoon(event.currentTarget.value.trim());
            }}
            placeholder="Name"
            aria-label="Search sources"
            leftSection={<IconSearch size={15} aria-hidden />}
            w={{ base: "100%", xs: 280 }}
            maxLength={200}
          />
          {list.isPending ? (
            <TableSkeleton columns={sourceColumns.map((column) => column.header)} />
          ) : list.isError ? (
            <ErrorState
              title="The sources could not be loaded"
              error={list.error}
              onRetry={() => list.refetch()}
            />
          ) : rows.length === 0 ? (
            <EmptyState
              title={`Nothing is called “${q}”`}
              description="The search looks at titles and names."
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
                label="Sources"
                columns={sourceColumns}
                rows={rows}
                rowKey={(row) => row.id}
                onRowClick={(row) => router.push(`/data/sources/${row.name}`)}
                minWidth={300}
              />
              <Pager page={list.data.pagination} noun={["source", "sources"]} />
            </>
          )}
        </Stack>
      )}
    </PageBody>
  );
}
