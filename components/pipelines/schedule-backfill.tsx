"use client";
import {
  Anchor,
  Button,
  Group,
  NativeSelect,
  Progress,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconHistory, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatMoment, formatNumber } from "#components/ui/format.ts";
import { notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Section } from "#components/ui/section.tsx";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import type { Backfill } from "#lib/runs/schema.ts";
import { backfillsQuery, cancelBackfill, requestBackfill } from "./queries.ts";

const STEPS = [
  { value: "15", label: "Every 15 minutes" },
  { value: "60", label: "Every hour" },
  { value: "1440", label: "Every 24 hours" },
];

/** Runs for times that have passed: what is under way with its progress, a new one, and the ones before. */
export function ScheduleBackfill({ pipeline, scheduled }: { pipeline: PipelineSummary; scheduled: boolean }) {
  const mayRun = useCan("pipelines.run");
  const list = useQuery(backfillsQuery(pipeline.id));
  const [latest, ...earlier] = list.data?.data ?? [];
  const running = latest?.status === "running" ? latest : undefined;
  const ended = running || !latest ? earlier : [latest, ...earlier];
  return (
    <Section
      title="Backfill"
      description="One run for each time of a range that has passed, one after another. Other runs of the pipeline go first. Dates in file names are those of the time a run stands for."
    >
      <Stack gap="md">
        {list.isPending ? (
          <Skeleton height={64} role="status" aria-label="Loading the backfills" />
        ) : list.isError ? (
          <ErrorState error={list.error} onRetry={() => list.refetch()} />
        ) : running ? (
          <Running backfill={running} />
        ) : (
          mayRun && <NewBackfill pipeline={pipeline} scheduled={scheduled} />
        )}
        {ended.length > 0 && (
          <Stack
            gap={6}
            component="ul"
            m={0}
            p={0}
            style={{ listStyle: "none" }}
            aria-label="Earlier backfills"
          >
            {ended.map((one) => (
              <Text key={one.backfillId} fz="sm" component="li">
                {rangeOf(one)}:{" "}
                {one.status === "cancelled"
                  ? `cancelled after ${formatNumber(one.done + one.failed)}`
                  : countsOf(one)}
                {one.status === "cancelled" ? ` of ${runsOf(one.total)}` : ""}{" "}
                <Text span c="dimmed" inherit>
                  <RelativeTime at={one.finishedAt} />
                </Text>
              </Text>
            ))}
          </Stack>
        )}
      </Stack>
    </Section>
  );
}

function Running({ backfill }: { backfill: Backfill }) {
  const client = useQueryClient();
  const mayCancel = useCan("runs.cancel");
  const cancel = useMutation({
    mutationFn: () => cancelBackfill(backfill.pipelineId, backfill.backfillId),
    onSettled: () => client.invalidateQueries({ queryKey: ["pipelines", backfill.pipelineId, "backfills"] }),
    onError: (error) => notifyError("The backfill was not cancelled", error),
  });
  const share = (count: number) => (count / backfill.total) * 100;
  return (
    <Stack gap={8}>
      <Text fz="sm">{rangeOf(backfill)}</Text>
      <Progress.Root size="md" role="group" aria-label="Progress of the backfill">
        <Progress.Section value={share(backfill.done)} color="teal" aria-label="Runs done" />
        <Progress.Section
          value={share(backfill.failed + backfill.cancelled)}
          color="red"
          aria-label="Runs failed or cancelled"
        />
      </Progress.Root>
      <Group justify="space-between" gap="sm">
        <Text fz="sm" c="dimmed" role="status">
          {countsOf(backfill)}, {formatNumber(backfill.left)} left of {formatNumber(backfill.total)}
          {backfill.waitsFor ? `. ${backfill.waitsFor}` : ""}
        </Text>
        {mayCancel && (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={15} aria-hidden />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Cancel the backfill
          </Button>
        )}
      </Group>
      {backfill.current && (
        <Text fz="sm">
          <Anchor component={Link} inherit href={`/data/runs/${backfill.current.runId}`}>
            Run for {formatMoment(Date.parse(backfill.current.scheduledFor))}
          </Anchor>{" "}
          is under way
        </Text>
      )}
    </Stack>
  );
}

function NewBackfill({ pipeline, scheduled }: { pipeline: PipelineSummary; scheduled: boolean }) {
  const client = useQueryClient();
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [step, setStep] = useState(scheduled ? "" : "1440");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const start = useMutation({
    mutationFn: () =>
      requestBackfill(
        pipeline.id,
        {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          ...(step && { stepMinutes: Number(step) }),
        },
        key,
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["pipelines", pipeline.id, "backfills"] }),
    // What was refused and is changed is another request.
    onSettled: () => setKey(crypto.randomUUID()),
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <TextInput
            type="datetime-local"
            label={`From (${zone})`}
            required
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            flex="1 1 200px"
          />
          <TextInput
            type="datetime-local"
            label="To, included"
            required
            min={from || undefined}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            flex="1 1 200px"
          />
          <NativeSelect
            label="Times"
            data={scheduled ? [{ value: "", label: "Those of the schedule" }, ...STEPS] : STEPS}
            value={step}
            onChange={(event) => setStep(event.currentTarget.value)}
            flex="1 1 180px"
          />
        </Group>
        {start.isError && <ErrorState title="The backfill was not started" error={start.error} />}
        <Group>
          <Button
            type="submit"
            variant="default"
            leftSection={<IconHistory size={15} aria-hidden />}
            loading={start.isPending}
            disabled={!from || !to}
          >
            Start the backfill
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const runsOf = (count: number) => (count === 1 ? "1 run" : `${formatNumber(count)} runs`);

const countsOf = ({ done, failed, cancelled }: Backfill) =>
  [
    `${formatNumber(done)} done`,
    ...(failed > 0 ? [`${formatNumber(failed)} failed`] : []),
    ...(cancelled > 0 ? [`${formatNumber(cancelled)} cancelled`] : []),
  ].join(", ");

const rangeOf = ({ from, to, total }: Backfill) =>
  `${runsOf(total)}, ${formatMoment(Date.parse(from))} to ${formatMoment(Date.parse(to))}`;
