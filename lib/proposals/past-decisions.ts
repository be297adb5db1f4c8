import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import type { PastDecision } from "./prompt-document.ts";

const CUT = 400;

/** The latest decisions about this pipeline, from its own proposals alone; those with a reason come first. */
export async function pastDecisions(ctx: Ctx, pipelineId: string | undefined): Promise<PastDecision[]> {
  if (!pipelineId) return [];
  const rows = await ctx.db.proposal.findMany({
    where: { tenantId: ctx.tenant, pipelineId, outcome: { in: ["rejected", "applied"] } },
    orderBy: { createdAt: "desc" },
    take: limits.pastDecisions * 2,
    select: { message: true, rationale: true, outcome: true, reason: true },
  });
  return rows
    .sort((a, b) => Number(b.reason !== null) - Number(a.reason !== null))
    .slice(0, limits.pastDecisions)
    .map((row) => ({
      asked: row.message.slice(0, CUT),
      proposed: row.rationale.slice(0, CUT),
      outcome: row.outcome,
      ...(row.reason === null ? {} : { reason: row.reason.slice(0, CUT) }),
    }));
}
