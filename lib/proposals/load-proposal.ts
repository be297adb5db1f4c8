import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Fetches a proposal of the tenant. @throws AppError `proposal_not_found` */
export async function loadProposal(db: Pick<Tx, "proposal">, ctx: Ctx, id: string) {
  const row = UUID.test(id)
    ? await db.proposal.findFirst({ where: { id: id.toLowerCase(), tenantId: ctx.tenant } })
    : null;
  if (!row) throw new AppError("proposal_not_found", `There is no proposal ${id.slice(0, 64)}.`);
  return row;
}

/** A stored proposal. */
export type ProposalRow = Awaited<ReturnType<typeof loadProposal>>;

/** Holds a proposal until the transaction ends, so that two decisions about it come one after the other. */
export async function lockProposal(tx: Tx, ctx: Ctx, id: string): Promise<ProposalRow> {
  await tx.$queryRaw`select "id" from "Proposal" where "id" = ${id} and "tenantId" = ${ctx.tenant} for update`;
  return loadProposal(tx, ctx, id);
}

/** The patch of a stored proposal. It was checked before it was stored. */
export function patchOf(row: Pick<ProposalRow, "patch">): JsonPatchOp[] {
  return row.patch as unknown as JsonPatchOp[];
}

/** What is noted of a decision, besides its outcome; the log is told of it once more. */
export function decidedNow(ctx: Ctx) {
  return {
    decidedAt: new Date(),
    decidedBy: ctx.actor.id,
    decidedByName: ctx.actor.name ?? null,
    decisions: { increment: 1 },
    loggedAt: null,
  };
}
