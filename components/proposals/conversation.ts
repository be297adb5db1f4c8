import type { Change, PipelineIr } from "#lib/ir/schema.ts";
import type { AnsweredBy, AttemptPart, PipelineChatAnswer } from "#lib/proposals/schema.ts";

/** What became of a proposal, as the panel last heard it. */
export type Decision =
  | { kind: "applied"; pipelineId: string; version: number; executable: boolean }
  | { kind: "rejected"; reason: string }
  | { kind: "stale"; currentVersion: number };

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

/** A problem worth showing in the conversation. */
export type TurnError = { code: string; detail: string; requestId?: string; retryAfterSeconds?: number };

/** One thing the assistant answered: running, then one of answer, failure, error, stopped. */
export type AssistantTurn = {
  role: "assistant";
  id: string;
  state: "running" | "answered" | "failed" | "error" | "stopped";
  attempts: AttemptPart[];
  partial?: string;
  proposal?: OpenProposal;
  failure?: { rationale: string; errors: string[] };
  error?: TurnError;
  by?: AnsweredBy;
  retries?: number;
  tokensUsed?: number;
  decision?: Decision;
  /** Ids of the changes that are ticked; absent: all but hooks. */
  ticked?: string[];
};

/** One thing the user said. `shown` is the short form of a long generated message. */
export type UserTurn = { role: "user"; id: string; text: string; shown?: string };

export type Turn = UserTurn | AssistantTurn;

/** A conversation about one pipeline, or about one that is still to be made. */
export type Conversation = { turns: Turn[]; draft: string };

export const emptyConversation: Conversation = { turns: [], draft: "" };

/** Turns kept in the browser; older ones fall off the top. */
const KEPT = 40;

/** The conversation with one turn added, the oldest dropped beyond what is kept. */
export function addTurn(conversation: Conversation, ...turns: Turn[]): Conversation {
  return { ...conversation, turns: [...conversation.turns, ...turns].slice(-KEPT) };
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
export function withAttempt(turn: AssistantTurn, attempt: AttemptPart): AssistantTurn {
  const others = turn.attempts.filter((other) => other.n !== attempt.n);
  return { ...turn, attempts: [...others, attempt].sort((a, b) => a.n - b.n) };
}

/** A turn with the server's final answer. An empty patch is an answer without a proposal. */
export function withAnswer(turn: AssistantTurn, answer: PipelineChatAnswer, by?: AnsweredBy): AssistantTurn {
  const { partial: _, ...rest } = turn;
  const told = { retries: answer.retries, tokensUsed: answer.tokensUsed, ...(by ? { by } : {}) };
  if (!answer.ok) {
    return {
      ...rest,
      ...told,
      state: "failed",
      failure: { rationale: answer.rationale, errors: answer.errors },
    };
  }
  return {
    ...rest,
    ...told,
    state: "answered",
    proposal: {
      id: answer.proposalId,
      baseVersion: answer.baseVersion,
      rationale: answer.rationale,
      changes: answer.changes,
      resultingIr: answer.resultingIr,
      patch: answer.patch,
      warnings: answer.warnings,
    },
  };
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
