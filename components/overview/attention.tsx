"use client";
import { Group, Paper, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconGitPullRequest } from "@tabler/icons-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { formatRows } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { ProposalSummary } from "#lib/proposals/schema.ts";
import type { PipelineOverview } from "#lib/runs/schema.ts";
import classes from "./overview.module.css";

/** Lines shown before the rest is only counted. */
const SHOWN = 6;

/** True for a proposal with something in it that nobody has decided. */
export function isWaiting({ outcome, operations }: ProposalSummary): boolean {
  return outcome === "proposed" && operations > 0;
}

/** What waits for a person: pipelines whose last run went wrong, and proposals nobody has decided. */
export function Attention({
  pipelines,
  proposals,
}: {
  pipelines: PipelineOverview[] | undefined;
  proposals: ProposalSummary[] | undefined;
}) {
  if (!pipelines || !proposals) {
    return (
      <Stack gap="xs" aria-busy="true">
        <Skeleton height={44} />
        <Skeleton height={44} />
      </Stack>
    );
  }
  const names = new Map(pipelines.map((pipeline) => [pipeline.id, pipeline]));
  const failing = pipelines.filter(
    ({ lastRun }) => lastRun?.status === "failed" || lastRun?.status === "completed_with_errors",
  );
  const waiting = proposals.filter(isWaiting);
  const lines = [
    ...failing.map((pipeline) => (
      <Line
        key={pipeline.id}
        href={`/data/runs/${pipeline.lastRun?.runId}`}
        icon={
          pipeline.lastRun?.status === "failed" ? (
            <IconCircleX size={18} className={classes.bad} aria-hidden />
          ) : (
            <IconAlertTriangle size={18} className={classes.doubtful} aria-hidden />
          )
        }
        what={
          pipeline.lastRun?.status === "failed"
            ? "Last run failed"
            : `${formatRows(pipeline.lastRun?.rowsRejected ?? 0)} rejected in the last run`
        }
        where={pipeline.name}
        when={pipeline.lastRun?.finishedAt ?? pipeline.lastRun?.startedAt}
      />
    )),
    ...waiting.map((proposal) => {
      const pipeline = proposal.pipelineId ? names.get(proposal.pipelineId) : undefined;
      return (
        <Line
          key={proposal.id}
          href={
            pipeline
              ? `/data/pipelines/${pipeline.slug}?proposal=${proposal.id}`
              : `/data/pipelines?proposal=${proposal.id}`
          }
          icon={<IconGitPullRequest size={18} className={classes.open} aria-hidden />}
          what={`Proposal to decide: “${proposal.message}”`}
          where={pipeline?.name ?? "New pipeline"}
          when={proposal.createdAt}
        />
      );
    }),
  ];
  if (lines.length === 0) {
    return (
      <Paper p="md">
        <Group gap="sm">
          <IconCircleCheck size={18} className={classes.good} aria-hidden />
          <Text>Nothing needs you. Every last run completed and no proposal is waiting.</Text>
        </Group>
      </Paper>
    );
  }
  return (
    <Paper className={classes.lines}>
      {lines.slice(0, SHOWN)}
      {lines.length > SHOWN ? (
        <Text className={classes.rest}>
          and {lines.length - SHOWN} more under <Link href="/data/pipelines">Pipelines</Link>
        </Text>
      ) : null}
    </Paper>
  );
}

function Line({
  href,
  icon,
  what,
  where,
  when,
}: {
  href: string;
  icon: ReactNode;
  what: string;
  where: string;
  when: string | null | undefined;
}) {
  return (
    <Link href={href} className={classes.line}>
      {icon}
      <span className={classes.lineText}>
        <Text component="span" fw={500} truncate>
          {where}
        </Text>
        <Text component="span" c="dimmed" lineClamp={2}>
          {what}
        </Text>
      </span>
      <Text component="span" fz="xs" c="dimmed" className={classes.when}>
        <RelativeTime at={when} />
      </Text>
    </Link>
  );
}
