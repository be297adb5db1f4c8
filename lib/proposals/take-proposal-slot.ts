import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { takeSlot } from "#lib/rate-limit/index.ts";
import { loadProposalLimit } from "#lib/settings/index.ts";

const HOUR = 3_600_000;

/**
 * Counts one request that is about to reach a provider, for all nodes together. Attempts within it are not counted.
 * @throws AppError `rate_limited` with Retry-After, naming the limit and who can change it
 */
export async function takeProposalSlot(ctx: Ctx): Promise<void> {
  const limit = await loadProposalLimit({ ctx });
  const slot = await takeSlot(ctx.db, { key: `proposals:${ctx.tenant}`, limit, windowMs: HOUR });
  if (slot.ok) return;
  throw new AppError(
    "rate_limited",
    `This tenant has asked for ${limit} proposal${limit === 1 ? "" : "s"} within 60 minutes, which is its limit. Try again in ${slot.retryAfterSeconds} seconds; an administrator can change the limit in Settings → AI.`,
    { headers: { "Retry-After": String(slot.retryAfterSeconds) } },
  );
}
