import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { isFinal, type RunStatus } from "./schema.ts";
import { systemCtx } from "./system-ctx.ts";

/** A run that nobody works on any more. `loaded`: how many of its targets were committed. */
export type FinalRun = {
  ctx: Ctx;
  run: { id: string; attempt: number };
  status: RunStatus;
  loaded: "all" | "some" | "none";
};

/** Which of some runs have ended, of whatever tenant, each with the product as actor. */
export async function finalRuns(db: Db, runIds: readonly string[]): Promise<FinalRun[]> {
  const runs = await db.run.findMany({
    where: { id: { in: [...runIds] } },
    include: { steps: { where: { kind: "target" }, select: { status: true } } },
  });
  return runs.flatMap(({ id, tenantId, attempt, status, steps }) => {
    if (!isFinal(status as RunStatus)) return [];
    const committed = steps.filter((step) => step.status === "completed").length;
    const loaded = committed === 0 ? "none" : committed === steps.length ? "all" : "some";
    return [{ ctx: systemCtx(db, tenantId, id), run: { id, attempt }, status: status as RunStatus, loaded }];
  });
}
