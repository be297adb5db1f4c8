"use client";
import { Button, Code, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Setup } from "#lib/setup/schema.ts";
import type { SetupTalk } from "./use-setup.ts";

/** The last look before anything is made: its name, where rows go, and the button that makes it. */
export function CardReview({ talk, setup }: { talk: SetupTalk; setup: Setup }) {
  const making = setup.state === "execute";
  return (
    <Stack gap="sm" component="section" aria-label="Review">
      <Title order={3}>Review</Title>
      <NameOfIt key={setup.title} talk={talk} title={setup.title ?? ""} disabled={making} />
      <Text fz="sm">
        Rows go into {setup.destination ? <Code>{setup.destination}</Code> : "the built-in warehouse"}
        {setup.targetSchema ? (
          <>
            , schema <Code>{setup.targetSchema}</Code>
          </>
        ) : null}
        . Creating it saves the source and a pipeline, sets the schedule and starts the first run.
      </Text>
      <Group gap="xs">
        <Button
          loading={talk.busy || making}
          onClick={() => void talk.say({ message: "create it", shown: "Create it" })}
        >
          Create it
        </Button>
        <Button
          variant="default"
          disabled={talk.busy || making}
          onClick={() => void talk.say({ message: "back", shown: "Back" })}
        >
          Back
        </Button>
      </Group>
    </Stack>
  );
}

function NameOfIt({ talk, title, disabled }: { talk: SetupTalk; title: string; disabled: boolean }) {
  const [typed, setTyped] = useState(title);
  const changed = typed.trim() !== "" && typed.trim() !== title;
  function rename(event: FormEvent) {
    event.preventDefault();
    if (changed) void talk.say({ message: `call it ${typed.trim()}` });
  }
  return (
    <form onSubmit={rename}>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <TextInput
          size="xs"
          flex={1}
          label="Name"
          value={typed}
          disabled={disabled || talk.busy}
          onChange={(event) => setTyped(event.currentTarget.value)}
          maxLength={100}
        />
        <Button size="xs" variant="default" type="submit" disabled={!changed || talk.busy}>
          Rename
        </Button>
      </Group>
    </form>
  );
}
