"use client";
import { NativeSelect, Paper, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { Section } from "#components/ui/section.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { volumeQuery } from "./queries.ts";

const HEIGHT = 150;
const EventsChart = dynamic(() => import("./events-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={HEIGHT} />,
});

const WINDOWS = [
  { value: "1", label: "Last hour" },
  { value: "6", label: "Last 6 hours" },
  { value: "24", label: "Last 24 hours" },
  { value: "168", label: "Last 7 days" },
  { value: "720", label: "Last 30 days" },
];

/** How many events came in, over a time that the reader chooses. */
export function VolumeSection() {
  const { get, set } = useUrlState();
  const asked = get("hours") ?? "24";
  const hours = Number(WINDOWS.some(({ value }) => value === asked) ? asked : "24");
  const volume = useQuery(volumeQuery(hours));
  const total = volume.data?.points.reduce((sum, { events }) => sum + events, 0);
  return (
    <Section
      title={volume.data?.bucket === "minute" ? "Events per minute" : "Events per hour"}
      actions={
        <NativeSelect
          size="xs"
          aria-label="Time of the chart"
          data={WINDOWS}
          value={String(hours)}
          onChange={(event) =>
            set({ hours: event.currentTarget.value === "24" ? undefined : event.currentTarget.value })
          }
        />
      }
    >
      {volume.error && !volume.data ? (
        <ErrorState
          title="The volume could not be loaded"
          error={volume.error}
          onRetry={() => void volume.refetch()}
        />
      ) : (
        <Paper p="md">
          <Text fz="sm" mb="xs" c="dimmed">
            {total === undefined ? "Counting" : `${formatNumber(total)} ${total === 1 ? "event" : "events"}`}
          </Text>
          {volume.data ? (
            <EventsChart volume={volume.data} hours={hours} height={HEIGHT} />
          ) : (
            <Skeleton height={HEIGHT} />
          )}
        </Paper>
      )}
    </Section>
  );
}
