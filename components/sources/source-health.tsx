"use client";
import { Alert, Button, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Section } from "#components/ui/section.tsx";
import { sources } from "#lib/client/index.ts";
import type { Source } from "#lib/sources/schema.ts";
import { refreshSources } from "./queries.ts";
import { StageList } from "./stage-list.tsx";

/** Whether a source can be reached: what the last check found, and the way to check again, stage by stage. */
export function SourceHealthSection({ source }: { source: Source }) {
  const may = useCan("sources.write");
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => sources.test(source.id),
    onSettled: () => refreshSources(client),
  });
  const { health, checkedAt } = source;
  const failure = test.data ? test.data.failure : health && !health.ok ? health : undefined;
  return (
    <Section
      title="Health"
      description={
        checkedAt ? (
          <>
            Last tested <RelativeTime at={checkedAt} />
            {health?.ok ? `. ${health.message}` : ""}
          </>
        ) : (
          "Never tested"
        )
      }
      actions={
        may ? (
          <Button
            variant="default"
            leftSection={<IconPlugConnected size={15} aria-hidden />}
            loading={test.isPending}
            onClick={() => test.mutate()}
          >
            {checkedAt ? "Test again" : "Test it"}
          </Button>
        ) : undefined
      }
    >
      <Stack gap="sm" aria-live="polite">
        {test.data || test.isPending ? (
          <Paper p="sm">
            <StageList
              stages={test.data?.stages ?? []}
              running={test.isPending}
              connector={source.connector}
              label="Stages of the test"
            />
          </Paper>
        ) : null}
        {test.error ? <ErrorState error={test.error} title="The test did not run" /> : null}
        {failure && !test.isPending ? (
          <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={failure.message}>
            <Text fz="sm">{failure.fix}</Text>
          </Alert>
        ) : null}
      </Stack>
    </Section>
  );
}
