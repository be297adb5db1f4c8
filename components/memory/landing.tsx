"use client";
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { FirstEvent } from "./first-event.tsx";
import { LATEST_COLUMNS, Latest } from "./latest.tsx";
import { latestQuery } from "./queries.ts";
import { VolumeSection } from "./volume-section.tsx";

/** Before anything is searched for: how much came in, and what was remembered last; or how to send the first event. */
export function Landing() {
  const latest = useQuery(latestQuery());
  if (latest.data?.rows.length === 0) return <FirstEvent />;
  return (
    <Stack gap="lg">
      <VolumeSection />
      <Section title="Remembered last">
        {latest.error && !latest.data ? (
          <ErrorState
            title="The memories could not be loaded"
            error={latest.error}
            onRetry={() => void latest.refetch()}
          />
        ) : latest.data ? (
          <Latest memories={latest.data.rows} />
        ) : (
          <TableSkeleton columns={LATEST_COLUMNS} />
        )}
      </Section>
    </Stack>
  );
}
