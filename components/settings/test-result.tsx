"use client";
import { Loader, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { formatDuration } from "#components/ui/format.ts";
import type { DestinationTest } from "./queries.ts";
import classes from "./settings.module.css";

const STAGES = ["resolve", "connect", "tls", "authenticate", "database", "privileges"] as const;
const NAMES: Record<(typeof STAGES)[number], string> = {
  resolve: "Name",
  connect: "Connection",
  tls: "Encryption",
  authenticate: "Sign-in",
  database: "Database",
  privileges: "Privileges",
};

/** Each stage of trying a destination: passed, failed with what to fix, or not reached. */
export function TestResult({ test, pending }: { test: DestinationTest | undefined; pending: boolean }) {
  if (!test && !pending) return null;
  const results = new Map(test?.stages.map((one) => [one.stage, one]));
  return (
    <Paper p="sm" className={classes.test} role="status" aria-label="Result of the test">
      <Stack gap={6} component="ol" className={classes.stages}>
        {STAGES.map((stage) => {
          const result = pending ? undefined : results.get(stage);
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
              <span className={classes.stageName}>{NAMES[stage]}</span>
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
