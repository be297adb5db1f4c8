import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { publishVersion } from "#lib/runs/index.ts";
import type { BaseDocument } from "./base-document.ts";

const TRIES = 50;

/** Saves a proposal's document as the next version, or makes the pipeline under the first free slug of its name. */
export async function publishProposal(
  tx: Tx,
  ctx: Ctx,
  { base, ir, proposalId }: { base: BaseDocument; ir: PipelineIr; proposalId: string },
) {
  const origin = "applied" as const;
  if (base.pipelineId) {
    const { pipelineId, version: baseVersion } = base;
    return publishVersion({ ctx, tx, input: { pipelineId, ir, baseVersion, origin, proposalId } });
  }
  for (let n = 1; ; n++) {
    const id = n === 1 ? ir.id : `${ir.id}-${n}`;
    try {
      return await publishVersion({ ctx, tx, input: { ir: { ...ir, id }, origin, proposalId } });
    } catch (error) {
      if (n >= TRIES || !isAppError(error) || error.code !== "already_exists") throw error;
    }
  }
}
