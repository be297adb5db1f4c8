"use client";
import { ActionIcon, Combobox, Textarea, Tooltip, useCombobox } from "@mantine/core";
import { IconArrowUp, IconPlayerStopFilled } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import classes from "./composer.module.css";
import { KeyHints } from "./key-hints.tsx";
import type { MentionControls } from "./mention-menu.tsx";
import { insertMention, type Mention, mentionAt, type Typing } from "./mentions.ts";

const MentionMenu = dynamic(() => import("./mention-menu.tsx"), { ssr: false });

export type ComposerProps = {
  ref: RefObject<HTMLTextAreaElement | null>;
  draft: string;
  pipelineId: string | undefined;
  /** The document of the open proposal. */
  proposed: PipelineIr | undefined;
  running: boolean;
  allowed: boolean;
  refining: boolean;
  onDraft: (draft: string, picked?: Mention) => void;
  onSend: (text: string) => void;
  onStop: () => void;
};

/** The box to type in: Enter sends, Shift+Enter breaks the line, @ points at things, Stop while an answer runs. */
export function Composer(props: ComposerProps) {
  const { ref, draft, running, allowed, refining, onDraft, onSend, onStop } = props;
  const list = useId();
  const controls = useRef<MentionControls>(null);
  const [typing, setTyping] = useState<Typing>();
  const [dismissed, setDismissed] = useState<number>();
  const [active, setActive] = useState<string>();
  const opened = typing !== undefined && typing.start !== dismissed;
  const store = useCombobox({ opened });
  const ready = allowed && !running && draft.trim() !== "";

  const look = (box: HTMLTextAreaElement) => {
    const found = mentionAt(box.value, box.selectionStart);
    setTyping(found);
    if (found?.start !== dismissed) setDismissed(undefined);
    return found;
  };
  const pick = ({ key, name }: Mention) => {
    const box = ref.current;
    if (!box || !typing) return;
    const next = insertMention(draft, typing, name);
    flushSync(() => {
      onDraft(next.text, { key, name });
      setTyping(undefined);
    });
    box.focus();
    box.setSelectionRange(next.caret, next.caret);
  };
  const change = (box: HTMLTextAreaElement) => {
    const whole = opened && !look(box) ? controls.current?.exact(typing.query) : undefined;
    onDraft(box.value, whole && box.value.includes(`@${whole.name}`) ? whole : undefined);
    look(box);
  };
  const send = () => {
    setTyping(undefined);
    onSend(draft.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const whole = opened && isSend(event) ? controls.current?.exact(typing.query) : undefined;
    if (whole) onDraft(draft, whole);
    else if (opened && takesKey(event, controls.current, () => setDismissed(typing.start))) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (!isSend(event)) return;
    event.preventDefault();
    if (ready) send();
  };
  return (
    <div className={classes.composer}>
      <Combobox store={store} position="top-start" width="target" shadow="md" offset={6}>
        <Combobox.DropdownTarget>
          <Textarea
            ref={ref}
            aria-label={refining ? "Refine the proposal" : "Describe a change"}
            aria-haspopup="listbox"
            aria-autocomplete="list"
            aria-controls={opened && active ? list : undefined}
            aria-activedescendant={opened ? active : undefined}
            placeholder={
              allowed
                ? refining
                  ? "Refine the proposal"
                  : "Describe what you want; @ points at a node, column, table or run"
                : "Your role may only read"
            }
            disabled={!allowed}
            autosize
            minRows={2}
            maxRows={10}
            maxLength={limits.messageChars}
            value={draft}
            onChange={(event) => change(event.currentTarget)}
            onSelect={(event) => look(event.currentTarget)}
            onBlur={() => setTyping(undefined)}
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
                <ActionIcon size="md" aria-label="Send" disabled={!ready} onClick={send}>
                  <IconArrowUp size={16} />
                </ActionIcon>
              )
            }
          />
        </Combobox.DropdownTarget>
        <Combobox.Dropdown>
          {opened && (
            <MentionMenu
              id={list}
              query={typing.query}
              pipelineId={props.pipelineId}
              proposed={props.proposed}
              controls={controls}
              onPick={pick}
              onActive={setActive}
            />
          )}
        </Combobox.Dropdown>
      </Combobox>
      <KeyHints refining={refining} running={running} />
    </div>
  );
}

const isSend = (event: KeyboardEvent) =>
  event.key === "Enter" && !event.shiftKey && !event.metaKey && !event.ctrlKey;

/** Gives the menu the keys that are its own. @returns whether it took this one. */
function takesKey(event: KeyboardEvent, menu: MentionControls | null, dismiss: () => void): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return false;
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp":
      menu?.move(event.key === "ArrowDown" ? 1 : -1);
      return true;
    case "Enter":
    case "Tab":
      return menu?.pick() ?? false;
    case "Escape":
      dismiss();
      return true;
    default:
      return false;
  }
}
