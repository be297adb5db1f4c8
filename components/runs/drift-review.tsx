"use client";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { pipelineQuery } from "#components/pipelines/queries.ts";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { notifyError } from "#components/ui/notify.ts";
import type { RunProgress } from "#lib/runs/schema.ts";
import { driftOfRun, driftWords } from "./drift-of-run.ts";
import { proposeDrift } from "./queries.ts";

/**
 * Says which columns a run met that were not expected, and opens the change that answers them for review. Nothing once
 * the pipeline has another version: the change may be in it.
 */
export function DriftReview({ run }: { run: RunProgress }) {
  const client = useQueryClient();
  const assistant = useAssistant();
  const mayPropose = useCan("proposals.create");
  const drift = driftOfRun(run);
  const pipeline = useQuery({ ...pipelineQuery(run.pipelineId), enabled: drift !== undefined });
  const review = useMutation({
    mutationFn: (added: "leave_out" | "take") => proposeDrift(run.runId, added),
    onSuccess: async ({ id }) => {
      assistant.open({ proposal: id });
      await client.invalidateQueries({ queryKey: ["proposals"] });
    },
    onError: (error) => notifyError("No change was proposed", error),
  });
  if (!drift || !mayPropose || !pipeline.data || pipeline.data.version !== run.pipelineVersion) return null;
  const frozen = run.error?.code === "schema_frozen";
  const both = drift.added.length > 0 && drift.missing.length === 0;
  const asked = (added: "leave_out" | "take") => ({
    loading: review.isPending && review.variables === added,
    disabled: review.isPending && review.variables !== added,
    onClick: () => review.mutate(added),
  });
  return (
    <Alert
      color="blue"
      icon={<IconArrowsExchange aria-hidden />}
      title="The source has changed: review the change"
    >
      <Stack gap="xs" align="flex-start">
        <Text fz="sm" style={{ overflowWrap: "anywhere" }}>
          {driftWords(drift)}
        </Text>
        <Group gap="xs">
          <Button size="xs" {...asked("leave_out")}>
            {both ? "Leave out what is new" : "Review the change"}
          </Button>
          {(both || (frozen && drift.changed.length > 0)) && (
            <Button size="xs" variant="default" {...asked("take")}>
              {both ? "Take it in" : "Let the table follow"}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
