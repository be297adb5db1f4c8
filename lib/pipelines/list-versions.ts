import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { describeChanges } from "#lib/ir/index.ts";
import type { Change, PipelineIr } from "#lib/ir/schema.ts";
import { cutPage, decodeCursor } from "./cursor.ts";
import { loadPipeline, loadVersionRow } from "./load.ts";
import {
  PageQuery,
  type VersionDetail,
  type VersionList,
  type VersionOrigin,
  type VersionSummary,
} from "./schema.ts";

/** The versions of a pipeline, newest first, each with its changes in words. @throws AppError `pipeline_not_found`. */
export async function listVersions({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; limit?: number; cursor?: string };
}): Promise<VersionList> {
  requirePermission(ctx, "pipelines.read");
  const { limit, cursor } = PageQuery.parse(input);
  const pipeline = await loadPipeline(ctx, input.id);
  const after = cursor ? Number(decodeCursor(cursor).id) : pipeline.currentVersion + 1;
  const rows = await ctx.db.pipelineVersion.findMany({
    where: { tenantId: ctx.tenant, pipelineId: pipeline.id, version: { lt: after } },
    orderBy: { version: "desc" },
    // One more for the next page, and its predecessor to say what it changed.
    take: limit + 1,
  });
  const { page, pagination } = cutPage(rows, limit, pipeline.currentVersion, (row) => ({
    at: row.createdAt,
    id: String(row.version),
  }));
  const data = page.map((row, index) => ({
    ...toSummary(row, pipeline.currentVersion),
    changes: changesBetween(rows[index + 1]?.ir, row.ir).map((change) => change.label),
  }));
  return { data, pagination };
}

/**
 * One version with its document and its changes against the one before.
 * @throws AppError `pipeline_not_found`, `not_found`.
 */
export async function getVersion({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; version: number };
}): Promise<VersionDetail> {
  requirePermission(ctx, "pipelines.read");
  const pipeline = await loadPipeline(ctx, input.id);
  const row = await loadVersionRow(ctx, pipeline.id, input.version);
  const before = await ctx.db.pipelineVersion.findFirst({
    where: { tenantId: ctx.tenant, pipelineId: pipeline.id, version: input.version - 1 },
    select: { ir: true },
  });
  return {
    ...toSummary(row, pipeline.currentVersion),
    ir: row.ir,
    changes: changesBetween(before?.ir, row.ir),
  };
}

function changesBetween(before: unknown, after: unknown): Change[] {
  return before ? describeChanges(before as PipelineIr, after as PipelineIr) : [];
}

type Row = {
  version: number;
  origin: string;
  executable: boolean;
  note: string | null;
  proposalId: string | null;
  createdBy: string;
  createdByName: string | null;
  createdAt: Date;
};

function toSummary(row: Row, currentVersion: number): Omit<VersionSummary, "changes"> {
  return {
    version: row.version,
    origin: row.origin as VersionOrigin,
    executable: row.executable,
    current: row.version === currentVersion,
    note: row.note,
    proposalId: row.proposalId,
    createdBy: row.createdBy,
    createdByName: row.createdByName,
    createdAt: row.createdAt.toISOString(),
  };
}
