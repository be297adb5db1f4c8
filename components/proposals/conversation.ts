import type { Change, PipelineIr } from "#lib/ir/schema.ts";
import type { AttemptPart, ProposalPart, Told } from "#lib/proposals/schema.ts";
import { type Mention, mentionsIn } from "./mentions.ts";

/** What became of a proposal, as the panel last heard it. */
export type Decision =
  | { kind: "applied"; pipelineId: string; version: number; executable: boolean; undoneBy?: number }
  | { kind: "rejected"; reason: string }
  /** `rebased`: the next turn holds it made anew for the current version. */
  | { kind: "stale"; currentVersion: number; rebased: boolean };

/** A proposal as the panel keeps it: everything the card shows without asking again. */
export type OpenProposal = {
  id: string;
  baseVersion: number;
  rationale: string;
  changes: Change[];
  resultingIr: PipelineIr;
  patch: unknown[];
  warnings: { path: string; message: string }[];
};

/** A problem worth showing in the conversation. `retryAt` in epoch milliseconds: before it nothing is answered. */
export type TurnError = { code: string; detail: string; requestId?: string; retryAt?: number };

/** One thing the assistant answered: running, then one of answer, failure, error, stopped. */
export type AssistantTurn = {
  role: "assistant";
  id: string;
  state: "running" | "answered" | "failed" | "error" | "stopped";
  /** When it was asked, in epoch milliseconds. */
  startedAt?: number;
  attempts: AttemptPart[];
  partial?: string;
  proposal?: OpenProposal;
  failure?: { rationale: string; errors: string[] };
  error?: TurnError;
  by?: ProposalPart["by"];
  /** Earlier decisions that the answer took into account. */
  told?: Told[];
  retries?: number;
  tokensUsed?: number;
  decision?: Decision;
  /** Ids of the changes that are ticked; absent: all but hooks. */
  ticked?: string[];
};

/** One thing the user said, and what it pointed at. `shown` is the short form of a long generated message. */
export type UserTurn = { role: "user"; id: string; text: string; shown?: string; mentions?: Mention[] };

export type Turn = UserTurn | AssistantTurn;

/** A conversation about one pipeline, or about one that is still to be made. `mentions` were picked for the draft. */
export type Conversation = { turns: Turn[]; draft: string; mentions?: Mention[] };

export const emptyConversation: Conversation = { turns: [], draft: "" };

/** Turns kept in the browser; older ones fall off the top. */
const KEPT = 40;

/** The conversation with one turn added, the oldest dropped beyond what is kept. */
export function addTurn(conversation: Conversation, ...turns: Turn[]): Conversation {
  return { ...conversation, turns: [...conversation.turns, ...turns].slice(-KEPT) };
}

/** The conversation with another draft; mentions that were picked for it stay while the draft holds their names. */
export function withDraft(
  { turns, mentions = [] }: Conversation,
  draft: string,
  picked?: Mention,
): Conversation {
  const kept = mentionsIn(draft, picked ? [...mentions, picked] : mentions);
  return { turns, draft, ...(kept.length > 0 ? { mentions: kept } : {}) };
}

/** The conversation with one assistant turn changed. Unknown ids change nothing. */
export function changeTurn(
  conversation: Conversation,
  id: string,
  change: (turn: AssistantTurn) => AssistantTurn,
): Conversation {
  return {
    ...conversation,
    turns: conversation.turns.map((turn) =>
      turn.role === "assistant" && turn.id === id ? change(turn) : turn,
    ),
  };
}

/** A turn after one more word about an attempt: the same number replaces the earlier word. */
export function withAttempt({ partial, ...turn }: AssistantTurn, attempt: AttemptPart): AssistantTurn {
  const others = turn.attempts.filter((other) => other.n !== attempt.n);
  // What a refused attempt wrote is no answer.
  const kept = partial === undefined || attempt.state === "refused" ? {} : { partial };
  return { ...turn, ...kept, attempts: [...others, attempt].sort((a, b) => a.n - b.n) };
}

/** A turn with the server's final answer. An empty patch is an answer without a proposal. */
export function withAnswer(turn: AssistantTurn, { answer, by, told }: ProposalPart): AssistantTurn {
  const { partial: _, ...rest } = turn;
  const { retries, tokensUsed, rationale } = answer;
  const facts = { by, retries, tokensUsed, ...(told.length > 0 ? { told } : {}) };
  if (!answer.ok) {
    return { ...rest, ...facts, state: "failed", failure: { rationale, errors: answer.errors } };
  }
  return {
    ...rest,
    ...facts,
    state: "answered",
    proposal: {
      id: answer.proposalId,
      baseVersion: answer.baseVersion,
      rationale,
      changes: answer.changes,
      resultingIr: answer.resultingIr,
      patch: answer.patch,
      warnings: answer.warnings,
    },
  };
}

/** What the user said right before a turn, to say it again. */
export function questionOf(conversation: Conversation, turnId: string): UserTurn | undefined {
  const before = conversation.turns.slice(
    0,
    conversation.turns.findIndex((turn) => turn.id === turnId),
  );
  return before.findLast((turn): turn is UserTurn => turn.role === "user");
}

/** The last proposal that still waits for a decision, if there is one: follow-ups refine it. */
export function openTurn(conversation: Conversation): AssistantTurn | undefined {
  return conversation.turns.findLast(
    (turn): turn is AssistantTurn =>
      turn.role === "assistant" &&
      turn.proposal !== undefined &&
      turn.proposal.changes.length > 0 &&
      turn.decision === undefined,
  );
}

/** Turns that were running when the page went away are marked as stopped: their stream is gone. */
export function settle(conversation: Conversation): Conversation {
  return {
    ...conversation,
    turns: conversation.turns.map((turn) =>
      turn.role === "assistant" && turn.state === "running" ? { ...turn, state: "stopped" } : turn,
    ),
  };
}
