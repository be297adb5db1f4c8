import { DataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { compile } from "#lib/ir/index.ts";
import type { LogicalPlan, TargetStep } from "#lib/ir/schema.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { listLaterLoads } from "#lib/runs/index.ts";

/** Load modes that leave nothing of what was in the table. */
const REPLACING: readonly TargetStep["loadMode"][] = ["truncate", "blue_green"];

/**
 * Refuses a replay into a table that a later run of the pipeline has filled anew: the rows would lie among those of
 * another load.
 * @param plan the pipeline's own, of the version that the run was of.
 * @param reached the nodes that the rows come through.
 * @throws DataError `replay_too_late`
 */
export async function refuseTooLate(
  ctx: Ctx,
  {
    runId,
    pipelineId,
    plan,
    reached,
  }: { runId: string; pipelineId: string; plan: LogicalPlan; reached: ReadonlySet<string> },
): Promise<void> {
  const targets = plan.steps
    .filter((step) => step.kind === "target")
    .filter((step) => reached.has(step.nodeId) && REPLACING.includes(step.loadMode));
  if (targets.length === 0) return;
  const plans = new Map<number, LogicalPlan>();
  for (const { version, nodeId } of await listLaterLoads({ ctx, input: { runId } })) {
    let then = plans.get(version);
    if (!then) {
      then = compile((await loadVersion({ ctx, pipeline: pipelineId, version })).ir);
      plans.set(version, then);
    }
    const step = then.steps.find((one) => one.nodeId === nodeId);
    if (step?.kind !== "target" || !REPLACING.includes(step.loadMode)) continue;
    const same = targets.find((target) => tableOf(target) === tableOf(step));
    if (same)
      throw new DataError(
        "replay_too_late",
        `A later run has replaced "${same.table.name}": these rows belong to what was there before`,
        { nodeId: same.nodeId, retryable: false, hint: "Mend the rows in their source, or discard them" },
      );
  }
}

const tableOf = ({ destination = "warehouse", table }: TargetStep): string =>
  JSON.stringify([destination, table.schema, table.name]);
