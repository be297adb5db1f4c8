import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";

/** The product itself as caller, in one tenant: what a schedule starts and a worker does is done in its name. */
export function systemCtx(db: Db, tenant: string, requestId: string, signal?: AbortSignal): Ctx {
  return {
    tenant,
    actor: { id: "system", name: "Penstock", kind: "system" },
    roles: ["ROLE_DATA_ENGINEER"],
    requestId,
    db,
    signal,
  };
}

/** The same caller inside a transaction: verbs that only read work on it as they do outside. */
export function within(ctx: Ctx, tx: unknown): Ctx {
  return { ...ctx, db: tx as Db };
}
