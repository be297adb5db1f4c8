"use client";
import { Alert, Button, Group, List, Skeleton, Stack, Switch, Text, Title } from "@mantine/core";
import { IconCalendarOff, IconSparkles } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import type { PipelineSchedule } from "#lib/runs/schema.ts";
import { refreshPipelines, scheduleQuery, setSchedule } from "./queries.ts";
import { ScheduleArrival } from "./schedule-arrival.tsx";
import { ScheduleBackfill } from "./schedule-backfill.tsx";
import { SchedulePolicies } from "./schedule-policies.tsx";

/** When the pipeline runs by itself; the times are part of its document, pausing is not. */
export function ScheduleTab({ pipeline }: { pipeline: PipelineSummary }) {
  const client = useQueryClient();
  const assistant = useAssistant();
  const mayWrite = useCan("pipelines.write");
  const schedule = useQuery(scheduleQuery(pipeline.id));
  const toggle = useMutation({
    mutationFn: (enabled: boolean) => setSchedule(pipeline.id, enabled),
    onSuccess: () => refreshPipelines(client),
    onError: (error) => notifyError("The schedule was not changed", error),
  });
  if (schedule.isPending) return <Skeleton height={160} role="status" aria-label="Loading the schedule" />;
  if (schedule.isError) return <ErrorState error={schedule.error} onRetry={() => schedule.refetch()} />;
  const { data } = schedule;
  if (!data.schedule) {
    return (
      <Stack gap="xl" maw={720}>
        <EmptyState
          icon={<IconCalendarOff size={28} stroke={1.4} />}
          title="It runs only when asked"
          description="A schedule runs it by itself: by cron, every few minutes, by a recurrence rule, or when a file arrives."
          action={
            mayWrite ? (
              <Button
                leftSection={<IconSparkles size={15} aria-hidden />}
                onClick={() => assistant.open({ draft: "Run it every day at 06:00 Europe/Berlin" })}
              >
                Schedule it
              </Button>
            ) : undefined
          }
        />
        <ScheduleBackfill pipeline={pipeline} scheduled={false} />
      </Stack>
    );
  }
  return (
    <Stack gap="lg" maw={720}>
      <Stack gap={4}>
        <Title order={2}>{data.description}</Title>
        <Switch
          label={data.enabled ? "Runs by itself" : "Paused"}
          checked={toggle.isPending ? toggle.variables : data.enabled}
          disabled={!mayWrite || toggle.isPending}
          onChange={(event) => toggle.mutate(event.currentTarget.checked)}
          mt={6}
        />
      </Stack>
      {data.blocked && (
        <Alert color="yellow" title="It does not run now">
          {data.blocked}
        </Alert>
      )}
      {data.arrival ? (
        <ScheduleArrival arrival={data.arrival} enabled={data.enabled} />
      ) : (
        <NextRuns data={data} />
      )}
      <Stack gap={4}>
        <Text fz="sm" c="dimmed" component="div">
          Last scheduled run: <RelativeTime at={data.lastRunAt} fallback="none yet" />
        </Text>
        {data.leftOut && (
          <Text fz="sm" c="dimmed" component="div">
            Last time without a run: <RelativeTime at={data.leftOut.at} />. {data.leftOut.why}
          </Text>
        )}
      </Stack>
      {data.schedule.kind !== "file_arrival" && (
        <SchedulePolicies id={pipeline.id} schedule={data.schedule} />
      )}
      {mayWrite && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconSparkles size={15} aria-hidden />}
            onClick={() => assistant.open({ draft: "Run it every " })}
          >
            Change the schedule
          </Button>
        </Group>
      )}
      <ScheduleBackfill pipeline={pipeline} scheduled={data.schedule.kind !== "file_arrival"} />
    </Stack>
  );
}

function NextRuns({ data }: { data: PipelineSchedule }) {
  return (
    <div>
      <Title order={3} mb={4}>
        {data.enabled ? "Next runs" : "It would run"}
      </Title>
      <List size="sm" spacing={4} listStyleType="none">
        {data.nextRunsInWords.map((words, i) => (
          <List.Item key={words}>
            <Group gap={8}>
              <span>{words}</span>
              <Text fz="sm" c="dimmed" span>
                <RelativeTime at={data.nextRuns[i]} />
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </div>
  );
}
