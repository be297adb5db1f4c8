import { randomBytes, randomUUID } from "node:crypto";
import type { Ctx } from "../context.ts";
import { type JsonInput, Prisma, type Tx } from "../db.ts";
import { log } from "../log.ts";
import { redact } from "../redact.ts";
import { type AuditContentBody, type AuditEnvelope, chainHash, contentDigest, GENESIS } from "./chain.ts";

/** What happened to what, as a noun and a past participle: `pipeline.created`. */
export type AuditAction = `${string}.${string}ed`;

/** What happened, in the words of the product. */
export type AuditEntry = {
  action: AuditAction;
  entityType: string;
  entityId: string;
  entityName?: string;
  before?: unknown;
  after?: unknown;
  changes?: unknown;
};

type Author = Pick<Ctx, "tenant" | "actor" | "requestId">;

/**
 * Appends one row to the tenant's chain, in the caller's transaction. Call it last: it locks the tenant's head row
 * until commit. Content is redacted before it is stored.
 * @returns the row's id.
 */
export async function emitAudit(tx: Tx, ctx: Author, entry: AuditEntry): Promise<string> {
  const [id = ""] = await appendRows(tx, ctx.tenant, [{ ctx, entry }]);
  return id;
}

/**
 * Appends rows to the chains of their tenants, each chain locked once; also to be called last. Chains are locked in
 * one order, so that two callers never wait for each other.
 */
export async function emitAudits(
  tx: Tx,
  entries: readonly { ctx: Author; entry: AuditEntry }[],
): Promise<void> {
  for (const tenant of [...new Set(entries.map(({ ctx }) => ctx.tenant))].sort()) {
    const own = entries.filter(({ ctx }) => ctx.tenant === tenant);
    await appendRows(tx, tenant, own);
  }
}

async function appendRows(
  tx: Tx,
  tenant: string,
  entries: readonly { ctx: Author; entry: AuditEntry }[],
): Promise<string[]> {
  const sealed = entries.map(({ ctx, entry }) => {
    const content = contentOf(ctx, entry);
    const salt = randomBytes(16).toString("hex");
    return { ctx, entry, content, salt, digest: contentDigest(salt, content) };
  });
  let { seq, hash } = await lockHead(tx, tenant);
  const rows = sealed.map(({ ctx, entry, content, salt, digest }) => {
    seq += 1n;
    const envelope: AuditEnvelope = {
      id: randomUUID(),
      tenantId: tenant,
      seq: String(seq),
      action: entry.action,
      entityType: entry.entityType,
      entityId: entry.entityId,
      userId: ctx.actor.id,
      requestId: ctx.requestId,
      timestamp: new Date().toISOString(),
    };
    const prevHash = hash;
    hash = chainHash(prevHash, envelope, digest);
    return {
      row: { ...envelope, seq, digest, prevHash, integrityHash: hash },
      content: {
        auditLogId: envelope.id,
        tenantId: tenant,
        salt,
        entityName: content.entityName,
        userName: content.userName,
        changes: jsonColumn(content.changes),
        before: jsonColumn(content.before),
        after: jsonColumn(content.after),
      },
    };
  });
  await tx.auditLog.createMany({ data: rows.map(({ row }) => row) });
  await tx.auditContent.createMany({ data: rows.map(({ content }) => content) });
  await tx.auditHead.update({ where: { tenantId: tenant }, data: { seq, hash } });
  // The head outside the database: a tail that was cut off no longer matches the last one logged.
  log.info({ audit: { tenant, seq: String(seq), hash } }, "audit head");
  return rows.map(({ row }) => row.id);
}

function contentOf(ctx: Author, entry: AuditEntry): AuditContentBody {
  return {
    entityName: (redact(entry.entityName) as string | undefined) ?? null,
    userName: ctx.actor.name ?? null,
    changes: plain(entry.changes),
    before: plain(entry.before),
    after: plain(entry.after),
  };
}

/** What a JSON column gives back for a value: dates and bigints as text, no undefined, no text it would refuse. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(redact(value), (_key, item) => {
    if (typeof item === "bigint") return String(item);
    return typeof item === "string" ? storable(item) : item;
  });
  return JSON.parse(text ?? "null");
}

function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

function jsonColumn(value: unknown): JsonInput | typeof Prisma.DbNull {
  return value === null || value === undefined ? Prisma.DbNull : (value as JsonInput);
}

async function lockHead(tx: Tx, tenant: string): Promise<{ seq: bigint; hash: string }> {
  await tx.$executeRaw`insert into "AuditHead" ("tenantId", "seq", "hash") values (${tenant}, 0, ${GENESIS})
    on conflict ("tenantId") do nothing`;
  const [head] = await tx.$queryRaw<{ seq: bigint; hash: string }[]>`
    select "seq", "hash" from "AuditHead" where "tenantId" = ${tenant} for update`;
  if (!head) throw new Error("The head of the audit chain is missing");
  return head;
}
