"use client";
import { Alert, Anchor, Button, List, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlayerStop, IconRefresh, IconSparkles } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo } from "react";
import { useAssistant, useAssistantSubject } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatDuration, formatMoment } from "#components/ui/format.ts";
import { IdText } from "#components/ui/id-text.tsx";
import { Lost } from "#components/ui/lost.tsx";
import { notifyError } from "#components/ui/notify.ts";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { isApiError } from "#lib/client/index.ts";
import type { RunProgress } from "#lib/runs/schema.ts";
import { DriftReview } from "./drift-review.tsx";
import { cancelRun, retryRun } from "./queries.ts";
import classes from "./run.module.css";
import { RunErrorCard } from "./run-error.tsx";
import { RunLedger } from "./run-ledger.tsx";
import { RunProgressLine } from "./run-progress.tsx";
import { RunSteps } from "./run-steps.tsx";
import { useRun } from "./use-run.ts";

const RunLog = dynamic(() => import("./run-log.tsx").then((module) => module.RunLog), {
  ssr: false,
  loading: () => <Skeleton height={340} />,
});
const RunQuarantine = dynamic(() => import("./run-quarantine.tsx").then((module) => module.RunQuarantine), {
  ssr: false,
  loading: () => <Skeleton height={240} />,
});

/** One run: how far it is, where every row went, what it said, what to do about it. */
export function RunPage({ runId }: { runId: string }) {
  const { run, live } = useRun(runId);
  const data = run.data;
  const subject = useMemo(
    () =>
      data ? { pipelineId: data.pipelineId, slug: data.pipelineSlug, name: data.pipelineName } : undefined,
    [data?.pipelineId, data?.pipelineSlug, data?.pipelineName, data],
  );
  useAssistantSubject(subject);
  if (isApiError(run.error) && run.error.status === 404) return <Lost />;
  if (run.isError) {
    return (
      <PageBody>
        <ErrorState title="The run could not be loaded" error={run.error} onRetry={() => run.refetch()} />
      </PageBody>
    );
  }
  if (!data) {
    return (
      <PageBody>
        <Stack gap="md" aria-busy="true" aria-label="Loading">
          <Skeleton height={28} width="min(360px, 70%)" />
          <Skeleton height={14} width="min(260px, 50%)" />
          <Skeleton height={76} />
          <Skeleton height={340} />
        </Stack>
      </PageBody>
    );
  }
  return (
    <PageBody>
      <Header run={data} live={live} />
      {live && <RunProgressLine run={data} />}
      {data.error && <RunErrorCard run={data} error={data.error} />}
      {!live && <DriftReview run={data} />}
      {data.ledger && (data.ledger.balanced || data.ledger.read > 0) && (
        <RunLedger ledger={data.ledger} ended={data.status === "failed" || data.status === "cancelled"} />
      )}
      {data.warnings.length > 0 && <Warnings run={data} />}
      <div className={classes.wrap}>
        <div className={classes.columns}>
          <RunSteps nodes={data.nodes} />
          <RunLog runId={runId} live={live} nodes={data.nodes.map((node) => node.nodeId)} />
        </div>
      </div>
      {data.rowsRejected > 0 && !live && data.replayOf === null && <RunQuarantine run={data} />}
    </PageBody>
  );
}

function Header({ run, live }: { run: RunProgress; live: boolean }) {
  const client = useQueryClient();
  const mayCancel = useCan("runs.cancel");
  const mayRun = useCan("pipelines.run");
  const refresh = () => client.invalidateQueries({ queryKey: ["runs"] });
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.runId),
    onSuccess: refresh,
    onError: (error) => notifyError("The run was not cancelled", error),
  });
  const retry = useMutation({
    mutationFn: () => retryRun(run.runId),
    onSuccess: refresh,
    onError: (error) => notifyError("The run was not queued again", error),
  });
  const waits = run.status === "queued" && run.retryAt !== null;
  const again = run.status === "failed" || run.status === "cancelled" || waits;
  return (
    <PageHeader
      back={{ href: "/data/runs", label: "Runs" }}
      title={
        <Anchor
          component={Link}
          inherit
          c="var(--mantine-color-text)"
          href={`/data/pipelines/${run.pipelineSlug}`}
        >
          {run.pipelineName}
        </Anchor>
      }
      badges={<StatusBadge status={run.status} />}
      description={<Facts run={run} />}
      actions={
        <>
          {live && mayCancel && (
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={15} aria-hidden />}
              loading={cancel.isPending}
              disabled={run.cancelRequested}
              onClick={() => cancel.mutate()}
            >
              {run.cancelRequested ? "Stopping" : "Cancel"}
            </Button>
          )}
          {again && mayRun && (
            <Button
              variant="default"
              leftSection={<IconRefresh size={15} aria-hidden />}
              loading={retry.isPending}
              onClick={() => retry.mutate()}
            >
              {waits ? "Try now" : "Retry"}
            </Button>
          )}
          <AssistantButton />
        </>
      }
    />
  );
}

function AssistantButton() {
  const assistant = useAssistant();
  if (assistant.opened) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconSparkles size={15} aria-hidden />}
      onClick={() => assistant.open()}
    >
      Assistant
    </Button>
  );
}

const STARTERS: Partial<Record<RunProgress["trigger"], string>> = {
  schedule: "its schedule",
  backfill: "a backfill",
};

function Facts({ run }: { run: RunProgress }) {
  const took =
    run.startedAt && run.finishedAt ? Date.parse(run.finishedAt) - Date.parse(run.startedAt) : undefined;
  return (
    <Text fz="sm" component="div" className={classes.facts}>
      <Anchor
        component={Link}
        inherit
        href={`/data/pipelines/${run.pipelineSlug}?tab=versions&right=${run.pipelineVersion}`}
      >
        Version {run.pipelineVersion}
      </Anchor>
      <span>
        Started <RelativeTime at={run.startedAt} fallback="not yet" /> by{" "}
        {STARTERS[run.trigger] ?? run.requestedByName ?? run.requestedBy}
      </span>
      {run.replayOf && (
        <span>
          Replays rejected rows of{" "}
          <Anchor component={Link} inherit href={`/data/runs/${run.replayOf}`}>
            an earlier run
          </Anchor>
        </span>
      )}
      {run.scheduledFor && (
        <span>
          For{" "}
          <time dateTime={run.scheduledFor} suppressHydrationWarning>
            {formatMoment(Date.parse(run.scheduledFor))}
          </time>
        </span>
      )}
      {took === undefined ? null : <span>Took {formatDuration(took)}</span>}
      {run.attempt > 1 && <span>Attempt {run.attempt}</span>}
      <IdText id={run.runId} label="Copy the run's id" />
    </Text>
  );
}

function Warnings({ run }: { run: RunProgress }) {
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle aria-hidden />}
      title={run.warnings.length === 1 ? "1 warning" : `${run.warnings.length} warnings`}
    >
      <List size="sm" spacing={4}>
        {run.warnings.map((warning) => (
          <List.Item key={`${warning.nodeId}${warning.message}`}>
            {warning.nodeId ? `${warning.nodeId}: ` : ""}
            {warning.message} {warning.hint}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
