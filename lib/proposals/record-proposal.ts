import { type AuditAction, emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { JsonInput, Tx } from "#lib/db.ts";
import { Prisma } from "#lib/db.ts";
import type { Issue, PipelineIr } from "#lib/ir/schema.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import { decidedNow } from "./load-proposal.ts";
import type { ProposalOutcome } from "./schema.ts";
import type { ToldOf } from "./told-decisions.ts";

/** Kind of everything that the audit log says about proposals. */
export const PROPOSAL_ENTITY = "pipeline_ai_proposal";

/** A proposal as it is first written down. */
export type NewProposal = {
  pipelineId?: string;
  pipelineName: string;
  baseVersion: number;
  message: string;
  rationale: string;
  patch: JsonPatchOp[];
  resultingIr?: PipelineIr;
  warnings: Issue[];
  errors: string[];
  retries: number;
  tokensUsed: number;
  /** Of all attempts; absent where nobody counted. */
  inputTokens?: number;
  outputTokens?: number;
  provider: string;
  model: string;
  latencyMs: number;
  outcome: ProposalOutcome;
  refinesId?: string;
  reason?: string;
  told?: ToldOf[];
};

/** What a proposal's audit row tells, besides what happened to it. */
export type AuditedProposal = Pick<
  NewProposal,
  "rationale" | "retries" | "tokensUsed" | "provider" | "model" | "latencyMs" | "baseVersion" | "outcome"
> & {
  id: string;
  pipelineId?: string | null;
  message: string;
  patch: unknown;
  errors?: unknown;
  inputTokens?: number | null;
  outputTokens?: number | null;
};

const VERB: Record<ProposalOutcome, AuditAction> = {
  proposed: "proposal.proposed",
  failed: "proposal.failed",
  error: "proposal.errored",
  applied: "proposal.applied",
  rejected: "proposal.rejected",
  stale: "proposal.staled",
};

/** Writes the one audit row of an outcome: the full patch and all figures. Last in the transaction. */
export async function auditProposal(
  tx: Tx,
  ctx: Ctx,
  proposal: AuditedProposal,
  entityName: string | undefined,
  more: Record<string, unknown> = {},
): Promise<void> {
  const { id, patch, outcome, ...rest } = proposal;
  await emitAudit(tx, ctx, {
    action: VERB[outcome],
    entityType: PROPOSAL_ENTITY,
    entityId: id,
    entityName,
    changes: patch,
    after: { ...facts(rest), outcome, patch, ...more },
  });
}

const facts = (row: Omit<AuditedProposal, "id" | "patch" | "outcome">) => ({
  pipelineId: row.pipelineId ?? null,
  baseVersion: row.baseVersion,
  message: row.message,
  rationale: row.rationale,
  errors: row.errors ?? [],
  retries: row.retries,
  tokensUsed: row.tokensUsed,
  inputTokens: row.inputTokens ?? null,
  outputTokens: row.outputTokens ?? null,
  provider: row.provider,
  model: row.model,
  latencyMs: row.latencyMs,
});

/** Stores a proposal and its audit row in the caller's transaction. @returns its id. */
export async function recordProposal(tx: Tx, ctx: Ctx, proposal: NewProposal): Promise<string> {
  const { pipelineName, patch, resultingIr, warnings, errors, told = [], ...columns } = proposal;
  const row = await tx.proposal.create({
    data: {
      ...columns,
      tenantId: ctx.tenant,
      patch: patch as JsonInput,
      resultingIr: resultingIr ? (resultingIr as JsonInput) : Prisma.DbNull,
      warnings: warnings as JsonInput,
      errors,
      told,
      ...(proposal.outcome === "rejected" ? { ...decidedNow(ctx), decisions: 1 } : {}),
      createdBy: ctx.actor.id,
    },
    select: { id: true },
  });
  await auditProposal(
    tx,
    ctx,
    { ...proposal, id: row.id },
    pipelineName,
    proposal.reason ? { reason: proposal.reason } : {},
  );
  return row.id;
}
