"use client";
import { Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { formatDuration } from "#components/ui/format.ts";
import type { StageReport } from "#lib/connectors/schema.ts";
import { type ShownStage, shownStages } from "./shown-stages.ts";
import classes from "./stage-list.module.css";

/**
 * The stages of a test: passed, failed with what was found, under way, or still to come. Each has its place from the
 * start, so nothing moves while they come in.
 */
export function StageList({
  stages,
  running,
  connector,
  label = "Stages of the test",
}: {
  stages: readonly StageReport[];
  running: boolean;
  connector: string;
  label?: string;
}) {
  return (
    <Stack gap={6} component="ol" className={classes.stages} aria-label={label}>
      {shownStages(stages, running, connector).map((stage) => (
        <li key={stage.stage} className={classes.stage} data-state={stage.state}>
          <StageIcon state={stage.state} />
          <span className={classes.name}>{stage.name}</span>
          <Text component="span" fz="sm" c={stage.report ? undefined : "dimmed"} className={classes.text}>
            {stage.report?.message ?? WORDS[stage.state]}
          </Text>
          <Text component="span" fz="xs" c="dimmed">
            {stage.report ? formatDuration(stage.report.ms) : ""}
          </Text>
        </li>
      ))}
    </Stack>
  );
}

const WORDS: Record<ShownStage["state"], string> = {
  passed: "Passed",
  failed: "Failed",
  running: "Trying",
  waiting: "Waiting",
  not_reached: "Not reached",
  not_needed: "Not needed here",
};

function StageIcon({ state }: { state: ShownStage["state"] }) {
  if (state === "passed") return <IconCircleCheck size={16} className={classes.ok} aria-label="passed" />;
  if (state === "failed") return <IconCircleX size={16} className={classes.bad} aria-label="failed" />;
  if (state === "running") return <Loader size={14} aria-hidden />;
  return <IconCircleDashed size={16} className={classes.idle} aria-hidden />;
}
