import type { ArchiveStep, LogicalPlan } from "#lib/ir/schema.ts";

/** The steps of a plan that copy files, which is done when its rows are loaded. */
export const archivesOf = ({ steps }: LogicalPlan): ArchiveStep[] =>
  steps.filter((step) => step.kind === "archive");

/** The plan as far as rows go: sources do not know of those who copy their files. */
export function withoutArchives(plan: LogicalPlan): LogicalPlan {
  const archives = new Set(archivesOf(plan).map(({ nodeId }) => nodeId));
  if (archives.size === 0) return plan;
  const steps = plan.steps
    .filter(({ kind }) => kind !== "archive")
    .map((step) => ({ ...step, consumers: step.consumers.filter(({ nodeId }) => !archives.has(nodeId)) }));
  return { ...plan, steps };
}
