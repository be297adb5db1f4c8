"use client";
import { ActionIcon, Textarea } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import type { KeyboardEvent, Ref } from "react";
import type { SetupState } from "#lib/setup/schema.ts";
import classes from "./chat.module.css";

/** Characters in one message; the server refuses more. */
const MESSAGE_CHARS = 16_384;

const HINTS: Partial<Record<SetupState, string>> = {
  gather_credentials: "Paste a connection URL, or say host db.example.com",
  select_streams: "Say which: all, the first three, all except logs",
  configure_sync: "Say how often: every hour, every day at 6 in Berlin",
  review: "Say create it, or what to change",
};

/** The box to type in: Enter sends, Shift and Enter breaks the line. What is typed while an answer runs stays. */
export function Composer(props: {
  ref: Ref<HTMLTextAreaElement>;
  words: string;
  busy: boolean;
  state: SetupState | undefined;
  onWords: (words: string) => void;
  onSend: (text: string) => void;
}) {
  const { words, busy, state, onWords, onSend } = props;
  const ready = !busy && words.trim() !== "";
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.metaKey || event.ctrlKey) return;
    if (event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) onSend(words.trim());
  }
  return (
    <div className={classes.composer}>
      <Textarea
        ref={props.ref}
        aria-label="Message to the set-up agent"
        placeholder={(state && HINTS[state]) ?? "Say what to connect: postgres, a bucket, a connection URL"}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={MESSAGE_CHARS}
        autoComplete="off"
        spellCheck={false}
        value={words}
        onChange={(event) => onWords(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        rightSectionWidth={40}
        rightSection={
          <ActionIcon
            size="md"
            aria-label="Send"
            title="Send (Enter)"
            disabled={!ready}
            onClick={() => onSend(words.trim())}
          >
            <IconArrowUp size={16} />
          </ActionIcon>
        }
        data-autofocus
      />
    </div>
  );
}
