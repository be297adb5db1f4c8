import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { describeChanges } from "#lib/ir/index.ts";
import type { Catalogue, PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { type BaseDocument, loadBase } from "./base-document.ts";
import type { Refined } from "./check-patch.ts";
import { cleanSamples } from "./clean-samples.ts";
import { cleanText } from "./clean-text.ts";
import { earlierMessages } from "./earlier-messages.ts";
import { knownColumns, knownFiles } from "./known-files.ts";
import { loadProposal, type ProposalRow, patchOf } from "./load-proposal.ts";
import { pastDecisions, type Remembered } from "./past-decisions.ts";
import type { PromptDocument } from "./prompt-document.ts";
import { resolveMentions, type TableColumns } from "./resolve-mentions.ts";
import type { PipelineChatInput } from "./schema.ts";

/** A request with everything that it is answered from. */
export type ProposalRequest = {
  message: string;
  base: BaseDocument;
  catalogue: Catalogue;
  refined?: Refined;
  refinesId?: string;
  document: PromptDocument;
  /** Earlier decisions that the document tells of. */
  remembered: Remembered;
};

/**
 * Gathers what a request is answered from, bounded by the tenant; the message without secrets.
 * @throws AppError `pipeline_not_found`, `proposal_not_found`, `conflict` (the proposal to refine is not open),
 * `stale_proposal`, `bad_request` (another pipeline's proposal; mentions that are not there)
 */
export async function gatherRequest(
  ctx: Ctx,
  input: PipelineChatInput,
  tableColumns?: TableColumns,
): Promise<ProposalRequest> {
  const message = cleanText(input.message);
  const refines = input.proposalId ? await loadProposal(ctx.db, ctx, input.proposalId) : undefined;
  const base = await loadBase(ctx, input.pipelineId ?? refines?.pipelineId);
  const refined = refines ? refine(base, refines) : undefined;
  const ir = refined?.ir ?? base.ir;
  const [catalogue, files, columns, earlier] = await Promise.all([
    loadCatalogue(ctx),
    knownFiles(ctx, message),
    knownColumns(ctx, ir),
    refines ? earlierMessages(ctx, refines, describeChanges(base.ir, { ...ir, id: base.ir.id })) : undefined,
  ]);
  const { nodes, things } = await resolveMentions(ctx, input.mentions ?? [], {
    ...{ ir, catalogue, columns, tableColumns },
  });
  const remembered = await pastDecisions(ctx, base, { message, pointed: nodes, ir });
  const document: PromptDocument = {
    version: base.version,
    ir,
    sources: catalogue.sources,
    destinations: catalogue.destinations,
    files,
    columns,
    decisions: remembered.decisions,
    mentions: nodes,
    pointed: things,
    earlier,
    samples: cleanSamples(input.samples ?? [], refined ? [base.ir, refined.ir] : [base.ir]),
    request: message,
  };
  return { message, base, catalogue, refined, refinesId: refines?.id, document, remembered };
}

function refine(base: BaseDocument, refines: ProposalRow): Refined {
  if ((refines.pipelineId ?? undefined) !== base.pipelineId)
    throw new AppError("bad_request", "The proposal to refine belongs to another pipeline.");
  if (refines.outcome !== "proposed" && refines.outcome !== "stale")
    throw new AppError("conflict", `The proposal is ${refines.outcome}: only an open one can be refined.`);
  const patch = patchOf(refines);
  const applied = applyPatch<PipelineIr>(base.ir, patch);
  if (applied.ok) return { patch, ir: applied.document };
  throw new AppError(
    "stale_proposal",
    "The proposal to refine no longer fits the current version. Ask for the change anew.",
    { members: { currentVersion: base.version, rebased: null } },
  );
}
