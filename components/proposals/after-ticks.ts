import { selectChanges } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { JsonPatchOp } from "#lib/json-patch/schema.ts";
import type { OpenProposal } from "./conversation.ts";

/** The document with only the ticked changes; undefined where they cannot stand alone. */
export function afterTicks(
  before: PipelineIr | undefined,
  proposal: Pick<OpenProposal, "changes" | "patch" | "resultingIr">,
  ticked: readonly string[],
): PipelineIr | undefined {
  if (ticked.length === proposal.changes.length || !before) return proposal.resultingIr;
  if (ticked.length === 0) return before;
  const chosen = selectChanges(before, proposal.patch as JsonPatchOp[], ticked);
  return chosen.ok ? chosen.document : undefined;
}
