"use client";
import { Anchor, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo } from "react";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { Attention } from "./attention.tsx";
import classes from "./overview.module.css";
import { CHART_DAYS, overviewPipelines, overviewProposals, overviewRuns } from "./queries.ts";
import { RECENT_RUN_COLUMNS, RecentRuns } from "./recent-runs.tsx";
import { rowsPerDay } from "./rows-per-day.ts";
import { StartHere } from "./start-here.tsx";

const RowsChart = dynamic(() => import("./rows-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={200} />,
});

/** The first page: what needs me, how many rows came in, what ran lately. */
export function Overview() {
  const pipelines = useQuery(overviewPipelines());
  const proposals = useQuery(overviewProposals());
  const runs = useQuery(overviewRuns());
  const failed = [pipelines, proposals, runs].find(({ error, data }) => error && !data);
  const days = useMemo(
    () => (runs.data ? rowsPerDay(runs.data.runs, CHART_DAYS, Date.now()) : undefined),
    [runs.data],
  );
  const empty = pipelines.data?.pagination.total === 0;
  return (
    <PageBody>
      <PageHeader title="Overview" description="What needs you, what came in, what ran lately." />
      {failed ? <ErrorState error={failed.error} onRetry={() => void failed.refetch()} /> : null}
      {empty ? <StartHere /> : null}
      {empty || failed ? null : (
        <>
          <section aria-labelledby="attention">
            <Title order={2} id="attention" mb="xs">
              Needs you
            </Title>
            <Attention pipelines={pipelines.data?.data} proposals={proposals.data?.data} />
          </section>
          <section aria-labelledby="rows">
            <Group justify="space-between" mb="xs">
              <Title order={2} id="rows">
                Rows per day
              </Title>
              <Text fz="xs" c="dimmed">
                Last {CHART_DAYS} days
                {runs.data?.complete === false ? `, latest ${runs.data.runs.length} runs` : ""}
              </Text>
            </Group>
            <Paper p="md">
              <Totals days={days} />
              {days ? <RowsChart days={days} /> : <Skeleton height={200} />}
            </Paper>
          </section>
          <section aria-labelledby="recent">
            <Group justify="space-between" mb="xs">
              <Title order={2} id="recent">
                Recent runs
              </Title>
              <Anchor component={Link} href="/data/runs" fz="sm">
                All runs
              </Anchor>
            </Group>
            {!runs.data ? <TableSkeleton columns={RECENT_RUN_COLUMNS} rows={5} /> : null}
            {runs.data && runs.data.runs.length > 0 ? <RecentRuns runs={runs.data.runs.slice(0, 8)} /> : null}
            {runs.data?.runs.length === 0 ? (
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

function Totals({ days }: { days: ReturnType<typeof rowsPerDay> | undefined }) {
  const loaded = days?.reduce((sum, day) => sum + day.loaded, 0);
  const rejected = days?.reduce((sum, day) => sum + day.rejected, 0);
  const today = days?.at(-1)?.loaded;
  return (
    <SimpleGrid cols={3} mb="md" spacing="xs">
      {(
        [
          ["Loaded today", today],
          [`Loaded, ${CHART_DAYS} days`, loaded],
          [`Rejected, ${CHART_DAYS} days`, rejected],
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
