"use client";
import {
  Alert,
  Button,
  Group,
  Loader,
  Paper,
  SimpleGrid,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { type FormEvent, useRef } from "react";
import { ConnectorFields } from "#components/sources/connector-fields.tsx";
import { ConnectorIcon } from "#components/sources/connector-mark.tsx";
import { focusField } from "#components/sources/field-input.tsx";
import { FIRST_OPTIONS } from "./first-question.ts";
import classes from "./form.module.css";
import { Underway } from "./turns.tsx";
import type { FieldDrafts } from "./use-field-drafts.ts";
import type { SetupTalk } from "./use-setup.ts";

/** The standard form: the kind of source, then its fields. It says the same to the conversation as the chat does. */
export function FormPanel({ talk, fields }: { talk: SetupTalk; fields: FieldDrafts }) {
  const { view } = talk;
  if (!fields.spec || view?.state === "select_source_type") return <KindOfSource talk={talk} />;
  return <Fields talk={talk} fields={fields} title={fields.spec.title} />;
}

function KindOfSource({ talk }: { talk: SetupTalk }) {
  return (
    <Paper p="lg" component="section" aria-labelledby="kind-of-source">
      <Title order={2} mb="sm" id="kind-of-source">
        What kind of source is it?
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="xs">
        {FIRST_OPTIONS.map(({ value, label }) => (
          <UnstyledButton
            key={value}
            className={classes.kind}
            disabled={talk.busy}
            onClick={() => void talk.say({ message: value, shown: label })}
          >
            <ConnectorIcon name={value} size={18} />
            <span>{label}</span>
          </UnstyledButton>
        ))}
      </SimpleGrid>
      <Stack gap="xs" mt="sm" aria-live="polite">
        <Underway talk={talk} />
      </Stack>
    </Paper>
  );
}

function Fields({ talk, fields, title }: { talk: SetupTalk; fields: FieldDrafts; title: string }) {
  const form = useRef<HTMLFormElement>(null);
  const setup = talk.view?.setup;
  const required = fields.fields.filter(
    ({ name, required }) =>
      required || fields.missing.has(name) || fields.spec?.alternatives?.flat().includes(name),
  );
  const optional = fields.fields.filter((field) => !required.includes(field));
  const closed = talk.view?.state === "done" || talk.view?.state === "execute";
  function send(event: FormEvent) {
    event.preventDefault();
    const wrong = fields.send(fields.fields);
    if (wrong) focusField(form.current, wrong);
  }
  const shared = {
    connector: setup?.connector ?? "",
    drafts: fields.drafts,
    config: setup?.config ?? {},
    held: setup?.held ?? [],
    errors: fields.errors,
    onDrafts: fields.change,
  };
  const needed = new Set(
    required.filter((one) => one.required || fields.missing.has(one.name)).map(({ name }) => name),
  );
  return (
    <Paper
      p="lg"
      component="form"
      ref={form}
      onSubmit={send}
      noValidate
      autoComplete="off"
      aria-label={`Connection to ${title}`}
    >
      <fieldset disabled={talk.busy || closed} className={classes.fieldset}>
        <Stack gap="md">
          <Group justify="space-between">
            <Title order={2}>{title}</Title>
            {closed ? null : (
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() =>
                  void talk.say({ message: "change the source type", shown: "Another kind of source" })
                }
              >
                Another kind of source
              </Button>
            )}
          </Group>
          <ConnectorFields {...shared} fields={required} required={needed} />
          {optional.length > 0 ? (
            <>
              <Title order={3}>Optional</Title>
              <ConnectorFields {...shared} fields={optional} required={needed} />
            </>
          ) : null}
        </Stack>
      </fieldset>
      <Stack gap="sm" mt="md">
        <Stack gap="xs" aria-live="polite">
          <Said talk={talk} />
        </Stack>
        {closed ? null : (
          <Group justify="space-between" gap="xs">
            <Text fz="xs" c="dimmed" flex="1 1 220px">
              Secrets are encrypted and never shown again. A connection URL can be pasted into any field.
            </Text>
            <Button type="submit" loading={talk.busy}>
              Test the connection
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

/** What the agent said last, and what is under way. */
function Said({ talk }: { talk: SetupTalk }) {
  const { view, busy, sending } = talk;
  if (sending?.error !== undefined) return <Underway talk={talk} />;
  if (busy)
    return (
      <Group gap={8} mih={22}>
        <Loader size={12} type="oval" aria-hidden />
        <Text fz="sm" c="dimmed">
          One moment
        </Text>
      </Group>
    );
  const failure = view?.state === "gather_credentials" ? view.setup.failure : undefined;
  if (failure)
    return (
      <Alert color="red" variant="light" title={failure.message}>
        {failure.fix}
      </Alert>
    );
  return (
    <Text fz="sm" className={classes.said}>
      {view?.message}
    </Text>
  );
}
