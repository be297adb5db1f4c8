"use client";
import { ActionIcon, Group, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import { IconEraser, IconSparkles, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useCan, useSession } from "#components/shell/session.tsx";
import { type Subject, useAssistant } from "./assistant-context.tsx";
import classes from "./assistant-panel.module.css";
import { AssistantTurnView } from "./assistant-turn.tsx";
import { chatKey, sendMessage, stopAnswer, updateConversation } from "./chat-store.ts";
import { Composer } from "./composer.tsx";
import { emptyConversation, openTurn } from "./conversation.ts";
import { ExamplePrompts } from "./example-prompts.tsx";
import { moveBetweenChanges, pressApply, toggleFocusedChange } from "./review-keys.ts";
import { showProposal } from "./show-proposal.ts";
import { useConversation } from "./use-conversation.ts";

/** The docked conversation about one pipeline, or about one still to be made. */
export default function AssistantPanel({ subject }: { subject: Subject }) {
  const { tenant } = useSession();
  const { close, asked, takePrefill } = useAssistant();
  const mayPropose = useCan("proposals.create");
  const key = chatKey(tenant, subject.pipelineId);
  const conversation = useConversation(key);
  const box = useRef<HTMLTextAreaElement>(null);
  const panel = useRef<HTMLElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const last = conversation.turns.at(-1);
  const running = last?.role === "assistant" && last.state === "running";
  const { pipelineId } = subject;

  const send = (text: string, shown?: string) => {
    const proposalId = openTurn(conversation)?.proposal?.id;
    void sendMessage(key, {
      text,
      ...(shown ? { shown } : {}),
      ...(pipelineId ? { pipelineId } : {}),
      ...(proposalId ? { proposalId } : {}),
    });
  };

  useEffect(() => {
    const prefill = asked > 0 ? takePrefill() : undefined;
    if (prefill && "draft" in prefill) {
      updateConversation(key, (before) => ({ ...before, draft: prefill.draft }));
    }
    if (prefill && "send" in prefill) {
      void sendMessage(key, {
        text: prefill.send,
        shown: prefill.shown,
        ...(pipelineId ? { pipelineId } : {}),
      });
    }
    if (prefill && "proposal" in prefill) void showProposal(key, prefill.proposal);
    if (asked > 0) box.current?.focus();
  }, [asked, key, pipelineId, takePrefill]);

  const marker = `${conversation.turns.length}-${last?.role === "assistant" ? last.state : ""}`;
  useEffect(() => {
    if (marker) end.current?.scrollIntoView({ block: "nearest" });
    const focused = document.activeElement;
    const idle = focused === box.current && box.current?.value === "";
    if (marker.endsWith("answered") && idle) moveBetweenChanges(panel.current, 0);
  }, [marker]);

  const onKeyDown = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("textarea, input[type=text]");
    if (event.key === "Escape" && running) stopAnswer(key);
    else if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) pressApply(panel.current);
    else if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    else if (event.key === "j") moveBetweenChanges(panel.current, 1);
    else if (event.key === "k") moveBetweenChanges(panel.current, -1);
    else if (event.key === "x") toggleFocusedChange(panel.current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <section ref={panel} className={classes.panel} aria-label="Review of changes" onKeyDown={onKeyDown}>
      <Group className={classes.head} justify="space-between" wrap="nowrap">
        <Group gap={8} wrap="nowrap" miw={0}>
          <IconSparkles size={16} aria-hidden />
          <Text fw={600} fz="sm" truncate>
            {subject.name ?? "New pipeline"}
          </Text>
        </Group>
        <Group gap={2} wrap="nowrap">
          {conversation.turns.length > 0 && (
            <Tooltip label="Start a new conversation">
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label="Start a new conversation"
                disabled={running}
                onClick={() => updateConversation(key, () => emptyConversation)}
              >
                <IconEraser size={16} />
              </ActionIcon>
            </Tooltip>
          )}
          <ActionIcon variant="subtle" color="gray" aria-label="Close the assistant" onClick={close}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <ScrollArea
        className={classes.scroll}
        type="auto"
        viewportProps={{ tabIndex: 0, role: "log", "aria-label": "Conversation" }}
      >
        <Stack gap="md" p="md">
          {conversation.turns.length === 0 && (
            <ExamplePrompts
              fresh={pipelineId === undefined}
              onPick={(text) => {
                updateConversation(key, (before) => ({ ...before, draft: text }));
                box.current?.focus();
              }}
            />
          )}
          {conversation.turns.map((turn) =>
            turn.role === "user" ? (
              <div key={turn.id} className={classes.question}>
                {turn.shown ?? turn.text}
              </div>
            ) : (
              <AssistantTurnView key={turn.id} chatKey={key} turn={turn} pipelineId={pipelineId} />
            ),
          )}
          <div ref={end} />
        </Stack>
      </ScrollArea>
      <Composer
        ref={box}
        draft={conversation.draft}
        running={running}
        allowed={mayPropose}
        refining={openTurn(conversation) !== undefined}
        onDraft={(draft) => updateConversation(key, (before) => ({ ...before, draft }))}
        onSend={send}
        onStop={() => stopAnswer(key)}
      />
    </section>
  );
}
