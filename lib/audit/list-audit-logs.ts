import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { ListAuditLogsInput } from "./schema.ts";

type Row = Awaited<ReturnType<typeof findRows>>[number];

/** A page of the tenant's audit log, newest first. @throws AppError `permission_denied` */
export async function listAuditLogs({ ctx, input }: { ctx: Ctx; input: z.input<typeof ListAuditLogsInput> }) {
  requirePermission(ctx, "audit.read");
  const { page, limit, from, to, ...filter } = ListAuditLogsInput.parse(input);
  const timestamp = from || to ? { gte: from && new Date(from), lt: to && new Date(to) } : undefined;
  const where = { tenantId: ctx.tenant, ...filter, timestamp };
  const total = await ctx.db.auditLog.count({ where });
  const rows = await findRows(ctx.db, where, page, limit);
  return { logs: rows.map(present), total, page, limit };
}

type Where = NonNullable<Parameters<Db["auditLog"]["findMany"]>[0]>["where"];

function findRows(db: Db, where: Where, page: number, limit: number) {
  return db.auditLog.findMany({
    where,
    orderBy: { seq: "desc" },
    skip: (page - 1) * limit,
    take: limit,
    include: { content: true },
  });
}

function present({ content, seq: _seq, digest: _digest, ...row }: Row) {
  return {
    ...row,
    entityName: content?.entityName ?? null,
    userName: content?.userName ?? null,
    changes: content?.changes ?? null,
    before: content?.before ?? null,
    after: content?.after ?? null,
    erased: content === null,
  };
}
