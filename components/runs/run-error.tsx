"use client";
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconSparkles } from "@tabler/icons-react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { RunError, RunProgress } from "#lib/runs/schema.ts";

/** Why a run failed: where, which rule, which row, what to do next. */
export function RunErrorCard({ run, error }: { run: RunProgress; error: RunError }) {
  const assistant = useAssistant();
  const mayPropose = useCan("proposals.create");
  const where = whereOf(error);
  const fix = () =>
    assistant.open({
      send: fixMessage(run, error),
      shown: `Fix the failed run: ${error.message}`,
    });
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
          {mayPropose && (
            <Button size="xs" leftSection={<IconSparkles size={14} aria-hidden />} onClick={fix}>
              Fix with AI
            </Button>
          )}
          <Group gap={2}>
            <Code>{error.code}</Code>
            <CopyButton value={JSON.stringify({ runId: run.runId, ...error })} label="Copy the error" />
          </Group>
        </Group>
      </Stack>
    </Alert>
  );
}

function whereOf(error: RunError): [string, string][] {
  return [
    ...(error.nodeId ? [["Node", error.nodeId] as [string, string]] : []),
    ...(error.rule ? [["Rule", error.rule] as [string, string]] : []),
    ...(error.row === undefined ? [] : [["Row", error.row.toLocaleString("en-US")] as [string, string]]),
  ];
}

/** Rows are left out: what they hold is not for a model's eyes. */
function fixMessage(run: RunProgress, error: RunError): string {
  const where = whereOf(error)
    .map(([word, value]) => `${word.toLowerCase()} ${value}`)
    .join(", ");
  return [
    `The run of version ${run.pipelineVersion} failed${where ? ` at ${where}` : ""}.`,
    `Error ${error.code}: ${error.message}`,
    ...(error.hint ? [error.hint] : []),
    "Propose a change to the pipeline that fixes this, or say why none would.",
  ].join("\n");
}
