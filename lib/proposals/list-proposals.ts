import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { loadBase } from "./base-document.ts";
import { presentCost } from "./cost.ts";
import { ListProposalsInput, type ProposalPage } from "./schema.ts";
import { summaryOf } from "./view-proposal.ts";

const ID = /^[0-9a-f-]{36}$/;

/**
 * The tenant's proposals, newest first; of one pipeline if it is named, of one outcome if that is.
 * @throws AppError `permission_denied`, `pipeline_not_found`, `bad_request` (cursor)
 */
export async function listProposals({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: Partial<ListProposalsInput>;
}): Promise<ProposalPage> {
  requirePermission(ctx, "pipelines.read");
  const { pipelineId, outcome, limit, cursor } = ListProposalsInput.parse(input);
  if (cursor !== undefined && !ID.test(cursor))
    throw new AppError("bad_request", "That cursor is not one of ours.");
  const pipeline = pipelineId ? (await loadBase(ctx, pipelineId)).pipelineId : undefined;
  const where = {
    tenantId: ctx.tenant,
    ...(pipeline ? { pipelineId: pipeline } : {}),
    ...(outcome ? { outcome } : {}),
    // An answer that changes nothing waits for nobody.
    ...(outcome === "proposed" ? { NOT: { patch: { equals: [] } } } : {}),
  };
  const [total, rows] = [
    await ctx.db.proposal.count({ where }),
    await ctx.db.proposal.findMany({
      // Ids are UUIDs of version 7: their order is that of creation.
      where: { ...where, ...(cursor ? { id: { lt: cursor } } : {}) },
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
  ];
  const hasMore = rows.length > limit;
  const cost = await presentCost(ctx);
  const data = rows.slice(0, limit).map((row) => summaryOf(row, cost));
  return { data, pagination: { total, hasMore, limit, cursor: hasMore ? (data.at(-1)?.id ?? null) : null } };
}
