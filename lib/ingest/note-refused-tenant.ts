import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import type { BatchResult } from "./schema.ts";

/**
 * Leaves an audit entry where somebody's event named another tenant: the one refusal that is worth one, as it may be an
 * attempt at another's log. What is written is in the log itself.
 * @param named what tells which tenant was named, from the refusal.
 */
export async function noteRefusedTenant(ctx: Ctx, named: string | undefined): Promise<void> {
  requirePermission(ctx, "events.write");
  await ctx.db.$transaction((tx) =>
    emitAudit(tx, ctx, {
      action: "event.refused",
      entityType: "tenant",
      entityId: ctx.tenant,
      after: { reason: "tenant_mismatch", named },
    }),
  );
}

/** Runs what takes one event, and notes its refusal. */
export async function notingRefusal<T>(ctx: Ctx, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isAppError(error) && error.code === "tenant_mismatch")
      await noteRefusedTenant(ctx, error.extra.issues?.[0]?.hint);
    throw error;
  }
}

/** Passes the results of a request on and notes the first such refusal, once for the whole request. */
export async function* notingRefusals(
  ctx: Ctx,
  results: AsyncGenerator<BatchResult[]>,
): AsyncGenerator<BatchResult[]> {
  let noted = false;
  for await (const chunk of results) {
    const refused = noted ? undefined : chunk.find((one) => "code" in one && one.code === "tenant_mismatch");
    if (refused) {
      noted = true;
      await noteRefusedTenant(ctx, "issues" in refused ? refused.issues?.[0]?.hint : undefined);
    }
    yield chunk;
  }
}
