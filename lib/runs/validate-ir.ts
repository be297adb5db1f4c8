import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { describeChanges, parsePipelineIR } from "#lib/ir/index.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { type ValidateAnswer, ValidateInput } from "#lib/pipelines/schema.ts";
import { loadCatalogue } from "./load-catalogue.ts";

/**
 * Checks a document as saving or running it would, against what exists for the tenant; nothing is stored.
 * @throws AppError `pipeline_not_found` if the pipeline to compare with is not there.
 */
export async function validateIr({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<ValidateAnswer> {
  requirePermission(ctx, "pipelines.read");
  const { ir: document, strength, pipelineId } = ValidateInput.parse(input);
  const catalogue = await loadCatalogue(ctx);
  const before = pipelineId ? await loadVersion({ ctx, pipeline: pipelineId }) : undefined;
  const parsed = parsePipelineIR(document, { strength, catalogue });
  if (!parsed.ok) return { ok: false, issues: parsed.issues, warnings: [] };
  const { ir, warnings } = parsed;
  const changes = before && describeChanges(before.ir, ir);
  return { ok: true, ir, issues: [], warnings, changes };
}
