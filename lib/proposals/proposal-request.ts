import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { Catalogue, PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { type BaseDocument, loadBase } from "./base-document.ts";
import type { Refined } from "./check-patch.ts";
import { cleanText } from "./clean-text.ts";
import { knownColumns, knownFiles } from "./known-files.ts";
import { loadProposal, patchOf } from "./load-proposal.ts";
import { pastDecisions } from "./past-decisions.ts";
import type { PromptDocument } from "./prompt-document.ts";
import type { PipelineChatInput } from "./schema.ts";

/** A request with everything that it is answered from. */
export type ProposalRequest = {
  message: string;
  base: BaseDocument;
  catalogue: Catalogue;
  refined?: Refined;
  refinesId?: string;
  document: PromptDocument;
};

/**
 * Gathers what a request is answered from, bounded by the tenant; the message without secrets.
 * @throws AppError `pipeline_not_found`, `proposal_not_found`, `stale_proposal`
 */
export async function gatherRequest(ctx: Ctx, input: PipelineChatInput): Promise<ProposalRequest> {
  const message = cleanText(input.message);
  const refines = input.proposalId ? await loadProposal(ctx.db, ctx, input.proposalId) : undefined;
  const base = await loadBase(ctx, input.pipelineId ?? refines?.pipelineId);
  if (refines && (refines.pipelineId ?? undefined) !== base.pipelineId) {
    throw new AppError("bad_request", "The proposal to refine belongs to another pipeline.");
  }
  const refined = refines ? refine(base, patchOf(refines)) : undefined;
  const ir = refined?.ir ?? base.ir;
  const [catalogue, files, columns, decisions] = await Promise.all([
    loadCatalogue(ctx),
    knownFiles(ctx, message),
    knownColumns(ctx, ir),
    pastDecisions(ctx, base.pipelineId),
  ]);
  const document: PromptDocument = {
    version: base.version,
    ir,
    sources: catalogue.sources,
    destinations: catalogue.destinations,
    files,
    columns,
    decisions,
    mentions: input.mentions ?? [],
    request: message,
  };
  return { message, base, catalogue, refined, refinesId: refines?.id, document };
}

function refine(base: BaseDocument, patch: Refined["patch"]): Refined {
  const applied = applyPatch<PipelineIr>(base.ir, patch);
  if (applied.ok) return { patch, ir: applied.document };
  throw new AppError(
    "stale_proposal",
    "The proposal to refine no longer fits the current version. Ask for the change anew.",
    { members: { currentVersion: base.version, rebased: null } },
  );
}
