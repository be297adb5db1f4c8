"use client";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import Link from "next/link";
import type { Setup } from "#lib/setup/schema.ts";
import classes from "./card.module.css";
import type { SetupTalk } from "./use-setup.ts";

/** What was made, what was not, and where to find it. */
export function CardResult({ talk, setup }: { talk: SetupTalk; setup: Setup }) {
  const { outcome = {} } = setup;
  const { schedule, initial_sync: sync } = outcome;
  const pipeline = outcome.pipeline_slug ?? outcome.pipeline_id;
  const mendable = setup.state === "failed" || schedule?.ok === false || sync?.ok === false;
  return (
    <Stack gap="sm" component="section" aria-label="Result">
      <Title order={3}>{setup.state === "done" ? "It is connected" : "It could not be set up"}</Title>
      {outcome.error ? (
        <Alert color="red" variant="light" role="status">
          {outcome.error}
        </Alert>
      ) : null}
      <ul className={classes.parts}>
        <Part ok={outcome.source_id !== undefined} what="Source" good="saved" bad="not saved" />
        <Part ok={pipeline !== undefined} what="Pipeline" good="saved" bad="not saved" />
        {schedule ? (
          <Part ok={schedule.ok} what="Schedule" good="set" bad={schedule.error ?? "not set"} />
        ) : null}
        {sync ? (
          <Part ok={sync.ok} what="First run" good="started" bad={sync.error ?? "not started"} />
        ) : null}
      </ul>
      <Group gap="xs">
        {mendable ? (
          <Button
            size="xs"
            loading={talk.busy}
            onClick={() => void talk.say({ message: "retry", shown: "Try again" })}
          >
            Try again what did not work
          </Button>
        ) : null}
        {sync?.run_id ? (
          <Button
            component={Link}
            href={`/data/runs/${sync.run_id}`}
            size="xs"
            variant={mendable ? "default" : "filled"}
          >
            Open the run
          </Button>
        ) : null}
        {pipeline ? (
          <Button component={Link} href={`/data/pipelines/${pipeline}`} size="xs" variant="default">
            Open the pipeline
          </Button>
        ) : null}
        {outcome.source_id ? (
          <Button component={Link} href={`/data/sources/${outcome.source_id}`} size="xs" variant="default">
            Open the source
          </Button>
        ) : null}
        {setup.state === "done" ? (
          <Button size="xs" variant="default" onClick={talk.leave}>
            Connect another source
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}

function Part({ ok, what, good, bad }: { ok: boolean; what: string; good: string; bad: string }) {
  return (
    <li>
      {ok ? (
        <IconCircleCheck size={16} className={classes.ok} aria-hidden />
      ) : (
        <IconCircleX size={16} className={classes.bad} aria-hidden />
      )}
      <Text fz="sm">
        {what}: {ok ? good : bad}
      </Text>
    </li>
  );
}
