import type { z } from "zod";
import { can, requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { unseal } from "#lib/crypto.ts";
import { AppError } from "#lib/errors.ts";
import { type QuarantinedRow, type QuarantinePage, QuarantineQuery } from "./schema.ts";

type Stored = { row: Record<string, QuarantinedRow["row"]>; masked: string[] };
const HIDDEN = "***";

/**
 * A page of the rows that a run rejected, in order of arrival. The values of fields that the pipeline masks or hashes
 * are shown only to those who may edit quarantine.
 * @throws AppError `bad_request` for a cursor that is none.
 */
export async function listQuarantine({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string } & z.input<typeof QuarantineQuery>;
}): Promise<QuarantinePage> {
  requirePermission(ctx, "quarantine.read");
  const { limit, cursor } = QuarantineQuery.parse(input);
  if (cursor !== undefined && !/^[0-9a-f-]{36}$/.test(cursor))
    throw new AppError("bad_request", "The cursor is not one of ours");
  const where = { tenantId: ctx.tenant, runId: input.runId, expiresAt: { gt: new Date() } };
  const total = await ctx.db.quarantineRow.count({ where });
  const rows = await ctx.db.quarantineRow.findMany({
    where: { ...where, ...(cursor && { id: { gt: cursor } }) },
    orderBy: { id: "asc" },
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const shown = can(ctx, "quarantine.edit");
  return {
    data: page.map((row) => present(row, ctx.tenant, shown)),
    pagination: {
      total,
      hasMore: rows.length > limit,
      limit,
      cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    },
  };
}

type Row = Awaited<ReturnType<Ctx["db"]["quarantineRow"]["findMany"]>>[number];

function present(row: Row, tenant: string, shown: boolean): QuarantinedRow {
  const { id, nodeId, rule, reason, rowNumber } = row;
  const stored = open(row, tenant);
  const hidden = shown ? [] : (stored?.masked ?? []).filter((field) => stored && field in stored.row);
  const values = stored && { ...stored.row, ...Object.fromEntries(hidden.map((field) => [field, HIDDEN])) };
  return {
    id,
    nodeId,
    rule,
    reason,
    rowNumber: rowNumber === null ? null : Number(rowNumber),
    row: (values as QuarantinedRow["row"]) ?? null,
    masked: hidden,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}

function open(row: Row, tenant: string): Stored | undefined {
  try {
    return JSON.parse(unseal(row.row, { tenant, id: row.id }).toString("utf8")) as Stored;
  } catch {
    // Sealed with a key that is gone: the reason is still worth showing.
    return undefined;
  }
}
