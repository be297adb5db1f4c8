import { existsSync } from "node:fs";
import { requirePermission } from "#lib/access/index.ts";
import { DataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { dryRun } from "./dry-run.ts";
import { asDryRun } from "./dry-runs.ts";
import type { LoadDestination } from "./loaders/loader.ts";
import { resolveDestination } from "./resolve-destination.ts";
import { resolveSource } from "./resolve-source.ts";
import type { Preview } from "./schema.ts";
import { warehouseFile } from "./warehouse.ts";

/**
 * A dry run of two documents over the first rows of each source: columns, sample rows, counts and rejects of every
 * node. Reads the real sources, no further than it has to, and writes nothing but scratch. Ends within
 * `limits.previewMs`, when the caller goes away, and when the same person asks for a newer one of the same pipeline.
 * @throws AppError `invalid_ir` if the new document cannot be run; `conflict` if a newer dry run took over;
 * `overloaded` if too many are under way.
 */
export async function previewPlan({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { before?: unknown; after: unknown; rows?: number };
}): Promise<Preview> {
  requirePermission(ctx, "proposals.create");
  const rows = Math.min(input.rows ?? limits.previewRows, limits.previewRows);
  const catalogue = await loadCatalogue(ctx);
  const after = parsePipelineIR(input.after, { strength: "executable", catalogue });
  if (!after.ok) throw new AppError("invalid_ir", undefined, { issues: after.issues });
  const before =
    input.before === undefined
      ? undefined
      : parsePipelineIR(input.before, { strength: "executable", catalogue });
  // A pipeline that is not there yet may have another name in each proposal.
  const key = JSON.stringify([ctx.tenant, ctx.actor.id, input.before === undefined ? null : after.ir.id]);
  const deadline = AbortSignal.timeout(limits.previewMs);
  return asDryRun(key, { signal: ctx.signal, waitMs: limits.previewMs / 2 }, async (until, hold) => {
    const signal = AbortSignal.any([until, deadline]);
    const reading = { ...ctx, signal };
    const dry = (ir: PipelineIr) =>
      dryRun({
        plan: compile(ir, catalogue),
        tenant: ctx.tenant,
        resolveSource: (step) => resolveSource(reading, step),
        resolveDestination: (name) => standingDestination(ctx, name),
        rows,
        signal,
        hold,
      });
    const sides = [dry(after.ir), before?.ok ? dry(before.ir) : null] as const;
    // Both have ended before one of them is thrown: nothing goes on behind an answer.
    await Promise.allSettled(sides);
    return {
      rows,
      before: await sides[1],
      after: await sides[0],
      changedNodes: changedNodes(before?.ok ? before.ir : undefined, after.ir),
    };
  });
}

/** Where tables are looked up. Looking must not make a warehouse where there is none yet. */
async function standingDestination(ctx: Ctx, name: string | undefined): Promise<LoadDestination> {
  const builtIn = name === undefined || name === "warehouse";
  if (builtIn && env().embedded && !existsSync(warehouseFile(ctx.tenant)))
    throw new DataError("table_not_found", "The warehouse has no tables yet");
  return resolveDestination(ctx, name);
}

function changedNodes(before: PipelineIr | undefined, after: PipelineIr): string[] {
  const known = new Map(before?.nodes.map((node) => [node.id, JSON.stringify(node)]));
  return after.nodes.filter((node) => known.get(node.id) !== JSON.stringify(node)).map(({ id }) => id);
}
