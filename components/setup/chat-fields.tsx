"use client";
import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { type FormEvent, useRef } from "react";
import { ConnectorFields } from "#components/sources/connector-fields.tsx";
import { focusField } from "#components/sources/field-input.tsx";
import type { ConnectorField } from "#lib/connectors/schema.ts";
import type { FieldDrafts } from "./use-field-drafts.ts";
import type { SetupTalk } from "./use-setup.ts";

/** The fields that the agent asks for, inside the conversation; secrets are masked and go straight to the server. */
export function ChatFields(props: { talk: SetupTalk; fields: FieldDrafts; asked: ConnectorField[] }) {
  const { talk, fields, asked } = props;
  const form = useRef<HTMLFormElement>(null);
  const setup = talk.view?.setup;
  function send(event: FormEvent) {
    event.preventDefault();
    const wrong = fields.send(asked);
    if (wrong) focusField(form.current, wrong);
  }
  return (
    <Paper
      p="md"
      component="form"
      ref={form}
      onSubmit={send}
      noValidate
      autoComplete="off"
      aria-label="Missing fields"
    >
      <Stack gap="sm">
        <ConnectorFields
          connector={setup?.connector ?? ""}
          fields={asked}
          required={fields.missing}
          drafts={fields.drafts}
          config={setup?.config ?? {}}
          held={setup?.held ?? []}
          errors={fields.errors}
          onDrafts={fields.change}
        />
        <Group justify="space-between" gap="xs">
          {asked.some(({ secret }) => secret) ? (
            <Group gap={6} wrap="nowrap" flex="1 1 200px">
              <IconLock size={14} aria-hidden style={{ flex: "none" }} />
              <Text fz="xs" c="dimmed">
                Secrets are encrypted and never shown again.
              </Text>
            </Group>
          ) : (
            <span />
          )}
          <Button type="submit" size="xs">
            Send
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
