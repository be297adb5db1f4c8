"use client";
import { Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { StreamList } from "#components/sources/stream-list.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { limits } from "#lib/limits.ts";
import type { Setup } from "#lib/setup/schema.ts";
import { offerOf } from "./queries.ts";
import type { SetupTalk } from "./use-setup.ts";
import { type Choice, choiceInWords, choose, countChosen, isChosen, nothingChosen } from "./words.ts";

/** The streams there are, to tick; what is ticked is said to the agent in its own words. */
export function CardStreams({ talk, setup }: { talk: SetupTalk; setup: Setup }) {
  const { id } = talk;
  const [choice, setChoice] = useState<Choice>(() => ({
    ...nothingChosen,
    names: new Set(setup.picked.map(({ name }) => name)),
  }));
  const { connector, config } = setup;
  const offer = useMemo(
    () => offerOf(id ?? "", { config, ...(connector && { connector }) }),
    [id, connector, config],
  );
  const total = setup.found?.total ?? 0;
  const count = countChosen(choice, total);
  const tooMany = count > limits.pickedStreams;
  return (
    <Stack gap="sm" component="section" aria-label="Streams to load">
      <Title order={3}>Streams</Title>
      <StreamList
        offer={offer}
        ticks={{
          has: (name) => isChosen(choice, name),
          toggle: (name, on) => setChoice((before) => choose(before, name, on)),
          all: (shown) =>
            shown === null ? null : (
              <Checkbox
                size="xs"
                label="All"
                checked={count === total && total > 0}
                indeterminate={count > 0 && count < total}
                onChange={(event) => setChoice({ all: event.currentTarget.checked, names: new Set() })}
              />
            ),
        }}
      />
      <Group justify="space-between" gap="xs">
        <Text fz="xs" c={tooMany ? "var(--mantine-color-error)" : "dimmed"} aria-live="polite">
          {tooMany
            ? `One pipeline takes at most ${limits.pickedStreams} streams; ${formatNumber(count)} are ticked.`
            : `${formatNumber(count)} of ${formatNumber(total)} ticked`}
        </Text>
        <Button
          size="xs"
          disabled={count === 0 || tooMany}
          loading={talk.busy}
          onClick={() =>
            void talk.say({
              message: choiceInWords(choice),
              shown: `Take ${formatNumber(count)} ${count === 1 ? "stream" : "streams"}`,
            })
          }
        >
          {count > 0
            ? `Take ${formatNumber(count)} ${count === 1 ? "stream" : "streams"}`
            : "Take the ticked"}
        </Button>
      </Group>
    </Stack>
  );
}
