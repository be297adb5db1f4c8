"use client";
import { Alert, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { RunError, RunProgress } from "#lib/runs/schema.ts";
import { whereOf } from "./fix-message.ts";
import { FixWithAi } from "./fix-with-ai.tsx";

/** Why a run failed: where, which rule, which row, what to do next. */
export function RunErrorCard({ run, error }: { run: RunProgress; error: RunError }) {
  const where = whereOf(error);
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={run.status === "failed" ? "The run failed" : "The last attempt failed"}
    >
      <Stack gap="xs" align="flex-start">
        <Text fz="sm" style={{ overflowWrap: "anywhere" }}>
          {error.message}
        </Text>
        {where.length > 0 && (
          <Group gap="md">
            {where.map(([word, value]) => (
              <Text key={word} fz="sm" component="div">
                {word} <Code>{value}</Code>
              </Text>
            ))}
          </Group>
        )}
        {error.hint && <Text fz="sm">{error.hint}</Text>}
        {run.retryAt && (
          <Text fz="sm" component="div">
            Next attempt <RelativeTime at={run.retryAt} />
          </Text>
        )}
        <Group gap="xs">
          <FixWithAi run={run} error={error} />
          <Group gap={2}>
            <Code>{error.code}</Code>
            <CopyButton value={JSON.stringify({ runId: run.runId, ...error })} label="Copy the error" />
          </Group>
        </Group>
      </Stack>
    </Alert>
  );
}
