"use client";
import { Stack } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { FirstEvent } from "./first-event.tsx";
import { LATEST_COLUMNS, Latest } from "./latest.tsx";
import { latestQuery, volumeQuery } from "./queries.ts";
import { VolumeSection } from "./volume-section.tsx";

/** Hours that are looked back for events which this reader may not see. */
const MONTH = 24 * 30;

/** Before anything is searched for: how much came in, and what was remembered last; or how to send the first event. */
export function Landing() {
  const client = useQueryClient();
  const latest = useQuery(latestQuery());
  const newest = latest.data?.rows[0]?.memory_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with a new memory there is a new event to count
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["memory", "volume"] }, { cancelRefetch: false });
  }, [client, newest]);
  const none = latest.data?.rows.length === 0;
  const ever = useQuery({ ...volumeQuery(MONTH), enabled: none });
  if (none && ever.data?.points.length)
    return (
      <EmptyState
        icon={<IconEyeOff />}
        title="Nothing that you may see"
        description="Events came in lately, but their memories are private, as they are when their visibility is not given, or they were erased. Administrators see all that is left."
      />
    );
  if (none) return <FirstEvent />;
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
