import { ApiError, isApiError, request } from "#lib/client/index.ts";
import { limits } from "#lib/limits.ts";
import type { AttemptPart, ErrorPart, PartialPart, ProposalPart } from "#lib/proposals/schema.ts";
import {
  type AssistantTurn,
  addTurn,
  type Conversation,
  changeTurn,
  emptyConversation,
  settle,
  type TurnError,
  withAnswer,
  withAttempt,
} from "./conversation.ts";
import { type Mention, mentionsIn } from "./mentions.ts";
import { readParts } from "./read-parts.ts";

/** Conversations live outside React, so that an answer keeps arriving while the user moves between pages. */
const conversations = new Map<string, Conversation>();
const listeners = new Set<() => void>();
const running = new Map<string, AbortController>();
/** Rows that went along with a question, by its turn: in this page's memory alone, never in the browser's storage. */
const samplesSent = new Map<string, readonly string[]>();

const storageKey = (key: string) => `penstock.chat.${key}`;

/** Names the conversation of one pipeline (row id) of a tenant, or of the pipeline still to be made. */
export function chatKey(tenant: string, pipelineId: string | undefined): string {
  return `${tenant}.${pipelineId ?? "new"}`;
}

/** Hears of every change to any conversation. Returns the way to stop hearing. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The conversation as it is, read from the browser's storage the first time. */
export function readConversation(key: string): Conversation {
  const known = conversations.get(key);
  if (known) return known;
  const stored = load(key);
  conversations.set(key, stored);
  return stored;
}

function load(key: string): Conversation {
  try {
    const text = localStorage.getItem(storageKey(key));
    const parsed = text ? (JSON.parse(text) as Conversation) : emptyConversation;
    return Array.isArray(parsed.turns) ? settle(parsed) : emptyConversation;
  } catch {
    return emptyConversation;
  }
}

/** Changes a conversation and keeps it. A full or forbidden storage is no reason to lose it on screen. */
export function updateConversation(key: string, change: (before: Conversation) => Conversation): void {
  const after = change(readConversation(key));
  conversations.set(key, after);
  try {
    localStorage.setItem(storageKey(key), JSON.stringify(after));
  } catch {}
  for (const listener of listeners) listener();
}

/** Changes one assistant turn. */
export function updateTurn(key: string, id: string, change: (turn: AssistantTurn) => AssistantTurn): void {
  updateConversation(key, (before) => changeTurn(before, id, change));
}

/** Moves a conversation to another key: the new pipeline that it made. */
export function moveConversation(from: string, to: string): void {
  const moved = readConversation(from);
  updateConversation(to, () => moved);
  updateConversation(from, () => emptyConversation);
}

/** Stops the running answer, if there is one. The server aborts its call to the provider. */
export function stopAnswer(key: string): void {
  running.get(key)?.abort();
}

/** The rows that went along with a question; none after a reload. */
export function samplesOf(turnId: string): readonly string[] {
  return samplesSent.get(turnId) ?? [];
}

/** What a message carries beside its text. */
export type MessageInput = {
  text: string;
  shown?: string | undefined;
  /** Those whose name the text does not hold are left out. */
  mentions?: readonly Mention[] | undefined;
  /** Rows to look at: the model sees them with this message alone, and nobody keeps them. */
  samples?: readonly string[] | undefined;
  pipelineId?: string;
  /** The open proposal that this message refines. */
  proposalId?: string;
};

/** Sends a message and follows the answer to its end. A second one while it runs is left out. */
export async function sendMessage(key: string, input: MessageInput): Promise<void> {
  if (running.has(key)) return;
  const abort = new AbortController();
  running.set(key, abort);
  const id = crypto.randomUUID();
  const { text, shown, samples = [], pipelineId, proposalId } = input;
  const mentions = mentionsIn(text, input.mentions ?? []).slice(0, limits.mentions);
  const question = {
    id: crypto.randomUUID(),
    text,
    ...(shown ? { shown } : {}),
    ...(mentions.length > 0 ? { mentions } : {}),
  };
  if (samples.length > 0) samplesSent.set(question.id, samples);
  updateConversation(key, (before) =>
    addTurn(
      // What is being typed while something else is sent, such as a failed run, stays.
      before.draft.trim() === text ? { turns: before.turns, draft: "" } : before,
      { role: "user", ...question },
      { role: "assistant", id, state: "running", startedAt: Date.now(), attempts: [] },
    ),
  );
  try {
    const response = await request(
      "POST",
      "/api/v1/ai/pipeline-chat",
      {
        message: text,
        ...(pipelineId ? { pipelineId } : {}),
        ...(proposalId ? { proposalId } : {}),
        ...(mentions.length > 0 ? { mentions: mentions.map((mention) => mention.key) } : {}),
        ...(samples.length > 0 ? { samples } : {}),
      },
      { headers: { accept: "text/event-stream" }, signal: abort.signal },
    );
    if (response.body) for await (const part of readParts(response.body)) takePart(key, id, part);
    updateTurn(key, id, (turn) => (turn.state === "running" ? ended(turn) : turn));
  } catch (error) {
    const stopped = abort.signal.aborted;
    updateTurn(key, id, (turn) =>
      stopped ? { ...turn, state: "stopped" } : { ...turn, state: "error", error: turnError(error) },
    );
  } finally {
    running.delete(key);
    for (const listener of listeners) listener();
  }
}

const ended = (turn: AssistantTurn): AssistantTurn => ({
  ...turn,
  state: "error",
  error: { code: "network", detail: "The connection closed before the answer was complete. Send it again." },
});

function takePart(key: string, id: string, part: { type: string; data?: unknown; errorText?: string }): void {
  updateTurn(key, id, (turn) => {
    switch (part.type) {
      case "data-attempt":
        return withAttempt(turn, part.data as AttemptPart);
      case "data-partial":
        return { ...turn, partial: (part.data as PartialPart).rationale };
      case "data-proposal":
        return withAnswer(turn, part.data as ProposalPart);
      case "data-error": {
        const { retryAfterSeconds: wait, ...error } = part.data as ErrorPart;
        return { ...turn, state: "error", error: { ...error, ...retryAt(wait) } };
      }
      case "error":
        return {
          ...turn,
          state: "error",
          error: { code: "internal", detail: part.errorText ?? "The answer broke off." },
        };
      default:
        return turn;
    }
  });
}

/** Any thrown thing as a problem of the conversation. */
export function turnError(error: unknown): TurnError {
  const known = isApiError(error)
    ? error
    : new ApiError(0, { code: "network", detail: "The connection broke off. Send it again." });
  return {
    code: known.code,
    detail: [known.detail, ...known.issues.map(({ message }) => sentence(message))].join(" "),
    ...(known.requestId ? { requestId: known.requestId } : {}),
    ...retryAt(known.retryAfter),
  };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`;

const retryAt = (seconds: number | undefined) =>
  seconds === undefined ? {} : { retryAt: Date.now() + seconds * 1000 };
