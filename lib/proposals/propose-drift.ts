import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { SchemaDrift } from "#lib/ir/schema.ts";
import { diff } from "#lib/json-patch/index.ts";
import { getRunProgress, lastColumns, loadCatalogue } from "#lib/runs/index.ts";
import type { RunProgress } from "#lib/runs/schema.ts";
import { loadBase } from "./base-document.ts";
import { checkPatch } from "./check-patch.ts";
import { cleanText } from "./clean-text.ts";
import { changeForDrift } from "./drift/change-for-drift.ts";
import { loadProposal } from "./load-proposal.ts";
import { recordProposal } from "./record-proposal.ts";
import { type ProposalView, ProposeDriftInput } from "./schema.ts";
import { viewOf } from "./view-proposal.ts";

/** Who answers: no model, the same facts always give the same change. */
export const DRIFT = { provider: "drift", model: "schema-drift" } as const;

/**
 * Proposes a change to a pipeline whose run met other columns than expected: of the error, else of the warnings that
 * tell of them. It goes through the same checks as any other; asked again while it is open, it is the same one.
 * @throws AppError `permission_denied`, `run_not_found`, `pipeline_not_found`; `conflict` where there is nothing to
 * propose, saying why.
 */
export async function proposeDrift({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: ProposeDriftInput;
}): Promise<ProposalView> {
  requirePermission(ctx, "proposals.create");
  const started = performance.now();
  const { runId, added } = ProposeDriftInput.parse(input);
  const run = await getRunProgress({ ctx, input: { runId } });
  const drift = driftOfRun(run);
  if (!drift) throw new AppError("conflict", "This run met the columns that were expected.");
  const base = await loadBase(ctx, run.pipelineId);
  const message = messageOf(run, drift, added);
  const same = { tenantId: ctx.tenant, pipelineId: run.pipelineId, baseVersion: base.version, message };
  const open = await ctx.db.proposal.findFirst({ where: { ...same, ...DRIFT, outcome: "proposed" } });
  if (open) return viewOf(ctx, open);
  const catalogue = await loadCatalogue(ctx);
  const last = await lastColumns(ctx, { pipelineId: run.pipelineId, before: runId });
  const change = changeForDrift({ ir: base.ir, drift, last, added, catalogue });
  if ("why" in change) throw new AppError("conflict", change.why);
  const verdict = checkPatch(base, diff(base.ir, change.ir), catalogue);
  if (!verdict.ok)
    throw new AppError("conflict", "No change to the pipeline is valid.", { issues: verdict.issues });
  const { patch, resultingIr, warnings, changes } = verdict.value;
  if (changes.length === 0) throw new AppError("conflict", "The pipeline fits these columns already.");
  const id = await ctx.db.$transaction((tx) =>
    recordProposal(tx, ctx, {
      pipelineId: base.pipelineId,
      pipelineName: base.name,
      baseVersion: base.version,
      message,
      rationale: cleanText(change.said.join("\n\n")),
      ...{ patch, resultingIr, warnings },
      ...{ errors: [], retries: 0, tokensUsed: 0, ...DRIFT },
      latencyMs: Math.round(performance.now() - started),
      outcome: "proposed",
      // What is told of runs is told of those that failed.
      told: run.status === "failed" ? [{ run: runId, related: true }] : [],
    }),
  );
  return viewOf(ctx, await loadProposal(ctx.db, ctx, id));
}

/** Of several warnings the one that says most: what went, before what only came. */
function driftOfRun({ error, warnings }: Pick<RunProgress, "error" | "warnings">): SchemaDrift | undefined {
  if (error) return error.drift;
  const told = ["columns_gone", "undeclared_columns"].map((code) =>
    warnings.find((warning) => warning.code === code),
  );
  return told.find((warning) => warning?.drift)?.drift;
}

function messageOf(run: RunProgress, { of }: SchemaDrift, added: "leave_out" | "take"): string {
  const choice = added === "take" ? " Take in what is new." : "";
  return cleanText(`The columns of ${of} have changed (run ${run.runId.slice(-8)}).${choice}`);
}
