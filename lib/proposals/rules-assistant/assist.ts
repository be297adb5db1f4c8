import type { Issue } from "#lib/errors.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import type { PromptDocument } from "../prompt-document.ts";
import { understand } from "./clauses.ts";
import { CannotDo, type Draft, type Recogniser } from "./draft.ts";
import { addField, cast, drop, hash, mask, rename, textCase } from "./edits/columns.ts";
import { datasetCheck } from "./edits/dataset-check.ts";
import { deduplicate } from "./edits/deduplicate.ts";
import { destination, table } from "./edits/destination.ts";
import { filter } from "./edits/filter.ts";
import { ingestion } from "./edits/ingestion.ts";
import { loadMode } from "./edits/load-mode.ts";
import { removeNode, renameNode, renamePipeline, scope } from "./edits/nodes.ts";
import { rowRule } from "./edits/row-rule.ts";
import { schedule } from "./edits/schedule.ts";
import { nodePatch } from "./node-patch.ts";
import { limitOf } from "./outside.ts";
import { answerOf } from "./questions.ts";

/** In the order in which they are asked; the first that understands a clause has it. */
const RECOGNISERS: readonly Recogniser[] = [
  ingestion,
  schedule,
  loadMode,
  destination,
  table,
  renamePipeline,
  renameNode,
  removeNode,
  deduplicate,
  datasetCheck,
  filter,
  rename,
  cast,
  mask,
  hash,
  textCase,
  drop,
  rowRule,
  addField,
  scope,
];

const CAN_DO =
  "I can add an ingestion from a file into a table, set or remove the schedule, the load mode and its keys, the destination and the table; filter, rename, drop, cast, mask, hash, deduplicate and add columns; add row rules and dataset checks; remove or rename a node; rename the pipeline; and say what the pipeline does. For anything else choose a language model (PENSTOCK_AI_PROVIDER) or use the IR editor.";

/** What the assistant answers. */
export type Assistance = { rationale: string; patch: JsonPatchOp[] };

/**
 * Answers a request by rules. Either every part of the message is understood and can be done, or nothing changes and
 * the answer says which part was not.
 * @param refused why the patch of the attempt before was refused: nothing better will be found, so that is said.
 */
export function assist(document: PromptDocument, refused?: Issue[]): Assistance {
  if (refused) {
    const why = refused.map((issue) => issue.message).join("; ");
    return nothing(
      `I understood the request, but it cannot be done to this pipeline: ${why}. Nothing changes.`,
    );
  }
  const answer = answerOf(document.request, document.ir);
  if (answer) return nothing(answer);
  const understood = understand(document.request, RECOGNISERS);
  if (!understood.ok) {
    const limit = limitOf(document.request);
    if (limit) return nothing(`${limit} Nothing changes.`);
    return nothing(`I did not understand "${shorten(understood.part)}", so nothing changes. ${CAN_DO}`);
  }
  const draft: Draft = {
    ir: structuredClone(document.ir),
    isNew: document.version === 0,
    known: document,
    renamed: new Map(),
  };
  try {
    const sentences = understood.edits.map((edit) => edit(draft)).filter(Boolean);
    const patch = nodePatch(document.ir, draft);
    if (sentences.length === 0) return nothing(CAN_DO);
    if (patch.length === 0) return nothing(`The pipeline is like that already. ${sentences.join(" ")}`);
    return { rationale: sentences.join(" "), patch };
  } catch (error) {
    if (error instanceof CannotDo) return nothing(`${error.message} Nothing changes.`);
    throw error;
  }
}

const nothing = (rationale: string): Assistance => ({ rationale, patch: [] });

const shorten = (text: string) => (text.length > 160 ? `${text.slice(0, 160)}…` : text);
