import type { Edit, Recogniser } from "./draft.ts";
import { addField, cast, drop, hash, mask, rename, textCase } from "./edits/columns.ts";
import { datasetCheck } from "./edits/dataset-check.ts";
import { deduplicate } from "./edits/deduplicate.ts";
import { destination, table } from "./edits/destination.ts";
import { filter } from "./edits/filter.ts";
import { cursor } from "./edits/incremental.ts";
import { ingestion } from "./edits/ingestion.ts";
import { keepColumns } from "./edits/keep-columns.ts";
import { removeTable, scoped } from "./edits/lanes.ts";
import { loadMode } from "./edits/load-mode.ts";
import { removeNode, renameNode, renamePipeline, scope } from "./edits/nodes.ts";
import { removePart } from "./edits/remove-parts.ts";
import { rowRule } from "./edits/row-rule.ts";
import { savedSource } from "./edits/saved-source.ts";
import { schedule } from "./edits/schedule.ts";
import { fileFormat, otherSource, settings, sourceFile } from "./edits/settings.ts";
import { fill, mapValues, round, splitOrMerge } from "./edits/values.ts";
import { rephrased } from "./phrases.ts";

/** What is about the whole pipeline, and never about one of its tables. */
const WHOLE: readonly Recogniser[] = [
  ingestion,
  savedSource,
  schedule,
  renamePipeline,
  renameNode,
  otherSource,
  removeTable,
];

/** In the order in which they are asked; the first that understands a clause has it. */
const OF_A_TABLE: readonly Recogniser[] = [
  cursor,
  sourceFile,
  fileFormat,
  settings,
  loadMode,
  destination,
  table,
  removePart,
  removeNode,
  deduplicate,
  datasetCheck,
  keepColumns,
  filter,
  rename,
  cast,
  mask,
  hash,
  textCase,
  drop,
  fill,
  round,
  mapValues,
  splitOrMerge,
  rowRule,
  addField,
  scope,
];

/** How many times a clause may be put into other words or taken to be about a table. */
const DEEPEST = 4;
/** Characters of a clause that is looked at in other words: a message of many clauses is tried in every cut. */
const LONGEST = 300;

/** The edit that a clause asks for: as it stands, in other words, or for the tables that it names. */
export function recognise(clause: string): Edit | undefined {
  return within(clause, 0, [...WHOLE, ...OF_A_TABLE]);
}

function within(clause: string, depth: number, recognisers: readonly Recogniser[]): Edit | undefined {
  for (const recogniser of recognisers) {
    const edit = recogniser(clause);
    if (edit) return edit;
  }
  if (depth >= DEEPEST || clause.length > LONGEST) return undefined;
  const deeper = (own: readonly Recogniser[]) => (inner: string) => within(inner, depth + 1, own);
  return rephrased(deeper(recognisers))(clause) ?? scoped(deeper(OF_A_TABLE))(clause);
}
