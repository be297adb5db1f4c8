import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { chainHash, contentDigest, GENESIS } from "./chain.ts";
import type { AuditVerdictSchema } from "./schema.ts";

/** Rows read at once: what is kept in memory stays the same however long the chain is. */
const PAGE = 500;

/** The outcome of {@link verifyAuditLogs}. */
export type AuditVerdict = z.infer<typeof AuditVerdictSchema>;

type Row = Awaited<ReturnType<typeof readPage>>[number];
type Head = { seq: bigint; hash: string };

/**
 * Walks the tenant's chain from its first row to its head and stops at the first row that does not check out.
 * @throws AppError `permission_denied`
 */
export async function verifyAuditLogs({ ctx }: { ctx: Ctx }): Promise<AuditVerdict> {
  requirePermission(ctx, "audit.read");
  const { db, tenant } = ctx;
  const head = (await db.auditHead.findUnique({ where: { tenantId: tenant } })) ?? { seq: 0n, hash: GENESIS };
  let [seq, hash, scanned, erased] = [0n, GENESIS, 0, 0];
  const verdict = (broken?: { id?: string; reason: string }): AuditVerdict => ({
    intact: broken === undefined,
    verified: Number(seq),
    total: Number(head.seq),
    scanned,
    erased,
    head: { seq: Number(head.seq), hash: head.hash },
    brokenAtId: broken?.id,
    brokenReason: broken?.reason,
  });
  while (seq < head.seq) {
    const rows = await readPage(db, tenant, seq, head.seq);
    for (const row of rows) {
      scanned += 1;
      const reason = checkRow(row, seq + 1n, hash);
      if (reason) return verdict({ id: row.id, reason });
      [seq, hash] = [row.seq, row.integrityHash];
      if (!row.content) erased += 1;
    }
    if (rows.length === 0) break;
  }
  const reason = checkEnd(seq, hash, head) ?? (await checkBeyond(db, tenant));
  return verdict(reason === undefined ? undefined : { reason });
}

function readPage(db: Db, tenantId: string, after: bigint, upTo: bigint) {
  return db.auditLog.findMany({
    where: { tenantId, seq: { gt: after, lte: upTo } },
    orderBy: { seq: "asc" },
    take: PAGE,
    include: { content: true },
  });
}

function checkRow(row: Row, expected: bigint, prevHash: string): string | undefined {
  if (row.seq !== expected)
    return `Row ${expected} is missing: the next one there is row ${row.seq}. Rows were deleted.`;
  if (row.prevHash !== prevHash) return `Row ${row.seq} does not follow the row before it.`;
  const { id, tenantId, seq, action, entityType, entityId, userId, requestId, timestamp, content } = row;
  const envelope = {
    id,
    tenantId,
    seq: String(seq),
    action,
    entityType,
    entityId,
    userId,
    requestId,
    timestamp: timestamp.toISOString(),
  };
  if (chainHash(prevHash, envelope, row.digest) !== row.integrityHash)
    return `Row ${seq} was changed after it had been written.`;
  if (!content) return undefined;
  const { entityName, userName, changes, before, after } = content;
  return contentDigest(content.salt, { entityName, userName, changes, before, after }) === row.digest
    ? undefined
    : `The content of row ${seq} was changed after it had been written.`;
}

function checkEnd(seq: bigint, hash: string, head: Head): string | undefined {
  if (seq < head.seq)
    return `The chain ends at row ${seq}, but its head is at row ${head.seq}. The tail was cut off.`;
  return hash === head.hash ? undefined : `The head does not match row ${seq}, the last one.`;
}

/** In one statement, as rows and head move together: rows beyond the head were not written by us. */
async function checkBeyond(db: Db, tenant: string): Promise<string | undefined> {
  const [found] = await db.$queryRaw<{ beyond: number }[]>`
    select count(*)::int as beyond from "AuditLog" where "tenantId" = ${tenant} and "seq" >
      coalesce((select "seq" from "AuditHead" where "tenantId" = ${tenant}), 0)`;
  return found?.beyond ? `${found.beyond} rows lie beyond the head of the chain.` : undefined;
}
