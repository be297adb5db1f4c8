import type { Ctx } from "#lib/context.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { BaseDocument } from "./base-document.ts";
import { type ProposalRow, patchOf } from "./load-proposal.ts";
import type { PastDecision } from "./prompt-document.ts";
import { nodesNamed, type Subject, shared, topicsOf } from "./relevance.ts";
import type { Told } from "./schema.ts";
import { DECIDED, latestFailures, type ToldOf, toldProposal } from "./told-decisions.ts";

/** Characters of each text of a decision that a model is shown. */
const CUT = 300;
/** What a reason, and a failure of the very version that is edited, count for, in shared words. */
const REASON = 1;
const PRESENT_FAILURE = 3;

/** What a model is told of earlier decisions, which of them are to the point, and what is kept of that. */
export type Remembered = { decisions: PastDecision[]; told: Told[]; kept: ToldOf[] };

type Candidate = { told: Told; decision: PastDecision; related: number; score: number };

/**
 * What was decided about this pipeline before, from its own proposals alone, and its latest failed runs: what shares most
 * with the request, has a reason, and is recent. What shares nothing is told only where it has a reason.
 * @param pointed ids of nodes that the user pointed at
 */
export async function pastDecisions(
  ctx: Ctx,
  base: BaseDocument,
  request: { message: string; pointed: readonly string[]; ir: PipelineIr },
): Promise<Remembered> {
  if (!base.pipelineId) return { decisions: [], told: [], kept: [] };
  const ids = request.ir.nodes.map((node) => node.id);
  const asked: Subject = {
    topics: topicsOf(request.message),
    nodes: new Set([...request.pointed, ...nodesNamed(request.message, ids)]),
  };
  const [proposals, failures] = await Promise.all([
    ctx.db.proposal.findMany({
      where: { tenantId: ctx.tenant, pipelineId: base.pipelineId, outcome: { in: ["rejected", "applied"] } },
      orderBy: { decidedAt: "desc" },
      take: limits.decisionsConsidered,
      select: { ...DECIDED, rationale: true, patch: true },
    }),
    latestFailures(ctx, base.pipelineId),
  ]);
  const found = [
    ...proposals.map((row) => ofProposal(row, asked, ids)),
    ...failures.map(({ told, node, version }) =>
      ofFailure(told, node, asked, version === base.version ? PRESENT_FAILURE : 0),
    ),
  ];
  return bounded(found);
}

function ofProposal(
  row: Parameters<typeof toldProposal>[0] & Pick<ProposalRow, "rationale" | "patch">,
  asked: Subject,
  ids: readonly string[],
): Candidate {
  const told = toldProposal(row);
  const text = `${row.message} ${row.rationale} ${row.reason ?? ""}`;
  const nodes = new Set([...nodesNamed(text, ids), ...nodesTouched(row)]);
  const related = shared(asked, { topics: topicsOf(text), nodes });
  const decision = decisionOf(told, row.rationale);
  return { told, decision, related, score: related + (row.reason ? REASON : 0) };
}

function ofFailure(told: Told, node: string | undefined, asked: Subject, present: number): Candidate {
  const subject = { topics: topicsOf(told.reason ?? ""), nodes: new Set(node ? [node] : []) };
  const related = shared(asked, subject) + present;
  return { told, decision: { ...decisionOf(told, ""), ...(node ? { node } : {}) }, related, score: related };
}

/** Ids that a patch tests for, so of the nodes that it works on, and of those that it adds. */
function nodesTouched(row: Pick<ProposalRow, "patch">): string[] {
  return patchOf(row).flatMap((op) => {
    if (op.op === "test" && /^\/nodes\/\d+\/id$/.test(op.path)) return [String(op.value)];
    if (op.op !== "add" || !/^\/nodes\/[^/]+$/.test(op.path)) return [];
    return [String((op.value as { id?: unknown } | null)?.id)];
  });
}

const decisionOf = ({ asked, outcome, reason, at }: Told, proposed: string): PastDecision => ({
  asked: asked.slice(0, CUT),
  proposed: proposed.slice(0, CUT),
  outcome,
  at,
  ...(reason === null ? {} : { reason: reason.slice(0, CUT) }),
});

/** The best, of equals the latest, as many as a prompt has room for. What was erased tells nothing. */
function bounded(found: readonly Candidate[]): Remembered {
  const worth = found
    .filter(({ decision: { asked, proposed, reason = "" } }) => asked + proposed + reason !== "")
    .filter(({ related, told }) => related > 0 || (told.outcome === "rejected" && told.reason !== null))
    .sort((a, b) => b.score - a.score || b.told.at.localeCompare(a.told.at))
    .slice(0, limits.pastDecisions);
  let room = limits.pastDecisionChars;
  const shown = worth.filter(({ decision }) => {
    room -= JSON.stringify(decision).length;
    return room >= 0;
  });
  return {
    decisions: shown.map(({ decision }) => decision),
    told: shown.filter(({ related }) => related > 0).map(({ told }) => told),
    kept: shown.map(({ told: { proposalId, runId }, related }) => ({
      ...(runId ? { run: runId } : { proposal: proposalId ?? "" }),
      related: related > 0,
    })),
  };
}
