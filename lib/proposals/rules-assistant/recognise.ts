import type { Hearing } from "./clauses.ts";
import { CannotDo, type Edit, type Recogniser } from "./draft.ts";
import { aggregate } from "./edits/aggregate.ts";
import { arrival } from "./edits/arrival.ts";
import { branch } from "./edits/branch.ts";
import { cast, drop, rename, textCase } from "./edits/columns.ts";
import { datasetCheck } from "./edits/dataset-check.ts";
import { deduplicate } from "./edits/deduplicate.ts";
import { destination, table } from "./edits/destination.ts";
import { archive, moveFiles, waitForFile } from "./edits/files.ts";
import { filter } from "./edits/filter.ts";
import { foreignKey } from "./edits/foreign-key.ts";
import { cursor } from "./edits/incremental.ts";
import { ingestion } from "./edits/ingestion.ts";
import { ingestionOf } from "./edits/ingestion-words.ts";
import { join, lookUp } from "./edits/join.ts";
import { keepColumns } from "./edits/keep-columns.ts";
import { removeTable, scoped } from "./edits/lanes.ts";
import { loadMode } from "./edits/load-mode.ts";
import { hash, mask } from "./edits/mask.ts";
import { metadata } from "./edits/metadata.ts";
import { addField } from "./edits/new-column.ts";
import { removeNode, renameNode, renamePipeline, scope } from "./edits/nodes.ts";
import { onFailure } from "./edits/on-failure.ts";
import { removePart } from "./edits/remove-parts.ts";
import { restToQuarantine } from "./edits/rest.ts";
import { rowCount } from "./edits/row-count.ts";
import { rowRule } from "./edits/row-rule.ts";
import { savedSource } from "./edits/saved-source.ts";
import { schedule } from "./edits/schedule.ts";
import { fileFormat, otherSource, settings, sourceFile } from "./edits/settings.ts";
import { fill, mapValues, round, splitOrMerge } from "./edits/values.ts";
import { followUp } from "./follow-up.ts";
import { HEADINGS } from "./lexicon.ts";
import type { Names } from "./names.ts";
import { rephrased } from "./phrases.ts";
import { plainWords } from "./plain-words.ts";
import { columnsBefore, withReferences, withTopic, withVerb } from "./references.ts";

/** What is about the whole pipeline, and never about one of its tables. */
const WHOLE: readonly Recogniser[] = [
  ingestion,
  savedSource,
  arrival,
  schedule,
  renamePipeline,
  renameNode,
  otherSource,
  removeTable,
  metadata,
  onFailure,
];

/** In the order in which they are asked; the first that understands a clause has it. */
const OF_A_TABLE: readonly Recogniser[] = [
  restToQuarantine,
  cursor,
  archive,
  moveFiles,
  waitForFile,
  sourceFile,
  fileFormat,
  settings,
  loadMode,
  destination,
  table,
  removePart,
  removeNode,
  deduplicate,
  branch,
  join,
  lookUp,
  datasetCheck,
  rowCount,
  foreignKey,
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
  aggregate,
  scope,
];

/** How many times a clause may be put into other words or taken to be about a table. */
const DEEPEST = 4;
/** Characters of a clause that is looked at in other words: a message of many clauses is tried in every cut. */
const LONGEST = 300;
/** Parts of a list in such a clause. */
const MOST_PARTS = 16;
const isLong = (clause: string) =>
  clause.length > LONGEST || clause.split(/,| and /, MOST_PARTS + 1).length > MOST_PARTS;

const recognise = (clause: string) => within(clause, 0, [...WHOLE, ...OF_A_TABLE]);

/**
 * The edit that a clause asks for: as it stands, in plain words, with what "it" or a missing verb stands for, or as an
 * answer to what the document says already.
 */
export function hearingOf(names: Names): Hearing {
  return ({ clause, written, before }) => {
    // "… instead" takes the place of what is there, before it is taken for one thing more.
    const inPlace = INSTEAD.test(written) ? (recognise(written) ?? followUp(written, names)) : undefined;
    const asWritten = HEADINGS.test(clause) ? undefined : recognise(clause);
    if (inPlace) return asWritten ? either(inPlace, asWritten) : inPlace;
    if (asWritten || isLong(written)) return asWritten;
    const plain = plainWords(written, names);
    const inPlainWords =
      (plain === clause ? undefined : recognise(plain)) ?? ingestionOf(plain, names, recognise);
    if (inPlainWords) return inPlainWords;
    const others = [
      withReferences(plain, () => columnsBefore(before, names)),
      withVerb(plain, before, names),
      ...withTopic(plain, names),
    ];
    for (const other of others) {
      const edit = other && recognise(other);
      if (edit) return edit;
    }
    return followUp(written, names);
  };
}

const INSTEAD = /\binstead[.! ]*$/i;
/** The first edit, where it can be made; else the second. */
const either =
  (first: Edit, second: Edit): Edit =>
  (draft) => {
    try {
      const copy = { ...draft, ir: structuredClone(draft.ir), renamed: new Map(draft.renamed) };
      const made = first(copy);
      Object.assign(draft, copy);
      return made;
    } catch (error) {
      if (error instanceof CannotDo) return second(draft);
      throw error;
    }
  };

function within(clause: string, depth: number, recognisers: readonly Recogniser[]): Edit | undefined {
  for (const recogniser of recognisers) {
    const edit = recogniser(clause);
    if (edit) return edit;
  }
  if (depth >= DEEPEST || isLong(clause)) return undefined;
  const deeper = (own: readonly Recogniser[]) => (inner: string) => within(inner, depth + 1, own);
  return rephrased(deeper(recognisers))(clause) ?? scoped(deeper(OF_A_TABLE))(clause);
}
