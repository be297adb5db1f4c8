import type { Issue } from "#lib/errors.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import { withPatterns } from "../file-place.ts";
import type { PromptDocument } from "../prompt-document.ts";
import { tidy, understand } from "./clauses.ts";
import { AmbiguousTarget, CannotDo, type Draft, type Edit } from "./draft.ts";
import { withoutMentions } from "./mentions.ts";
import { namesOf, wordsOf } from "./names.ts";
import { nodePatch } from "./node-patch.ts";
import { limitOf } from "./outside.ts";
import { answerOf } from "./questions.ts";
import { hearingOf } from "./recognise.ts";
import { correctWords, quoteColumns } from "./spelling.ts";

const CAN_DO =
  "I can add an ingestion from a file or a saved source into a table; set or remove the schedule, the load mode and its keys, the destination and the table; filter, rename, drop, cast, mask, hash, deduplicate, aggregate, join, look up, split, merge, map and fill values, and add columns; route rows to another table; add and change row rules and dataset checks; remove or rename a node; archive or move files, wait for them, and run when one arrives; set retries, name, owner, tags and description; and answer what the pipeline does. For anything else choose a language model in Settings → AI, or use the IR editor.";

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
  if (HELP.test(document.request.trim())) return nothing(CAN_DO);
  const answer = answerOf(document.request, document.ir, namesOf(document), document.columns);
  if (answer) return nothing(answer);
  const { understood, corrected, nodes } = read(document);
  if (!understood.ok) {
    const limit = limitOf(document.request);
    if (limit) return nothing(`${limit} Nothing changes.`);
    const language = OTHER_LANGUAGE.test(document.request) ? " I understand English only." : "";
    return nothing(
      `I did not understand "${shorten(understood.part)}", so nothing changes.${language} ${CAN_DO}`,
    );
  }
  const draft: Draft = {
    ir: structuredClone(document.ir),
    isNew: document.version === 0,
    before: new Set(document.ir.nodes.map(({ id }) => id)),
    known: { ...document, mentions: [...document.mentions, ...nodes] },
    renamed: new Map(),
  };
  try {
    const sentences = understood.edits.map((edit) => inTurn(edit, draft)).filter(Boolean);
    const patch = nodePatch(document.ir, draft);
    if (sentences.length === 0) return nothing(CAN_DO);
    if (patch.length === 0) return nothing(`The pipeline is like that already. ${sentences.join(" ")}`);
    const slips = corrected.map(([written, meant]) => `I read "${written}" as "${meant}".`);
    return { rationale: [...sentences, ...slips].join(" "), patch };
  } catch (error) {
    if (error instanceof CannotDo) return nothing(`${error.message} Nothing changes.`);
    throw error;
  }
}

/** Makes an edit; "the rest" of what comes next is that of this one alone. */
function inTurn(edit: Edit, draft: Draft): string {
  const before = draft.ruled;
  const standing = draft.ir.schedule;
  const said = make(edit, draft);
  keepOneSchedule(draft, standing);
  // Words that change nothing stand between no two edits.
  if (said && draft.ruled === before) delete draft.ruled;
  return said;
}

/** There is one schedule: what one edit has said of it, the next one must not take back in silence. */
function keepOneSchedule(draft: Draft, standing: Schedule | undefined): void {
  const { schedule } = draft.ir;
  if (JSON.stringify(schedule) === JSON.stringify(standing)) return;
  if (draft.scheduled && schedule && standing && waits(schedule) !== waits(standing))
    throw new CannotDo("A pipeline runs at set times or when a file arrives, not both: say which of them.");
  draft.scheduled = true;
}

const waits = ({ kind }: Schedule) => kind === "file_arrival";

/** Makes an edit; where it does not say which target is meant, of the one to which alone it can be made. */
function make(edit: Edit, draft: Draft): string {
  try {
    return edit(draft);
  } catch (error) {
    if (!(error instanceof AmbiguousTarget)) throw error;
    const fits = error.targets.filter((target) => {
      try {
        edit({ ...draft, ir: structuredClone(draft.ir), renamed: new Map(draft.renamed), target });
        return true;
      } catch (refusal) {
        if (refusal instanceof CannotDo) return false;
        throw refusal;
      }
    });
    const [target, second] = fits;
    if (!target || second) throw error;
    const said = edit(Object.assign(draft, { target }));
    delete draft.target;
    return said;
  }
}

/** Scripts that English is not written in, and words that many a sentence of its neighbours has. */
const OTHER_LANGUAGE =
  /[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af]|(?:^|\s)(?:bitte|und|nicht|die|der|das|eine?|spalte|jede[nrs]?|täglich|le|la|les|une?|colonne|supprime[rz]?|s'il|el|los|las|cada|columna|elimina|por|favor|il|ogni|colonna|coluna|não|het|een|niet)(?=[\s,.!?]|$)/i;

const HELP =
  /^(?:help(?: me)?|what can (?:you|i|we) (?:do|say|ask|change)(?: here)?|how (?:does this|do you) work|how can you help(?: me)?|what (?:are you|do you do)|who are you)[?!.]*$/i;

/** Understands the request as it is written, else with slips of the keyboard corrected. */
function read(document: PromptDocument) {
  const names = namesOf(document);
  const { text: written, nodes } = withoutMentions(withPatterns(tidy(document.request)), names);
  const request = quoteColumns(written, names.columns);
  const hearing = hearingOf(names);
  const understood = understand(request, hearing);
  if (understood.ok) return { understood, corrected: [], nodes };
  for (const { text, corrected } of correctWords(request, wordsOf(names))) {
    const again = understand(text, hearing);
    if (again.ok) return { understood: again, corrected, nodes };
  }
  return { understood, corrected: [], nodes };
}

const nothing = (rationale: string): Assistance => ({ rationale, patch: [] });

const shorten = (text: string) => (text.length > 160 ? `${text.slice(0, 160)}…` : text);
