import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";

/** Locks a run of the tenant until the transaction ends. @throws AppError `run_not_found`. */
export async function lockRun(tx: Tx, ctx: Pick<Ctx, "tenant">, runId: string) {
  await tx.$queryRaw`select 1 from "Run" where "id" = ${runId} and "tenantId" = ${ctx.tenant} for update`;
  const run = await tx.run.findFirst({ where: { id: runId, tenantId: ctx.tenant } });
  if (!run) throw runNotFound(runId);
  return run;
}

/** The refusal for a run that is not there. */
export function runNotFound(runId: string): AppError {
  return new AppError("run_not_found", `There is no run ${runId}`);
}
