"use client";
import { Button, Group, ScrollArea, Stack } from "@mantine/core";
import { useEffect, useRef } from "react";
import { focusField } from "#components/sources/field-input.tsx";
import type { SetupReply } from "#lib/setup/schema.ts";
import classes from "./chat.module.css";
import { ChatFields } from "./chat-fields.tsx";
import { Composer } from "./composer.tsx";
import { FIRST_OPTIONS, FIRST_QUESTION } from "./first-question.ts";
import { AgentSays, PersonSays, Underway } from "./turns.tsx";
import type { FieldDrafts } from "./use-field-drafts.ts";
import type { SetupTalk } from "./use-setup.ts";

/** The conversation: what was said, replies to choose from, fields that are missing, and the box to type in. */
export function ChatPanel(props: {
  talk: SetupTalk;
  fields: FieldDrafts;
  words: string;
  onWords: (words: string) => void;
  onOpenForm: () => void;
}) {
  const { talk, fields, words, onWords, onOpenForm } = props;
  const { view, sending, busy } = talk;
  const panel = useRef<HTMLElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const asksFields = view?.state === "gather_credentials" && !busy;
  const asked = asksFields
    ? fields.fields.filter(({ name }) => fields.missing.has(name) || fields.wrong.has(name))
    : [];
  const firstAsked = asked.find(({ name }) => fields.wrong.has(name)) ?? asked[0];

  // Where the answer asks for fields, the caret goes to the first; else it stays where one types.
  const answered = `${view?.session_id}-${view?.history.length}-${busy}`;
  const before = useRef(answered);
  const firstName = firstAsked?.name;
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
    if (before.current === answered) return;
    before.current = answered;
    const active = document.activeElement;
    const here = active === document.body || panel.current?.contains(active);
    if (busy || !here) return;
    if (firstName) focusField(panel.current, firstName);
    else box.current?.focus({ preventScroll: true });
  }, [answered, busy, firstName]);

  function say(message: string, shown?: string) {
    void talk.say({ message, ...(shown && { shown }) });
    box.current?.focus({ preventScroll: true });
  }

  const options: SetupReply["options"] = view ? view.options : FIRST_OPTIONS;
  // What another tab had sent is answered there; our own message stands below meanwhile.
  const turns = view?.history.filter(({ reply }) => reply !== null || !sending) ?? [];
  return (
    <section ref={panel} className={classes.panel} aria-label="Conversation with the set-up agent">
      <ScrollArea
        className={classes.scroll}
        type="auto"
        viewportProps={{ tabIndex: 0, role: "log", "aria-label": "Conversation" }}
      >
        <Stack gap="md" p="md">
          {view ? null : <AgentSays>{FIRST_QUESTION}</AgentSays>}
          {turns.map(({ seq, said, reply }) => (
            <Stack key={seq} gap="md">
              {said ? <PersonSays>{said}</PersonSays> : null}
              {reply ? <AgentSays>{reply.message}</AgentSays> : null}
            </Stack>
          ))}
          {sending?.shown ? <PersonSays>{sending.shown}</PersonSays> : null}
          <Underway talk={talk} />
          {asked.length > 0 ? <ChatFields talk={talk} fields={fields} asked={asked} /> : null}
          {busy || options.length === 0 ? null : (
            <Group gap={6} role="group" aria-label="Replies">
              {options.map(({ value, label }) => (
                <Button
                  key={value}
                  size="xs"
                  variant="default"
                  className={classes.reply}
                  onClick={() => (value === "open form" ? onOpenForm() : say(value, label))}
                >
                  {label}
                </Button>
              ))}
            </Group>
          )}
          <div ref={end} />
        </Stack>
      </ScrollArea>
      <Composer
        ref={box}
        words={words}
        busy={busy}
        state={view?.state}
        onWords={onWords}
        onSend={(text) => {
          onWords("");
          say(text);
        }}
      />
    </section>
  );
}
