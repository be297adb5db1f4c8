import type { ProposalView } from "#lib/proposals/schema.ts";
import type { AssistantTurn, Decision } from "./conversation.ts";

const emptyDocument = {
  kind: "pipeline" as const,
  version: "1.0" as const,
  id: "new",
  metadata: { name: "New pipeline" },
  nodes: [],
};

/** A stored proposal as a turn of the conversation: a rebased one, or one that was opened by its address. */
export function proposalTurn(view: ProposalView): AssistantTurn {
  const decision = decisionOf(view);
  return {
    role: "assistant",
    id: crypto.randomUUID(),
    state: "answered",
    attempts: [],
    by: { provider: view.provider, model: view.model, latencyMs: view.latencyMs, cost: view.cost },
    retries: view.retries,
    tokensUsed: view.tokensUsed,
    ...(view.told.length > 0 ? { told: view.told } : {}),
    proposal: {
      id: view.id,
      baseVersion: view.baseVersion,
      rationale: view.rationale,
      changes: view.changes,
      resultingIr: view.resultingIr ?? view.baseIr ?? emptyDocument,
      patch: view.patch,
      warnings: view.warnings,
    },
    ...(decision ? { decision } : {}),
  };
}

/** What became of it meanwhile. A stale one may be applied again: the server answers with a version made anew. */
function decisionOf(view: ProposalView): Decision | undefined {
  if (view.outcome === "rejected") return { kind: "rejected", reason: view.reason ?? "no reason given" };
  if (view.outcome === "applied" && view.pipelineId)
    return {
      kind: "applied",
      pipelineId: view.pipelineId,
      version: view.appliedVersion ?? 0,
      executable: true,
    };
  return undefined;
}
