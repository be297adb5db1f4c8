"use client";
import { Button, Code, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { formatMoment } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { PickedStream, Setup } from "#lib/setup/schema.ts";
import classes from "./card.module.css";
import type { SetupTalk } from "./use-setup.ts";
import { quoted } from "./words.ts";

const EVERYTHING = "full_refresh";
const OPEN = ["configure_sync", "review"];

/** How each stream is kept up to date, and when. */
export function CardSync({ talk, setup }: { talk: SetupTalk; setup: Setup }) {
  const changeable = OPEN.includes(setup.state);
  const open = changeable && !talk.busy;
  return (
    <>
      <Stack gap="sm" component="section" aria-label="How streams are kept">
        <Group justify="space-between">
          <Title order={3}>Streams</Title>
          {changeable ? (
            <Button
              size="compact-xs"
              variant="subtle"
              disabled={!open}
              onClick={() => void talk.say({ message: "change the streams", shown: "Change the streams" })}
            >
              Change
            </Button>
          ) : null}
        </Group>
        <ul className={classes.picked} aria-label="Chosen streams">
          {setup.picked.map((stream) => (
            <Picked key={stream.name} stream={stream} open={open} changeable={changeable} talk={talk} />
          ))}
        </ul>
      </Stack>
      <Schedule talk={talk} setup={setup} changeable={changeable} />
    </>
  );
}

function Picked(props: { stream: PickedStream; open: boolean; changeable: boolean; talk: SetupTalk }) {
  const { stream, open, changeable, talk } = props;
  const { name, table, syncMode, cursorField, cursorFields, syncModes } = stream;
  const cursors = syncModes.includes("incremental") ? cursorFields : [];
  const modes = [
    { value: EVERYTHING, label: "Everything each time" },
    ...cursors.map((cursor) => ({ value: `by ${cursor}`, label: `Only what is new, by ${cursor}` })),
  ];
  const value = syncMode === "incremental" && cursorField ? `by ${cursorField}` : EVERYTHING;
  function change(to: string) {
    const how = to === EVERYTHING ? "full refresh" : `incremental ${to}`;
    void talk.say({ message: `${quoted(name)} ${how}`, shown: `${name}: ${how}` });
  }
  return (
    <li>
      <span className={classes.streamName} title={name}>
        {name}
      </span>
      <Text fz="xs" c="dimmed" className={classes.into}>
        into <Code>{table}</Code>
      </Text>
      {changeable && modes.length > 1 ? (
        <NativeSelect
          size="xs"
          aria-label={`How ${name} is kept up to date`}
          data={modes}
          value={value}
          disabled={!open}
          onChange={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <Text fz="xs">{modes.find((mode) => mode.value === value)?.label}</Text>
      )}
    </li>
  );
}

const PRESETS = [
  ["every 15 minutes", "Every 15 minutes"],
  ["every hour", "Every hour"],
  ["only when I say so", "Only when I say so"],
] as const;

function Schedule({ talk, setup, changeable }: { talk: SetupTalk; setup: Setup; changeable: boolean }) {
  const [words, setWords] = useState("");
  const data = talk.view?.data ?? {};
  const told = typeof data.schedule_text === "string" ? data.schedule_text : undefined;
  const said = setup.schedule === null ? "only when you say so" : setup.schedule && told;
  const next = Array.isArray(data.next_runs) ? (data.next_runs as string[]) : [];
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const daily = ["every day at 6:00", ...(zone && zone !== "UTC" ? [`in ${zone}`] : [])].join(" ");
  if (!changeable && !said) return null;
  function send(event: FormEvent) {
    event.preventDefault();
    if (talk.busy || !words.trim()) return;
    void talk.say({ message: words.trim() });
    setWords("");
  }
  return (
    <Stack gap="sm" component="section" aria-label="Schedule">
      <Title order={3}>Schedule</Title>
      {said ? <Text fz="sm">{sentence(said)}</Text> : null}
      {next.length > 0 ? (
        <div>
          <Text fz="xs" c="dimmed">
            The next three runs
          </Text>
          <ol className={classes.runs}>
            {next.map((at) => (
              <li key={at}>
                {formatMoment(Date.parse(at))}{" "}
                <Text span fz="xs" c="dimmed">
                  <RelativeTime at={at} />
                </Text>
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      {changeable ? (
        <>
          <Group gap={6} role="group" aria-label="How often">
            {[[daily, "Every day at 6:00"] as const, ...PRESETS].map(([message, label]) => (
              <Button
                key={label}
                size="compact-sm"
                variant="default"
                disabled={talk.busy}
                onClick={() => void talk.say({ message, shown: label })}
              >
                {label}
              </Button>
            ))}
          </Group>
          <form onSubmit={send}>
            <Group gap={6} align="flex-end" wrap="nowrap">
              <TextInput
                size="xs"
                flex={1}
                label="In your own words, or as cron"
                placeholder="every Monday at 7:30 in Europe/Berlin"
                value={words}
                onChange={(event) => setWords(event.currentTarget.value)}
                maxLength={200}
              />
              <Button size="xs" variant="default" type="submit" disabled={talk.busy || !words.trim()}>
                Set
              </Button>
            </Group>
          </form>
        </>
      ) : null}
    </Stack>
  );
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
