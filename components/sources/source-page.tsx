"use client";
import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { Lost } from "#components/ui/lost.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { PageSkeleton } from "#components/ui/page-skeleton.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Section } from "#components/ui/section.tsx";
import { isApiError, sources } from "#lib/client/index.ts";
import type { Source } from "#lib/sources/schema.ts";
import { ConnectorMark } from "./connector-mark.tsx";
import { HealthBadge } from "./health-badge.tsx";
import { sourceQuery } from "./queries.ts";
import { SourceHealthSection } from "./source-health.tsx";
import { SourceUsesSection } from "./source-uses.tsx";
import type { StreamOffer } from "./use-paged-streams.ts";

const SourceActions = dynamic(() => import("./source-actions.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={34} width={34} />,
});
const SourceFieldsSection = dynamic(() => import("./source-fields.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={120} />,
});
const StreamList = dynamic(() => import("./stream-list.tsx").then((module) => module.StreamList), {
  ssr: false,
  loading: () => <Skeleton height={480} />,
});

/** One source, by id or name: whether it works, what it offers, who reads from it, how it is reached. */
export function SourcePage({ id }: { id: string }) {
  const source = useQuery(sourceQuery(id));
  if (isApiError(source.error) && source.error.status === 404) return <Lost />;
  if (source.isError && !source.data)
    return (
      <PageBody>
        <ErrorState
          title="The source could not be loaded"
          error={source.error}
          onRetry={() => void source.refetch()}
        />
      </PageBody>
    );
  if (!source.data) return <PageSkeleton />;
  return <Found source={source.data} />;
}

function Found({ source }: { source: Source }) {
  const { id, updatedAt } = source;
  // Other fields, other streams: what was listed before belongs to what it was.
  const offer = useMemo<StreamOffer>(
    () => ({
      key: ["sources", "streams", id, updatedAt],
      page: (query, stop) => sources.streams(id, query, stop),
      preview: (stream, stop) => sources.preview(id, stream, stop),
    }),
    [id, updatedAt],
  );
  return (
    <PageBody>
      <PageHeader
        back={{ href: "/data/sources", label: "Sources" }}
        title={<span title={source.title}>{source.title}</span>}
        badges={<HealthBadge health={source.health} />}
        description={
          <Stack gap={2}>
            <Group gap="md" style={{ rowGap: 2 }}>
              <ConnectorMark name={source.connector} />
              <IdText id={source.name} chars={63} label="Copy the source's name" />
              <IdText id={source.id} label="Copy the source's id" />
            </Group>
            <Text fz="sm" component="div">
              Created <RelativeTime at={source.createdAt} />
              {source.createdByName ? ` by ${source.createdByName}` : ""}, changed{" "}
              <RelativeTime at={source.updatedAt} />
            </Text>
          </Stack>
        }
        actions={<SourceActions source={source} />}
      />
      <SourceHealthSection source={source} />
      <SourceUsesSection id={source.id} />
      <SourceFieldsSection source={source} />
      <Section title="Streams" description="What it offers right now, with columns and first rows.">
        <StreamList key={updatedAt} offer={offer} />
      </Section>
    </PageBody>
  );
}
