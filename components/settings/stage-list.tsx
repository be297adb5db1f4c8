"use client";
import { Loader, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { formatDuration } from "#components/ui/format.ts";
import classes from "./settings.module.css";

/** What came of one stage. */
type Result = { ok: boolean; message: string; ms: number };

/** The stages of a test in order: passed, failed with what to fix, or not reached. Nothing before there was a test. */
export function StageList<Stage extends string>({
  names,
  results,
  pending,
}: {
  names: readonly (readonly [Stage, string])[];
  results: ReadonlyMap<Stage, Result> | undefined;
  pending: boolean;
}) {
  if (!results && !pending) return null;
  return (
    <Paper p="sm" className={classes.test} role="status" aria-label="Result of the test">
      <Stack gap={6} component="ol" className={classes.stages}>
        {names.map(([stage, name]) => {
          const result = pending ? undefined : results?.get(stage);
          return (
            <li key={stage} className={classes.stage}>
              {pending ? (
                <Loader size={14} aria-hidden />
              ) : result ? (
                result.ok ? (
                  <IconCircleCheck size={16} className={classes.ok} aria-label="passed" />
                ) : (
                  <IconCircleX size={16} className={classes.bad} aria-label="failed" />
                )
              ) : (
                <IconCircleDashed size={16} className={classes.idle} aria-label="not reached" />
              )}
              <span className={classes.stageName}>{name}</span>
              <Text component="span" fz="sm" c={result ? undefined : "dimmed"} className={classes.stageText}>
                {pending ? "" : (result?.message ?? "Not reached")}
              </Text>
              <Text component="span" fz="xs" c="dimmed">
                {result ? formatDuration(result.ms) : ""}
              </Text>
            </li>
          );
        })}
      </Stack>
    </Paper>
  );
}
