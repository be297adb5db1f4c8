import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { cutPage, decodeCursor } from "./cursor.ts";
import { loadPipeline } from "./load.ts";
import { ListPipelinesQuery, type Pagination, type PipelineSummary } from "./schema.ts";

type Row = {
  id: string;
  slug: string;
  name: string;
  currentVersion: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  executable: boolean;
  metadata: { description?: string; tags?: string[] } | null;
};

const COLUMNS = Prisma.sql`p."id", p."slug", p."name", p."currentVersion", p."createdBy", p."createdAt",
  p."updatedAt", v."executable", v."ir"->'metadata' as "metadata"`;
const FROM = Prisma.sql`from "Pipeline" p join "PipelineVersion" v
  on v."pipelineId" = p."id" and v."version" = p."currentVersion"`;

/**
 * The tenant's pipelines, latest change first, one page at a time (keyset: rows added meanwhile neither repeat nor
 * hide one). `q` matches any part of the name or slug, in any case.
 */
export async function listPipelines({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: unknown;
}): Promise<{ data: PipelineSummary[]; pagination: Pagination }> {
  requirePermission(ctx, "pipelines.read");
  const { limit, cursor, q } = ListPipelinesQuery.parse(input);
  const after = cursor ? decodeCursor(cursor) : undefined;
  const pattern = q ? `%${q.replace(/[\\%_]/g, "\\$&")}%` : undefined;
  const matching = Prisma.sql`p."tenantId" = ${ctx.tenant} and p."deletedAt" is null
    ${pattern ? Prisma.sql`and (p."name" ilike ${pattern} or p."slug" ilike ${pattern})` : Prisma.empty}`;
  const beyond = after
    ? Prisma.sql`and (p."updatedAt", p."id") < (${after.at}::timestamptz, ${after.id})`
    : Prisma.empty;
  const rows = await ctx.db.$queryRaw<Row[]>`select ${COLUMNS} ${FROM} where ${matching} ${beyond}
    order by p."updatedAt" desc, p."id" desc limit ${limit + 1}`;
  const [count] = await ctx.db.$queryRaw<{ total: number }[]>`
    select count(*)::int as "total" from "Pipeline" p where ${matching}`;
  const { page, pagination } = cutPage(rows, limit, count?.total ?? 0, (row) => ({
    at: row.updatedAt,
    id: row.id,
  }));
  return { data: page.map(toSummary), pagination };
}

/** One pipeline without its document, by uuid or slug. @throws AppError `pipeline_not_found`. */
export async function getPipeline({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<PipelineSummary> {
  requirePermission(ctx, "pipelines.read");
  const { id } = await loadPipeline(ctx, input.id);
  const rows = await ctx.db.$queryRaw<Row[]>`
    select ${COLUMNS} ${FROM} where p."tenantId" = ${ctx.tenant} and p."id" = ${id}`;
  return toSummary(rows[0] as Row);
}

function toSummary({ metadata, currentVersion, createdAt, updatedAt, ...row }: Row): PipelineSummary {
  return {
    ...row,
    version: currentVersion,
    description: metadata?.description ?? null,
    tags: metadata?.tags ?? [],
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
