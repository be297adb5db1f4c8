import { columnsAfter, describeSchedule, nextRuns } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { KnownColumns } from "../prompt-document.ts";
import { nodeInWords, opInWords } from "./node-words.ts";
import { whole } from "./words.ts";

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
      `(?:when|at what time|what time) (?:does|will|do|would|is) ${IT} (?:next )?run(?: next)?|how often does ${IT} run|what(?:'s| is) (?:the|its) schedule|(?:is|was) ${IT} scheduled|when was ${IT} scheduled|what(?:'s| is) the schedule of ${IT}|when is (?:the next run|${IT} scheduled)|what is the next run|(?:is there|do ${WHO} have|has ${IT}|does ${IT} (?:run on|have)) a schedule`,
    ),
    whenItRuns,
  ],
  [
    whole(
      `(?:what|which)(?: are the)? columns(?: (?:are there|(?:arrive|land|end up|are loaded) in (?:the|which) (?:table|target)|are in (?:there|${IT})|does ${IT} (?:have|load|write)|are loaded|do ${WHO} have|are available|exist|arrive))?|(?:list|show)(?: me)?(?: the)? columns`,
    ),
    whichColumns,
  ],
  [
    whole(
      `where (?:does|do) (?:the data|${IT}|the rows) (?:go|land|end up|load)(?: to)?|(?:what|which) (?:table|tables|target|targets|destination)(?: (?:does ${IT} (?:load|write)(?: (?:in)?to)?|is (?:it|used)|are (?:loaded|there)))?|where does ${IT} (?:write|load)(?: to)?|(?:what|which) tables? (?:do|does) (?:${WHO}|${IT}) (?:write|load)(?: (?:in)?to)?|(?:what|which) tables? (?:is|are) loaded|(?:what is|which is) (?:the|its) (?:upsert |primary )?(?:key|load mode|mode|table|target|destination)|how (?:does|do) (?:${IT}|${WHO}) load(?:,? .+ or .+)?|is it (?:an )?(?:append|upsert|truncate)(?: or .+)?`,
    ),
    whereItGoes,
  ],
  [
    whole(
      `where (?:does|do) (?:the data|${IT}|the rows) come from|(?:what|which) (?:source|sources|file|files)(?: (?:does ${IT} read|are read|is read|are there))?|what does ${IT} read(?: from)?|(?:what|which) (?:source|sources|file|files|database|connection) (?:is|are) used|(?:what|which) (?:source|file|table|database) (?:does ${IT}|do ${WHO}) (?:use|read)(?: from)?|(?:what|which tables?) (?:is|are) (?:loaded|read) (?:incrementally|whole|in full)`,
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
      `(?:what|which) (?:checks|rules|validations)(?: (?:are there|does ${IT} (?:have|do|make)|do ${WHO} have|are made))?|is (?:the data|${IT}) (?:validated|checked)|does ${IT} (?:check|validate) (?:anything|the data|something)|what happens (?:if|when) (?:there are no rows|no rows arrive|(?:the (?:file|table|input) is|it is) empty|a (?:check|rule|row) fails)`,
    ),
    whichChecks,
  ],
  [
    whole(
      "(?:what|which) rows (?:are|get) (?:filtered|dropped|left out|kept|loaded)(?: out)?|(?:what|which) (?:filters?|transforms?|transformations?|changes|steps) (?:are (?:there|made)|is there|do (?:we|i) have)|(?:what is|what's) (?:filtered|masked|hashed|changed|transformed)(?: out)?",
    ),
    whatChanges,
  ],
  [
    whole(`who owns ${IT}|who(?: is|'s) (?:the|its) owner(?: of ${IT})?|whose pipeline is (?:this|it)`),
    whoOwns,
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
  return (
    aboutNode(text, ir) ??
    aboutColumn(text, ir) ??
    ASKED.find(([pattern]) => pattern.test(text))?.[1](ir, columns)
  );
}

const NODE = whole(
  "(?:can you |could you |please )?(?:(?:explain|describe|show)(?: me)?(?: what)?|what does|what is|what's) (?:the )?(?:(?:node|step) )?[\"'`]?(?<id>[a-z][\\w-]*)[\"'`]?(?: (?:node|step))?(?: (?:do|does|for))?",
);

/** "explain node v", "what does the transform do": of the node of that id, or the nodes of that kind. */
function aboutNode(text: string, ir: PipelineIr): string | undefined {
  const word = NODE.exec(text)?.groups?.id?.toLowerCase();
  const node = ir.nodes.find(({ id }) => id === word);
  const found = node ? [node] : ir.nodes.filter(({ kind }) => kind === word);
  return found.length > 0 ? found.map((one) => `${one.id} ${nodeInWords(one)}.`).join(" ") : undefined;
}

const COLUMN = whole(
  "(?:is|are) (?:the )?(?:column |field )?[\"'`]?(?<field>\\w+)[\"'`]?(?: column| field)? (?:already )?(?<what>masked|hashed|redacted|dropped|renamed|cast|checked|validated|filtered)(?: already| anywhere)?",
);
const DOES: Readonly<Record<string, readonly string[]>> = {
  masked: ["mask_pii", "hash"],
  redacted: ["mask_pii", "hash"],
  hashed: ["hash"],
  dropped: ["drop"],
  renamed: ["rename"],
  cast: ["cast"],
  filtered: ["filter"],
};

/** "is email masked?": from the ops and rules that name the column. */
function aboutColumn(text: string, ir: PipelineIr): string | undefined {
  const { field = "", what = "" } = COLUMN.exec(text)?.groups ?? {};
  if (!field) return undefined;
  const names = (value: unknown) => new RegExp(`\\b${field}\\b`, "i").test(JSON.stringify(value));
  const wanted = DOES[what.toLowerCase()];
  const found = ir.nodes.flatMap((node) => {
    if (wanted)
      return node.kind === "transform"
        ? node.ops
            .filter((op) => wanted.includes(op.op) && names(op))
            .map((op) => `${node.id} ${opInWords(op)}`)
        : [];
    return node.kind === "validate" && (names(node.rowLevel ?? []) || names(node.datasetLevel ?? {}))
      ? [`${node.id} ${nodeInWords(node)}`]
      : [];
  });
  return found.length > 0
    ? `Yes: ${found.join("; ")}.`
    : `No, ${field} is not ${what.toLowerCase()} in this pipeline.`;
}

function whoOwns(ir: PipelineIr): string {
  return ir.metadata.owner === undefined
    ? "No owner is named in the document."
    : `The owner is ${ir.metadata.owner}.`;
}

function whatChanges(ir: PipelineIr): string {
  const found = ir.nodes.flatMap((node) =>
    node.kind === "transform" || node.kind === "validate" ? [`${node.id} ${nodeInWords(node)}.`] : [],
  );
  return found.length > 0
    ? found.join(" ")
    : "Every row is loaded as it is read: nothing is filtered or changed.";
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
