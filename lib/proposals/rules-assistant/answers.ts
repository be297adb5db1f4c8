import { columnsAfter, describeSchedule, nextRuns } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { KnownColumns } from "../prompt-document.ts";
import { nodeInWords, opInWords } from "./node-words.ts";

export function whoOwns(ir: PipelineIr): string {
  return ir.metadata.owner === undefined
    ? "No owner is named in the document."
    : `The owner is ${ir.metadata.owner}.`;
}

export function whatChanges(ir: PipelineIr): string {
  const found = ir.nodes.flatMap((node) =>
    node.kind === "transform" || node.kind === "validate" ? [`${node.id} ${nodeInWords(node)}.`] : [],
  );
  return found.length > 0
    ? found.join(" ")
    : "Every row is loaded as it is read: nothing is filtered or changed.";
}

export function whatItDoes(ir: PipelineIr): string {
  if (ir.nodes.length === 0) return "This pipeline is empty: it reads and loads nothing yet.";
  const steps = ir.nodes.map((node) => `${node.id}: ${nodeInWords(node)}`);
  return `"${ir.metadata.name}" has ${ir.nodes.length} nodes. ${steps.join("; ")}. ${whenItRuns(ir)}`;
}

export function whenItRuns(ir: PipelineIr): string {
  if (!ir.schedule) return "It has no schedule: it runs when somebody asks for it.";
  const [next] = nextRuns(ir.schedule, new Date(), 1);
  return `It runs ${describeSchedule(ir.schedule)}${next ? `; next at ${next.toISOString()}` : ""}.`;
}

export function whichColumns(ir: PipelineIr, found: KnownColumns): string {
  const targets = ir.nodes.filter((node) => node.kind === "target");
  if (targets.length === 0) return "There is no target yet, so no columns are loaded.";
  return targets
    .map((target) => {
      const columns = columnsAfter(ir, target.input, { sources: [], destinations: [], columns: found });
      const names = columns
        ? columns.map((column) => column.name).join(", ")
        : "not known before the first run";
      return `Columns that reach ${target.id} (${target.schema}): ${names}.`;
    })
    .join(" ");
}

export function whereItGoes(ir: PipelineIr): string {
  const targets = ir.nodes.filter((node) => node.kind === "target");
  if (targets.length === 0) return "There is no target yet: nothing is loaded anywhere.";
  return targets.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

export function whereFrom(ir: PipelineIr): string {
  const sources = ir.nodes.filter((node) => node.kind === "source");
  if (sources.length === 0) return "There is no source yet.";
  return sources.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

export function whichNodes(ir: PipelineIr): string {
  if (ir.nodes.length === 0) return "There are no nodes yet.";
  return `There are ${ir.nodes.length} nodes: ${ir.nodes.map((node) => `${node.id} (${node.kind})`).join(", ")}.`;
}

export function whichChecks(ir: PipelineIr): string {
  const checks = ir.nodes.filter((node) => node.kind === "validate");
  if (checks.length === 0) return "There are no checks.";
  return checks.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

/** What is masked or hashed, by column. */
export function whatIsMasked(ir: PipelineIr): string {
  const found = ir.nodes.flatMap((node) =>
    node.kind === "transform"
      ? node.ops
          .filter((op) => op.op === "mask_pii" || op.op === "hash")
          .map((op) => `${node.id} ${opInWords(op)}`)
      : [],
  );
  return found.length > 0 ? `${found.join("; ")}.` : "Nothing is masked or hashed in this pipeline.";
}

/** What stops a run, as far as the document says it. */
export function whatFails(ir: PipelineIr): string {
  const reasons = ir.nodes.flatMap((node) => {
    if (node.kind === "source") return [`${node.id} cannot be read (it ${nodeInWords(node)})`];
    if (node.kind === "transform")
      return node.ops
        .filter((op) => op.op === "cast" && (op.onError ?? "fail") === "fail")
        .map((op) => `a value does not fit where ${node.id} ${opInWords(op)}`);
    if (node.kind === "validate")
      return [`a row or the whole input does not pass: ${node.id} ${nodeInWords(node)}`];
    if (node.kind === "target" && node.loadMode === "truncate" && !node.allowEmpty)
      return [`no rows arrive, as ${node.id} does not empty ${node.schema} for nothing`];
    return node.kind === "target" ? [`${node.schema} cannot be written to`] : [];
  });
  const tries = ir.errorHandling?.retry?.maxAttempts;
  const again = tries ? ` A failed run is tried up to ${tries} times.` : "";
  return `A run fails, or rows are rejected, when ${reasons.join("; or when ")}.${again} What a run came to stands under Runs.`;
}

export function whichTags(ir: PipelineIr): string {
  const tags = ir.metadata.tags ?? [];
  return tags.length > 0 ? `The tags are ${tags.join(", ")}.` : "The pipeline has no tags.";
}
