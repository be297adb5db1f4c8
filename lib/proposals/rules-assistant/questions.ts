import type { PipelineIr } from "#lib/ir/schema.ts";
import type { KnownColumns } from "../prompt-document.ts";
import {
  whatChanges,
  whatFails,
  whatIsMasked,
  whatItDoes,
  whenItRuns,
  whereFrom,
  whereItGoes,
  whichChecks,
  whichColumns,
  whichNodes,
  whichTags,
  whoOwns,
} from "./answers.ts";
import type { Names } from "./names.ts";
import { wordsOf } from "./names.ts";
import { nodeInWords, opInWords } from "./node-words.ts";
import { whole } from "./words.ts";

type Topic = { words: string; answer: (ir: PipelineIr, columns: KnownColumns) => string };
/** What can be asked about, in the order of how much a word of it says. A question of words that stand nowhere here is none of ours. */
const TOPICS: readonly Topic[] = [
  { words: "tags tag tagged", answer: whichTags },
  { words: "owner owns owned owning responsible whose who", answer: whoOwns },
  {
    words:
      "masked mask masking masks hashed hash hashing hashes pii sensitive personal anonymised anonymized redacted hidden obfuscated",
    answer: whatIsMasked,
  },
  {
    words:
      "fail fails wrong abort aborts stop stops break breaks crash reject rejects rejected bad invalid quarantine quarantined broken missing empty",
    answer: whatFails,
  },
  {
    words:
      "schedule schedules scheduled often frequency frequently trigger triggers triggered when time cron automatically next",
    answer: whenItRuns,
  },
  {
    words:
      "check checks checked rule rules validation validations validate validates validated quality tested tests",
    answer: whichChecks,
  },
  {
    words:
      "filter filters filtered drop drops dropped removed excluded left kept keep keeps transform transforms transformation transformations transformed changed changes change clean cleaned renamed",
    answer: whatChanges,
  },
  {
    words:
      "key keys mode append appends appended upsert upserts upserted truncate truncates overwrite overwrites overwritten replace replaces replaced incremental incrementally",
    answer: whereItGoes,
  },
  { words: "columns column fields field schema", answer: whichColumns },
  {
    words:
      "come comes source sources from read reads origin input inputs file files connection database used use",
    answer: whereFrom,
  },
  {
    words:
      "where write writes written target targets destination go goes land lands end ends store stores stored save saves table tables load loads loaded output",
    answer: whereItGoes,
  },
  { words: "nodes node steps step many", answer: whichNodes },
  {
    words:
      "do does doing explain describe summary summarize summarise overview happening happens happen work works pipeline going contain contains about purpose this",
    answer: whatItDoes,
  },
];
const KEYS = TOPICS.map(({ words, answer }) => ({ words: new Set(words.split(" ")), answer }));
const KNOWN = new Set(
  (
    `${TOPICS.map(({ words }) => words).join(" ")} a all already an and any anything are arrive at be being can could currently data did each every ` +
    "exactly for get gets give given go has have here how i if in into is it its job list me more my no of on or our please row rows run " +
    "running runs see set should show some something start starts tell that the their them there these they thing things those to under up us was we " +
    "what whats which why will with would you so far now exist exists available somewhere one ones there's what's it's actually also by as"
  ).split(" "),
);
/** How a question begins. "when country is null, …" and "do the same" are none. */
const ASKS =
  /^(?:what|whats|what's|which|who|whose|why|how)\b|^(?:when|where|at what time) (?:does|do|is|are|will|would|was|can|could|should)\b|^(?:is|are|does|has|will) |^do (?:we|you|i|they|any|all)\b|^(?:show|list|explain|describe|summari[sz]e|tell|give)(?: (?:me|us))?\b|^(?:overview|summary)$/i;
/** About runs rather than the document. */
const OF_RUNS = /\b(?:last|latest|previous|failed|failing|yesterday|today|error|slow|long|how many rows)\b/i;

/** The answer to a question about the pipeline, from the document alone; undefined for what is not such a question. */
export function answerOf(
  question: string,
  ir: PipelineIr,
  names: Names,
  columns: KnownColumns = {},
): string | undefined {
  const text = question
    .trim()
    .replace(/[?!.\s]+$/, "")
    .replace(
      /^(?:please|hi|hello|hey|so|and|ok|(?:can|could) you (?:please )?(?=explain|describe|show|list|tell|summari)|can you tell me|could you tell me|tell me(?! about)|please tell me)[\s,]+/i,
      "",
    );
  return aboutNode(text, ir) ?? aboutColumn(text, ir) ?? aboutTopic(text, ir, names, columns);
}

/** By its words: each is known here or a name of the document, and the one that says most is what is asked about. */
function aboutTopic(text: string, ir: PipelineIr, names: Names, columns: KnownColumns): string | undefined {
  if (
    !ASKS.test(text) ||
    /^summari[sz]e .*\b(?:by|per)\b/i.test(text) ||
    OF_RUNS.test(text) ||
    text.length > 200
  )
    return undefined;
  const words = text.toLowerCase().match(/[a-z_][\w'.-]*|\d+/g) ?? [];
  const named = wordsOf(names);
  if (!words.every((word) => KNOWN.has(word) || named.has(word))) return undefined;
  const asked = words.filter((word) => !named.has(word));
  return KEYS.find((topic) => asked.some((word) => topic.words.has(word)))?.answer(ir, columns);
}

const NODE = whole(
  "(?:can you |could you |please )?(?:(?:explain|describe|show)(?: me)?(?: what)?|tell me about|what does|what is|what's) (?:the )?(?:(?:node|step) )?[\"'`]?(?<id>[a-z][\\w-]*)[\"'`]?(?: (?:node|step))?(?: (?:do|does|for))?",
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
