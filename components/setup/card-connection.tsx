"use client";
import { Group, Stack, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { ConnectorMark } from "#components/sources/connector-mark.tsx";
import { StageList } from "#components/sources/stage-list.tsx";
import { type ConnectorSpec, fieldsOf } from "#lib/connectors/schema.ts";
import type { Setup } from "#lib/setup/schema.ts";
import classes from "./card.module.css";
import type { SetupTalk } from "./use-setup.ts";

/** The connection: its fields, secrets as "entered", and how its test went, stage by stage. */
export function CardConnection(props: { talk: SetupTalk; setup: Setup; connector: ConnectorSpec }) {
  const { talk, setup, connector } = props;
  const known = fieldsOf(connector).filter(
    ({ name }) => setup.config[name] !== undefined || setup.held.includes(name),
  );
  return (
    <Stack gap="sm" component="section" aria-label="Connection">
      <Title order={3}>
        <ConnectorMark name={connector.name} />
      </Title>
      {known.length > 0 ? (
        <dl className={classes.facts}>
          {known.map(({ name, title, secret, multiline }) => (
            <div key={name} data-wrong={setup.failure?.field === name || undefined}>
              <dt>{title}</dt>
              <dd>
                {secret ? (
                  <Group gap={5} wrap="nowrap" component="span" display="inline-flex">
                    <IconLock size={13} aria-hidden />
                    entered
                  </Group>
                ) : multiline ? (
                  "given"
                ) : (
                  String(setup.config[name])
                )}
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <Text fz="sm" c="dimmed">
          Nothing is entered yet.
        </Text>
      )}
      <Test talk={talk} setup={setup} connector={connector} />
    </Stack>
  );
}

function Test({ talk, setup, connector }: { talk: SetupTalk; setup: Setup; connector: ConnectorSpec }) {
  const { view, sending, busy } = talk;
  const coming = sending && sending.error === undefined ? sending.stages : [];
  const testing = busy && (coming.length > 0 || view?.state === "test_connection");
  const stages = coming.length > 0 ? coming : (view?.stages ?? []);
  if (stages.length === 0 && !testing) return null;
  const failure = busy ? undefined : setup.failure;
  return (
    <Stack gap="sm">
      <Title order={4}>Test</Title>
      <StageList stages={stages} running={testing} connector={connector.name} />
      {failure ? (
        <Text fz="sm" fw={500}>
          {failure.fix}
        </Text>
      ) : null}
    </Stack>
  );
}
