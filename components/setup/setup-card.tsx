"use client";
import { Paper, Progress, Stack, Text, Title } from "@mantine/core";
import type { ConnectorSpec } from "#lib/connectors/schema.ts";
import { CardConnection } from "./card-connection.tsx";
import { CardResult } from "./card-result.tsx";
import { CardReview } from "./card-review.tsx";
import { CardStreams } from "./card-streams.tsx";
import { CardSync } from "./card-sync.tsx";
import { STEPS, stepName, stepOf } from "./steps.ts";
import type { SetupTalk } from "./use-setup.ts";

/** What is known so far, live; what comes next can be done here too, without a word. */
export function SetupCard({ talk, connector }: { talk: SetupTalk; connector: ConnectorSpec | undefined }) {
  const { view } = talk;
  const state = view?.state ?? "select_source_type";
  const setup = view?.setup;
  const step = stepOf(state);
  return (
    <Paper p="md" component="section" aria-labelledby="setup-so-far">
      <Stack gap="lg">
        <Stack gap={6}>
          <Title order={2} id="setup-so-far">
            {setup?.title ?? "What is known so far"}
          </Title>
          <Text fz="xs" c="dimmed" aria-live="polite">
            {state === "failed"
              ? "Stopped"
              : step < STEPS.length
                ? `Step ${step + 1} of ${STEPS.length}: ${stepName(state).toLowerCase()}`
                : "Done"}
          </Text>
          <Progress
            value={(Math.min(step, STEPS.length) / STEPS.length) * 100}
            size="sm"
            aria-label="Steps that are done"
          />
        </Stack>
        {setup && connector ? (
          <>
            {state === "done" || (state === "failed" && setup.outcome) ? (
              <CardResult talk={talk} setup={setup} />
            ) : null}
            {state === "select_streams" && setup.found && setup.found.total > 0 ? (
              <CardStreams talk={talk} setup={setup} />
            ) : null}
            {setup.picked.length > 0 && state !== "select_streams" ? (
              <CardSync talk={talk} setup={setup} />
            ) : null}
            {state === "review" || state === "execute" ? <CardReview talk={talk} setup={setup} /> : null}
            <CardConnection talk={talk} setup={setup} connector={connector} />
          </>
        ) : (
          <Text fz="sm" c="dimmed">
            The connection, the stages of its test, its streams and the schedule stand here as they become
            known.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
