"use client";
import { Button } from "@mantine/core";
import { IconPlug, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useCan } from "#components/shell/session.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasNothing, SearchedList } from "#components/ui/paged-list.tsx";
import { useListSearch } from "#components/ui/use-list-search.ts";
import { sourcesQuery } from "./queries.ts";
import { sourceColumns } from "./source-columns.tsx";

/** Every source of the tenant, latest change first. */
export function SourcesPage() {
  const mayWrite = useCan("sources.write");
  const search = useListSearch();
  const list = useQuery(sourcesQuery(search.filter));
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
        actions={hasNothing(list, search.filter.q !== undefined) ? undefined : add}
      />
      <SearchedList
        list={list}
        noun={["source", "sources"]}
        columns={sourceColumns}
        rowKey={(row) => row.id}
        hrefOf={(row) => `/data/sources/${row.name}`}
        search={search}
        placeholder="Name"
        looksAt="titles and names"
        empty={
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
        }
      />
    </PageBody>
  );
}
