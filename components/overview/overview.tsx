"use client";
import { Anchor, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import type { DayOfRows } from "#lib/runs/schema.ts";
import { Attention, isWaiting } from "./attention.tsx";
import classes from "./overview.module.css";
import {
  CHART_DAYS,
  EVENT_HOURS,
  overviewDays,
  overviewEvents,
  overviewPipelines,
  overviewProposals,
  overviewRuns,
} from "./queries.ts";
import { RECENT_RUN_COLUMNS, RecentRuns } from "./recent-runs.tsx";
import { StartHere } from "./start-here.tsx";

/** The chart with its legend, so that nothing moves when it comes. */
const CHART_HEIGHT = 200;

const RowsChart = dynamic(() => import("./rows-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={CHART_HEIGHT} />,
});
const EventsChart = dynamic(() => import("#components/memory/events-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={CHART_HEIGHT} />,
});

/** The first page: what needs me, how many rows came in, what ran lately. */
export function Overview() {
  const pipelines = useQuery(overviewPipelines());
  const proposals = useQuery(overviewProposals());
  const days = useQuery(overviewDays());
  const runs = useQuery(overviewRuns());
  const unseen = [pipelines, proposals].find(({ error, data }) => error && !data);
  const empty = pipelines.data?.pagination.total === 0;
  return (
    <PageBody>
      <PageHeader title="Overview" description="What needs you, what came in, what ran lately." />
      {empty ? <StartHere /> : null}
      {empty && !proposals.data?.data.some(isWaiting) ? null : (
        <section aria-labelledby="attention">
          <Title order={2} id="attention" mb="xs">
            Needs you
          </Title>
          {unseen ? (
            <ErrorState error={unseen.error} onRetry={() => void unseen.refetch()} />
          ) : (
            <Attention pipelines={pipelines.data?.data} proposals={proposals.data?.data} />
          )}
        </section>
      )}
      {empty ? (
        <Events onlyIfAny />
      ) : (
        <>
          <div className={classes.charts}>
            <section aria-labelledby="rows">
              <Group justify="space-between" mb="xs">
                <Title order={2} id="rows">
                  Rows per day
                </Title>
                <Text fz="xs" c="dimmed">
                  Last {CHART_DAYS} days
                </Text>
              </Group>
              {days.error && !days.data ? (
                <ErrorState error={days.error} onRetry={() => void days.refetch()} />
              ) : (
                <Paper p="md">
                  <Totals days={days.data?.data} />
                  {days.data ? <RowsChart days={days.data.data} /> : <Skeleton height={CHART_HEIGHT} />}
                </Paper>
              )}
            </section>
            <Events />
          </div>
          <section aria-labelledby="recent">
            <Group justify="space-between" mb="xs">
              <Title order={2} id="recent">
                Recent runs
              </Title>
              <Anchor component={Link} href="/data/runs" fz="sm">
                All runs
              </Anchor>
            </Group>
            {runs.error && !runs.data ? (
              <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
            ) : null}
            {runs.isPending ? <TableSkeleton columns={RECENT_RUN_COLUMNS} rows={5} /> : null}
            {runs.data && runs.data.data.length > 0 ? <RecentRuns runs={runs.data.data} /> : null}
            {runs.data?.data.length === 0 ? (
              <Paper p="md">
                <Text c="dimmed">Nothing has run yet. Open a pipeline and press “Run now”.</Text>
              </Paper>
            ) : null}
          </section>
        </>
      )}
    </PageBody>
  );
}

/** What agents sent in the last hour, small. */
function Events({ onlyIfAny = false }: { onlyIfAny?: boolean }) {
  const events = useQuery(overviewEvents());
  const total = events.data?.points.reduce((sum, point) => sum + point.events, 0);
  if (onlyIfAny && !total) return null;
  return (
    <section aria-labelledby="events">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="events">
          Events per minute
        </Title>
        <Anchor component={Link} href="/memory?tab=tail" fz="sm">
          Live tail
        </Anchor>
      </Group>
      {events.error && !events.data ? (
        <ErrorState error={events.error} onRetry={() => void events.refetch()} />
      ) : (
        <Paper p="md">
          <Stack gap={0} mb="md">
            <Text fz="xs" c="dimmed">
              Last hour
            </Text>
            <span className={classes.figure}>
              {total === undefined ? <Skeleton height={18} width={70} my={4} /> : formatNumber(total)}
            </span>
          </Stack>
          {events.data ? (
            <EventsChart volume={events.data} hours={EVENT_HOURS} height={CHART_HEIGHT} />
          ) : (
            <Skeleton height={CHART_HEIGHT} />
          )}
        </Paper>
      )}
    </section>
  );
}

function Totals({ days }: { days: DayOfRows[] | undefined }) {
  const loaded = days?.reduce((sum, day) => sum + day.loaded, 0);
  const rejected = days?.reduce((sum, day) => sum + day.rejected, 0);
  const today = days?.at(-1)?.loaded;
  return (
    <SimpleGrid cols={3} mb="md" spacing="xs">
      {(
        [
          ["Loaded today", today],
          ["Loaded", loaded],
          ["Rejected", rejected],
        ] as const
      ).map(([label, value]) => (
        <Stack gap={0} key={label}>
          <Text fz="xs" c="dimmed">
            {label}
          </Text>
          <span className={classes.figure}>
            {value === undefined ? <Skeleton height={18} width={70} my={4} /> : formatNumber(value)}
          </span>
        </Stack>
      ))}
    </SimpleGrid>
  );
}
