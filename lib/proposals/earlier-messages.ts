import type { Ctx } from "#lib/context.ts";
import type { Change } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { ProposalRow } from "./load-proposal.ts";
import type { EarlierMessage } from "./prompt-document.ts";

/** Characters of each text of an earlier message that a model is shown, and of each change. */
const CUT = 1_000;
/** Changes of the refined proposal that are told one by one. */
const CHANGES = 100;

/**
 * The conversation that a follow-up goes on with, oldest first: what the refined proposal, and those before it, were
 * asked and proposed. Only the last one, on whose result the model works, is told change by change.
 */
export async function earlierMessages(
  ctx: Ctx,
  refines: ProposalRow,
  changes: readonly Change[],
): Promise<EarlierMessage[]> {
  const chain: ProposalRow[] = [refines];
  for (let at = refines; at.refinesId && chain.length < limits.followUpMessages; ) {
    const before = await ctx.db.proposal.findFirst({ where: { id: at.refinesId, tenantId: ctx.tenant } });
    if (!before) break;
    // A proposal that was made anew for a newer version repeats what it was made of.
    if (before.message !== at.message) chain.push(before);
    at = before;
  }
  return chain.reverse().map((row) => ({
    asked: row.message.slice(0, CUT),
    proposed: row.rationale.slice(0, CUT),
    ...(row === refines
      ? { changes: changes.slice(0, CHANGES).map(({ label }) => label.slice(0, CUT)) }
      : {}),
  }));
}
