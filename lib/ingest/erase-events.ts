import { requirePermission } from "#lib/access/index.ts";
import { emitAudit, eraseAuditContent } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma, type Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { applyChangesSql, removeDerived, settleWords } from "#lib/memory/index.ts";
import { VISIBILITIES } from "#lib/memory/schema.ts";
import { ERASED_HASH } from "./event-hash.ts";
import { materialize, noChanges } from "./materialize.ts";
import { planByIndex } from "./plan-by-index.ts";
import { headOf, type LogRange, readLog } from "./read-log.ts";
import { dropShadows, lockLog } from "./replay-shadow.ts";
import type { Erasure, StoredEvent } from "./schema.ts";
import { vacuumSoon } from "./vacuum.ts";

/** Events erased in one transaction, during which nothing can be appended to the log. */
const STEP = 100;
/** LSNs told in the answer; beyond them only their number. */
const TOLD = 1_000;

/** What is erased: which events, and what it is called in the audit log. */
export type Target = Pick<LogRange, "where" | "among"> & {
  entityType: "memory" | "agent" | "session";
  entityId: string;
};

/**
 * Erases events for good, a few hundred at a time: what they said leaves the log (a tombstone keeps LSN, id, times and
 * the reason), the derived tables and the content of audit rows that name them, in one transaction each. What the
 * erased events had replaced is made from the log again. What is appended from now on is not touched, and a
 * caller that goes away does not end it.
 * @throws AppError `permission_denied`, `memory_not_found` if there is nothing to erase
 */
export async function eraseEvents(ctx: Ctx, target: Target, reason: string): Promise<Erasure> {
  requirePermission(ctx, "memory.erase");
  const erasure: Erasure = { events: 0, memories: 0, lsns: [] };
  const head = await headOf(ctx);
  const where = Prisma.sql`e."erasedAt" is null and (${target.where ?? Prisma.sql`true`})`;
  const range = { tenant: ctx.tenant, limit: STEP, where, ...(target.among ? { among: target.among } : {}) };
  for (let after = 0; after < head; ) {
    const page = await readLog(ctx.db, { ...range, after });
    if (page.events.length > 0) {
      await settleWords(ctx.db);
      await ctx.db.$transaction(async (tx) => {
        const done = await eraseStep(tx, ctx.tenant, page.events, reason);
        erasure.events += done.events;
        erasure.memories += done.memories;
        erasure.lsns.push(...done.lsns.slice(0, TOLD - erasure.lsns.length));
        if (done.events > 0) await emitAudit(tx, ctx, auditOf(target, done, reason));
      });
    }
    after = page.scanned;
  }
  if (erasure.events === 0)
    throw new AppError("memory_not_found", "There is nothing to erase: it is not there, or not any more.");
  vacuumSoon();
  return erasure;
}

/** Erases some events of a tenant, under the lock of the log's head. */
async function eraseStep(tx: Tx, tenant: string, given: StoredEvent[], reason: string): Promise<Erasure> {
  await lockLog(tx);
  // A replay under way holds copies of what is erased.
  await dropShadows(tx, tenant);
  await planByIndex(tx, true);
  const alive = await tx.$queryRaw<{ lsn: bigint }[]>`
    select "lsn" from "Event" where "tenantId" = ${tenant} and "erasedAt" is null
    and "lsn" = any(${given.map(({ lsn }) => lsn)}::bigint[])`;
  const still = new Set(alive.map(({ lsn }) => Number(lsn)));
  const events = given.filter(({ lsn }) => still.has(lsn));
  const lsns = events.map(({ lsn }) => lsn);
  if (lsns.length === 0) return { events: 0, memories: 0, lsns };
  const changes = noChanges();
  for (const event of events) materialize(event, changes);
  const again = await removeDerived(tx, tenant, changes);
  await leaveTombstones(tx, tenant, lsns, reason);
  await applyAgain(tx, tenant, again);
  const memories = [...new Set(changes.memories.map(({ memoryId }) => memoryId))];
  const artifacts = changes.artifacts.map(({ artifactId }) => artifactId);
  const names = [...events.map(({ event_id }) => event_id), ...memories, ...artifacts];
  await eraseAuditContent(tx, tenant, names);
  return { events: lsns.length, memories: memories.length, lsns };
}

/** Ids, times, the type and who may see it stay; everything else that a caller wrote goes. */
function leaveTombstones(tx: Tx, tenant: string, lsns: number[], reason: string): Promise<number> {
  return tx.$executeRaw`update "Event" set "payload" = '{}', "source" = '', "parentEventId" = '',
    "causalRefs" = '{}', "hash" = ${ERASED_HASH}, "erasedAt" = date_trunc('milliseconds', now()),
    "erasedReason" = ${reason},
    "visibility" = case when "visibility" = any(${[...VISIBILITIES]}::text[]) then "visibility" else '' end
    where "tenantId" = ${tenant} and "erasedAt" is null and "lsn" = any(${lsns}::bigint[])`;
}

/** Applies what other events did to the same objects: what they wrote stands where the erased ones had replaced it. */
async function applyAgain(tx: Tx, tenant: string, lsns: number[]): Promise<void> {
  const where = Prisma.sql`e."erasedAt" is null`;
  const last = Math.max(0, ...lsns);
  for (let after = 0; after < last; ) {
    const page = await readLog(tx, { tenant, after, limit: STEP, where, among: lsns });
    const changes = noChanges();
    for (const event of page.events) materialize(event, changes);
    if (page.events.length > 0) await tx.$executeRaw`with ${applyChangesSql(changes).ctes} select 1`;
    after = page.scanned;
  }
}

function auditOf({ entityType, entityId }: Target, { events, memories, lsns }: Erasure, reason: string) {
  const after = { events, memories, first_lsn: lsns[0], last_lsn: lsns.at(-1), reason };
  return { action: "memory.erased", entityType, entityId, after } as const;
}
