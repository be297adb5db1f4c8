"use client";
import { Anchor, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Section } from "#components/ui/section.tsx";
import type { SourceUse } from "#lib/sources/schema.ts";
import { sourceUsesQuery } from "./queries.ts";
import classes from "./sources.module.css";

/** Streams that are named one by one. */
const NAMED = 5;

/** The pipelines that read from a source, and which of its streams. */
export function SourceUsesSection({ id }: { id: string }) {
  const uses = useQuery(sourceUsesQuery(id));
  return (
    <Section title="Used by">
      {uses.isError ? (
        <ErrorState error={uses.error} onRetry={() => void uses.refetch()} />
      ) : !uses.data ? (
        <Skeleton height={44} />
      ) : uses.data.data.length === 0 ? (
        <Text c="dimmed">No pipeline reads from it yet.</Text>
      ) : (
        <UseList uses={uses.data.data} />
      )}
    </Section>
  );
}

/** Pipelines with the streams they read. */
export function UseList({ uses }: { uses: readonly SourceUse[] }) {
  return (
    <ul className={classes.uses}>
      {uses.map(({ pipelineId, slug, name, streams }) => (
        <li key={pipelineId}>
          <Anchor component={Link} href={`/data/pipelines/${slug}`} fz="sm" fw={500} c="inherit">
            {name}
          </Anchor>
          <Text fz="xs" c="dimmed">
            {streams
              .slice(0, NAMED)
              .map(({ stream }) => stream)
              .join(", ")}
            {streams.length > NAMED ? ` and ${streams.length - NAMED} more` : ""}
          </Text>
        </li>
      ))}
    </ul>
  );
}
