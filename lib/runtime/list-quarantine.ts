import type { z } from "zod";
import { can, requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { formatIrType } from "#lib/ir/index.ts";
import { listRunStates, requireRun } from "#lib/runs/index.ts";
import type { RunStatus } from "#lib/runs/schema.ts";
import { openEdited, openKept, type RowValues } from "./quarantine-content.ts";
import { IN_STATE, stateOf } from "./quarantine-state.ts";
import { type QuarantinedRow, type QuarantinePage, QuarantineQuery } from "./schema.ts";
import { summarizeQuarantine } from "./summarize-quarantine.ts";

const HIDDEN = "***";

/**
 * A page of the rows that a run rejected, in order of arrival. The values of fields that the pipeline masks or hashes
 * are shown only to those who may edit quarantine.
 * @throws AppError `run_not_found`; `bad_request` for a cursor that is none.
 */
export async function listQuarantine({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string } & z.input<typeof QuarantineQuery>;
}): Promise<QuarantinePage> {
  requirePermission(ctx, "quarantine.read");
  const { limit, cursor, state, node, rule } = QuarantineQuery.parse(input);
  if (cursor !== undefined && !/^[0-9a-f-]{36}$/.test(cursor))
    throw new AppError("bad_request", "The cursor is not one of ours");
  await requireRun(ctx, input.runId);
  const ofRun = { tenantId: ctx.tenant, runId: input.runId, expiresAt: { gt: new Date() } };
  const where = { ...ofRun, nodeId: node, rule, ...(state && { AND: [IN_STATE[state]] }) };
  const total = await ctx.db.quarantineRow.count({ where });
  const rows = await ctx.db.quarantineRow.findMany({
    where: { ...where, ...(cursor && { id: { gt: cursor } }) },
    orderBy: { id: "asc" },
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  return {
    data: await presentRows(ctx, page),
    summary: await summarizeQuarantine(ctx, input.runId),
    pagination: {
      total,
      hasMore: rows.length > limit,
      limit,
      cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    },
  };
}

type Row = Awaited<ReturnType<Ctx["db"]["quarantineRow"]["findMany"]>>[number];

/** Rows as they travel, as far as the caller may see them. */
export async function presentRows(ctx: Ctx, rows: readonly Row[]): Promise<QuarantinedRow[]> {
  const runIds = [...new Set(rows.flatMap(({ replayRunId }) => replayRunId ?? []))];
  const runs = await listRunStates({ ctx, input: { runIds } });
  const shown = can(ctx, "quarantine.edit");
  return rows.map((row) => present(row, ctx.tenant, shown, runs));
}

function present(
  row: Row,
  tenant: string,
  shown: boolean,
  runs: ReadonlyMap<string, RunStatus>,
): QuarantinedRow {
  const { id, nodeId, rule, reason, rowNumber, replayRunId, editedBy } = row;
  const kept = openKept(row, tenant);
  const edited = openEdited(row, tenant);
  const masked = shown ? [] : (kept?.masked ?? []);
  const hide = (values: RowValues | undefined) =>
    values &&
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, masked.includes(name) ? HIDDEN : value]),
    );
  const status = replayRunId === null ? undefined : runs.get(replayRunId);
  return {
    id,
    state: stateOf(row),
    nodeId,
    rule,
    reason,
    rowNumber: rowNumber === null ? null : Number(rowNumber),
    row: hide(kept?.row) ?? null,
    edited: hide(edited) ?? null,
    columns: kept?.columns?.map(({ name, type }) => ({ name, type: formatIrType(type) })) ?? null,
    masked: masked.filter((name) => kept && name in kept.row),
    editedBy,
    editedAt: row.editedAt?.toISOString() ?? null,
    replay: replayRunId !== null && status ? { runId: replayRunId, status } : null,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
