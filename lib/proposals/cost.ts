import type { Ctx } from "#lib/context.ts";
import { type AiPrices, loadAiChoice } from "#lib/settings/index.ts";
import type { ProposalRow } from "./load-proposal.ts";

const MILLION = 1_000_000;

/** In USD; null where no price is known, or nothing was used. */
export function costOf(
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
  { input, output }: AiPrices,
): number | null {
  if ((input === null && output === null) || inputTokens + outputTokens === 0) return null;
  return (inputTokens * (input ?? 0) + outputTokens * (output ?? 0)) / MILLION;
}

/** Tells what a stored proposal cost. */
export type CostOfRow = (
  row: Pick<ProposalRow, "provider" | "model" | "inputTokens" | "outputTokens">,
) => number | null;

/**
 * What stored proposals cost by the prices that are set now: no row keeps a price. The prices are those of one model,
 * so for what another one answered there are none. A key that cannot be opened is no reason to show no proposal.
 */
export async function presentCost(ctx: Ctx): Promise<CostOfRow> {
  const known = await loadAiChoice({ ctx }).catch(() => undefined);
  return ({ provider, model, inputTokens, outputTokens }) => {
    if (!known || inputTokens === null || outputTokens === null) return null;
    const { choice, prices } = known;
    if (choice.provider !== provider || (choice.model ?? model) !== model) return null;
    return costOf({ inputTokens, outputTokens }, prices);
  };
}
