import type { Ctx } from "#lib/context.ts";
import { seal, unseal } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";

type Asking = Pick<Ctx, "tenant" | "db">;

/** Adds secrets to a sealed draft, which is made if it is not there, and lets it live on. An empty text takes one away. */
export async function keepDraft({
  ctx: { tenant, db },
  draftId: id,
  secrets,
}: {
  ctx: Asking;
  draftId: string;
  secrets: Record<string, string>;
}): Promise<void> {
  const merged = { ...(await openDraft({ ctx: { tenant, db }, draftId: id })), ...secrets };
  const kept = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
  const secret = new Uint8Array(seal(JSON.stringify(kept), { tenant, id }));
  const expiresAt = new Date(Date.now() + limits.setupIdleMs);
  await db.sourceDraft.upsert({
    where: { id, tenantId: tenant },
    create: { id, tenantId: tenant, secret, expiresAt },
    update: { secret, expiresAt },
  });
}

/** The secrets of a draft by field; nothing of one that is gone. */
export async function openDraft({
  ctx: { tenant, db },
  draftId: id,
}: {
  ctx: Asking;
  draftId: string;
}): Promise<Record<string, string>> {
  const row = await db.sourceDraft.findFirst({ where: { id, tenantId: tenant } });
  if (!row || row.expiresAt < new Date()) return {};
  return JSON.parse(unseal(row.secret, { tenant, id }).toString("utf8"));
}

/** Forgets a draft. */
export async function shredDraft({
  ctx: { tenant, db },
  draftId: id,
}: {
  ctx: Asking;
  draftId: string;
}): Promise<void> {
  await db.sourceDraft.deleteMany({ where: { id, tenantId: tenant } });
}

/** Forgets every draft whose time is over. @returns how many. */
export async function shredExpiredDrafts(db: Pick<Db, "sourceDraft">): Promise<number> {
  const { count } = await db.sourceDraft.deleteMany({ where: { expiresAt: { lt: new Date() } } });
  return count;
}
