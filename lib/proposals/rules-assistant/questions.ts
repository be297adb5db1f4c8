import { columnsAfter, describeSchedule, nextRuns } from "#lib/ir/index.ts";
import type { IrNode, PipelineIr } from "#lib/ir/schema.ts";
import type { KnownColumns } from "../prompt-document.ts";
import { inputsOf } from "./draft.ts";
import { listed, whole } from "./words.ts";

const WHO = "(?:we|i|you|they)";
const IT = "(?:it|this|that|this pipeline|the pipeline|this thing)";
const ASKED: readonly [RegExp, (ir: PipelineIr, columns: KnownColumns) => string][] = [
  [
    whole(
      `what does ${IT} do|what is ${IT}|(?:explain|describe|summari[sz]e)(?: ${IT})?|how does ${IT} work|what(?:'s| is) (?:going on|in) (?:here|${IT})|what happens here|(?:show|give)(?: me)? (?:an overview|a summary)(?: of ${IT})?|(?:summary|overview)|what (?:do|does) (?:we|${IT}) have(?: so far)?`,
    ),
    whatItDoes,
  ],
  [
    whole(
      `(?:when|at what time|what time) (?:does|will|do|would|is) ${IT} (?:next )?run(?: next)?|how often does ${IT} run|what(?:'s| is) (?:the|its) schedule|(?:is|was) ${IT} scheduled|when was ${IT} scheduled|what(?:'s| is) the schedule of ${IT}|when is (?:the next run|${IT} scheduled)|what is the next run`,
    ),
    whenItRuns,
  ],
  [
    whole(
      `(?:what|which)(?: are the)? columns(?: (?:are there|are in (?:there|${IT})|does ${IT} (?:have|load|write)|are loaded|do ${WHO} have|are available|exist|arrive))?|(?:list|show)(?: me)?(?: the)? columns`,
    ),
    whichColumns,
  ],
  [
    whole(
      `where (?:does|do) (?:the data|${IT}|the rows) (?:go|land|end up|load)(?: to)?|(?:what|which) (?:table|tables|target|targets|destination)(?: (?:does ${IT} (?:load|write)(?: (?:in)?to)?|is (?:it|used)|are (?:loaded|there)))?|where does ${IT} (?:write|load)(?: to)?`,
    ),
    whereItGoes,
  ],
  [
    whole(
      `where (?:does|do) (?:the data|${IT}|the rows) come from|(?:what|which) (?:source|sources|file|files)(?: (?:does ${IT} read|are read|is read|are there))?|what does ${IT} read(?: from)?`,
    ),
    whereFrom,
  ],
  [
    whole(
      `how many nodes(?: (?:are there|does ${IT} have))?|(?:list|show)(?: me)?(?: the)? (?:nodes|steps)|(?:what|which)(?: are the)? (?:nodes|steps)(?: are there)?`,
    ),
    whichNodes,
  ],
  [
    whole(
      `(?:what|which) (?:checks|rules|validations)(?: (?:are there|does ${IT} (?:have|do|make)|do ${WHO} have|are made))?|is (?:the data|${IT}) (?:validated|checked)`,
    ),
    whichChecks,
  ],
];

/** The answer to a question about the pipeline, from the document alone; undefined for what is not such a question. */
export function answerOf(question: string, ir: PipelineIr, columns: KnownColumns = {}): string | undefined {
  const text = question
    .trim()
    .replace(/[?!.\s]+$/, "")
    .replace(
      /^(?:please|hi|hello|hey|so|and|ok|can you tell me|could you tell me|tell me|please tell me)[\s,]+/i,
      "",
    );
  return ASKED.find(([pattern]) => pattern.test(text))?.[1](ir, columns);
}

function whatItDoes(ir: PipelineIr): string {
  if (ir.nodes.length === 0) return "This pipeline is empty: it reads and loads nothing yet.";
  const steps = ir.nodes.map((node) => `${node.id}: ${nodeInWords(node)}`);
  return `"${ir.metadata.name}" has ${ir.nodes.length} nodes. ${steps.join("; ")}. ${whenItRuns(ir)}`;
}

function whenItRuns(ir: PipelineIr): string {
  if (!ir.schedule) return "It has no schedule: it runs when somebody asks for it.";
  const [next] = nextRuns(ir.schedule, new Date(), 1);
  return `It runs ${describeSchedule(ir.schedule)}${next ? `; next at ${next.toISOString()}` : ""}.`;
}

function whichColumns(ir: PipelineIr, found: KnownColumns): string {
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

function whereItGoes(ir: PipelineIr): string {
  const targets = ir.nodes.filter((node) => node.kind === "target");
  if (targets.length === 0) return "There is no target yet: nothing is loaded anywhere.";
  return targets.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

function whereFrom(ir: PipelineIr): string {
  const sources = ir.nodes.filter((node) => node.kind === "source");
  if (sources.length === 0) return "There is no source yet.";
  return sources.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

function whichNodes(ir: PipelineIr): string {
  if (ir.nodes.length === 0) return "There are no nodes yet.";
  return `There are ${ir.nodes.length} nodes: ${ir.nodes.map((node) => `${node.id} (${node.kind})`).join(", ")}.`;
}

function whichChecks(ir: PipelineIr): string {
  const checks = ir.nodes.filter((node) => node.kind === "validate");
  if (checks.length === 0) return "There are no checks.";
  return checks.map((node) => `${node.id} ${nodeInWords(node)}.`).join(" ");
}

/** A node in a few words. */
function nodeInWords(node: IrNode): string {
  switch (node.kind) {
    case "source":
      return "stream" in node.config
        ? `reads the table ${node.config.stream} (${node.connector})`
        : `reads ${[node.config.path, node.config.pattern?.value].filter(Boolean).join("/") || "files"} (${node.connector})`;
    case "target":
      return `loads ${node.input} into ${node.schema} of ${node.destination ?? "the built-in warehouse"} by ${node.loadMode}${node.upsertKey ? ` on ${listed(node.upsertKey)}` : ""}`;
    case "transform":
      return `changes ${node.input}: ${node.ops.map((op) => op.op).join(", ") || "nothing"}`;
    case "validate": {
      const rules = (node.rowLevel ?? []).map((rule) => `${rule.field} ${rule.rule}`);
      const checks = [...Object.keys(node.datasetLevel ?? {}), ...rules];
      return `checks ${node.input}: ${checks.join(", ") || "nothing"}`;
    }
    default:
      return `${node.kind} of ${listed(inputsOf(node))}`;
  }
}
