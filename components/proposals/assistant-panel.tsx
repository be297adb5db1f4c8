"use client";
import { ScrollArea, Stack } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useCan, useSession } from "#components/shell/session.tsx";
import { type Subject, useAssistant } from "./assistant-context.tsx";
import classes from "./assistant-panel.module.css";
import { AssistantTurnView } from "./assistant-turn.tsx";
import {
  chatKey,
  type MessageInput,
  readConversation,
  samplesOf,
  sendMessage,
  stopAnswer,
  updateConversation,
} from "./chat-store.ts";
import { Composer } from "./composer.tsx";
import { emptyConversation, openTurn, questionOf, withDraft } from "./conversation.ts";
import { ExamplePrompts } from "./example-prompts.tsx";
import { PanelHead } from "./panel-head.tsx";
import { Question } from "./question.tsx";
import { moveBetweenChanges, pressApply, showLatest, toggleFocusedChange } from "./review-keys.ts";
import { showProposal } from "./show-proposal.ts";
import { useConversation } from "./use-conversation.ts";

/** The docked conversation about one pipeline, or about one still to be made. */
export default function AssistantPanel({ subject }: { subject: Subject }) {
  const { tenant } = useSession();
  const { close, asked, takePrefill } = useAssistant();
  const mayPropose = useCan("proposals.create");
  const { pipelineId } = subject;
  const key = chatKey(tenant, pipelineId);
  const conversation = useConversation(key);
  const box = useRef<HTMLTextAreaElement>(null);
  const panel = useRef<HTMLElement>(null);
  const last = conversation.turns.at(-1);
  const running = last?.role === "assistant" && last.state === "running";
  const open = openTurn(conversation);

  const send = (message: Pick<MessageInput, "text" | "shown" | "mentions" | "samples">) =>
    void sendMessage(key, {
      ...message,
      ...(pipelineId ? { pipelineId } : {}),
      ...(open?.proposal ? { proposalId: open.proposal.id } : {}),
    });
  const again = (turnId: string) => {
    const question = questionOf(conversation, turnId);
    const samples = question && samplesOf(question.id);
    return question && mayPropose && !running ? { onAgain: () => send({ ...question, samples }) } : {};
  };

  useEffect(() => {
    const prefill = asked > 0 ? takePrefill() : undefined;
    if (prefill && "draft" in prefill) updateConversation(key, (before) => withDraft(before, prefill.draft));
    if (prefill && "send" in prefill) {
      const { send: text, shown, mentions, samples } = prefill;
      void sendMessage(key, { text, shown, mentions, samples, ...(pipelineId ? { pipelineId } : {}) });
    }
    if (prefill && "proposal" in prefill) void showProposal(key, prefill.proposal);
    if (asked > 0) box.current?.focus();
  }, [asked, key, pipelineId, takePrefill]);

  const marker = `${conversation.turns.length}-${last?.role === "assistant" ? last.state : ""}`;
  useEffect(() => {
    if (marker) showLatest(panel.current);
    const idle = document.activeElement === box.current && box.current?.value === "";
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
      <PanelHead
        name={subject.name ?? "New pipeline"}
        running={running}
        {...(conversation.turns.length > 0
          ? { onClear: () => updateConversation(key, () => emptyConversation) }
          : {})}
        onClose={close}
      />
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
                updateConversation(key, (before) => withDraft(before, text));
                box.current?.focus();
              }}
            />
          )}
          {conversation.turns.map((turn) =>
            turn.role === "user" ? (
              <Question key={turn.id} turn={turn} />
            ) : (
              <AssistantTurnView
                key={turn.id}
                chatKey={key}
                turn={turn}
                pipelineId={pipelineId}
                {...(turn === last ? again(turn.id) : {})}
              />
            ),
          )}
        </Stack>
      </ScrollArea>
      <Composer
        ref={box}
        draft={conversation.draft}
        pipelineId={pipelineId}
        proposed={open?.proposal?.resultingIr}
        running={running}
        allowed={mayPropose}
        refining={open !== undefined}
        onDraft={(draft, picked) => updateConversation(key, (before) => withDraft(before, draft, picked))}
        onSend={(text) => send({ text, mentions: readConversation(key).mentions })}
        onStop={() => stopAnswer(key)}
      />
    </section>
  );
}
