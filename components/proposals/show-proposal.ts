import { api } from "#lib/client/index.ts";
import type { ProposalView } from "#lib/proposals/schema.ts";
import { readConversation, turnError, updateConversation } from "./chat-store.ts";
import { addTurn, type Turn } from "./conversation.ts";
import { proposalTurn } from "./proposal-turn.ts";
import { proposalPath } from "./queries.ts";

const asking = new Set<string>();

/** Puts a stored proposal at the end of a conversation, with the words that asked for it; once is enough. */
export async function showProposal(key: string, id: string): Promise<void> {
  const known = readConversation(key).turns.some(
    (turn) => turn.role === "assistant" && turn.proposal?.id === id,
  );
  if (known || asking.has(id)) return;
  asking.add(id);
  const turns = await loadTurns(id);
  asking.delete(id);
  updateConversation(key, (before) => addTurn(before, ...turns));
}

/** Shows a stored proposal and takes the reader there: it may stand far above, or be new at the end. */
export async function revealProposal(key: string, id: string): Promise<void> {
  await showProposal(key, id);
  requestAnimationFrame(() => {
    const answer = document.querySelector<HTMLElement>(`[data-answer="${CSS.escape(id)}"]`);
    answer?.scrollIntoView({ block: "start" });
    answer?.focus({ preventScroll: true });
  });
}

async function loadTurns(id: string): Promise<Turn[]> {
  try {
    const view = await api.get<ProposalView>(proposalPath(id));
    return [{ role: "user", id: crypto.randomUUID(), text: view.message }, proposalTurn(view)];
  } catch (error) {
    const failed = { state: "error" as const, attempts: [], error: turnError(error) };
    return [{ role: "assistant", id: crypto.randomUUID(), ...failed }];
  }
}
