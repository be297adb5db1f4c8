"use client";
import { Anchor, Collapse, Text } from "@mantine/core";
import { useId, useState } from "react";
import classes from "./assistant-panel.module.css";
import { samplesOf } from "./chat-store.ts";
import type { UserTurn } from "./conversation.ts";
import { pieces } from "./mentions.ts";

/** What the user said; of a generated message its short form, with all that was sent one step away. */
export function Question({ turn }: { turn: UserTurn }) {
  const id = useId();
  const [opened, setOpened] = useState(false);
  if (!turn.shown)
    return (
      <div className={classes.question} data-turn="user">
        {marked(turn)}
      </div>
    );
  return (
    <div className={classes.question} data-turn="user">
      {turn.shown}
      <div>
        <Anchor
          component="button"
          type="button"
          fz="xs"
          aria-expanded={opened}
          aria-controls={id}
          onClick={() => setOpened(!opened)}
        >
          {opened ? "Hide what was sent" : "Show what was sent"}
        </Anchor>
      </div>
      <Collapse id={id} expanded={opened}>
        <Text fz="xs" mt={4} className={classes.sent}>
          {marked(turn)}
        </Text>
        <SamplesSent turn={turn} />
      </Collapse>
    </div>
  );
}

function SamplesSent({ turn }: { turn: UserTurn }) {
  const samples = samplesOf(turn.id);
  if (samples.length === 0) return null;
  return (
    <>
      <Text fz="xs" mt={8} c="dimmed">
        {samples.length === 1 ? "One rejected row" : `${samples.length} rejected rows`} went along, shown to
        the model once and kept nowhere:
      </Text>
      <Text fz="xs" mt={4} className={classes.sent}>
        {samples.join("\n")}
      </Text>
    </>
  );
}

function marked({ text, mentions = [] }: UserTurn) {
  return pieces(text, mentions).map((piece, at) =>
    piece.mention ? (
      <span key={at.toString()} className={classes.mention}>
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  );
}
