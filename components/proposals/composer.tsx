"use client";
import { ActionIcon, Group, Kbd, Text, Textarea, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPlayerStopFilled } from "@tabler/icons-react";
import type { KeyboardEvent, Ref } from "react";
import classes from "./assistant-panel.module.css";

/** Characters in one message; the server refuses more. */
const MESSAGE_CHARS = 8_000;

/** The box to type in: Enter sends, Shift+Enter breaks the line, Stop while an answer runs. */
export function Composer(props: {
  ref: Ref<HTMLTextAreaElement>;
  draft: string;
  running: boolean;
  allowed: boolean;
  refining: boolean;
  onDraft: (draft: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const { draft, running, allowed, refining, onDraft, onSend, onStop } = props;
  const ready = allowed && !running && draft.trim() !== "";
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.metaKey || event.ctrlKey) return;
    if (event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) onSend(draft.trim());
  };
  return (
    <div className={classes.composer}>
      <Textarea
        ref={props.ref}
        aria-label={refining ? "Refine the proposal" : "Describe a change"}
        placeholder={
          allowed ? (refining ? "Refine the proposal" : "Describe what you want") : "Your role may only read"
        }
        disabled={!allowed}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={MESSAGE_CHARS}
        value={draft}
        onChange={(event) => onDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        rightSectionWidth={40}
        rightSection={
          running ? (
            <Tooltip label="Stop (Esc)">
              <ActionIcon size="md" color="gray" variant="default" aria-label="Stop" onClick={onStop}>
                <IconPlayerStopFilled size={14} />
              </ActionIcon>
            </Tooltip>
          ) : (
            <ActionIcon size="md" aria-label="Send" disabled={!ready} onClick={() => onSend(draft.trim())}>
              <IconArrowUp size={16} />
            </ActionIcon>
          )
        }
      />
      <Group gap="md" mt={6} visibleFrom="sm">
        {refining ? (
          <>
            <Hint keys={["J", "K"]} text="between changes" />
            <Hint keys={["X"]} text="tick" />
            <Hint keys={["⌘/Ctrl", "↵"]} text="apply" />
          </>
        ) : (
          <>
            <Hint keys={["↵"]} text="send" />
            <Hint keys={["⌘/Ctrl", "I"]} text="come here" />
          </>
        )}
      </Group>
    </div>
  );
}

function Hint({ keys, text }: { keys: string[]; text: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      {keys.map((key) => (
        <Kbd key={key} size="xs">
          {key}
        </Kbd>
      ))}
      <Text fz="xs" c="dimmed">
        {text}
      </Text>
    </Group>
  );
}
