import { AppError } from "#lib/errors.ts";
import { selectChanges, whatIsMissing } from "#lib/ir/index.ts";
import type { Catalogue } from "#lib/ir/schema.ts";
import type { BaseDocument } from "./base-document.ts";
import { type CheckedPatch, checkPatch } from "./check-patch.ts";
import { type ProposalRow, patchOf } from "./load-proposal.ts";

/**
 * The chosen changes of a proposal as a patch of their own, checked like any other; all of them when none are named.
 * @param made the document that the proposal was made against: its changes are numbered there.
 * @param onto the document it is now applied to.
 * @throws AppError `bad_request` (a change that another one needs is missing), `invalid_ir` (issues)
 */
export function choosePatch(
  row: ProposalRow,
  made: BaseDocument,
  onto: BaseDocument,
  catalogue: Catalogue,
  ids?: readonly string[],
): CheckedPatch {
  const verdict = checkPatch(onto, subset(row, made, ids), catalogue);
  if (verdict.ok) {
    requireTickedHooks(verdict.value, ids);
    return verdict.value;
  }
  if (!ids) throw new AppError("invalid_ir", "The patch no longer applies.", { issues: verdict.issues });
  const missing = whatIsMissing(made.ir, patchOf(row), ids, (patch) => checkPatch(onto, patch, catalogue).ok);
  const issues = missing ? [missingChange(ids.join(", "), missing), ...verdict.issues] : verdict.issues;
  throw new AppError("invalid_ir", "The chosen changes alone do not make a valid pipeline.", { issues });
}

const missingChange = (change: string, needs: readonly string[]) => ({
  code: "missing_change",
  path: "/changes",
  message: needs.length > 0 ? `${change} needs ${needs.join(", ")} as well` : `there is no change ${change}`,
});

/** A hook runs a statement in the destination: it is taken only when it is named. */
function requireTickedHooks(chosen: CheckedPatch, ids: readonly string[] = []): void {
  const unticked = chosen.changes.filter(
    (change) => change.hook && change.op !== "remove" && !ids.includes(change.id),
  );
  if (unticked.length === 0) return;
  const issues = unticked.map((change) => ({
    code: "hook_not_ticked",
    path: "/changes",
    message: `${change.label}: name ${change.id} in \`changes\` to take it`,
  }));
  throw new AppError("bad_request", "A hook must be ticked by hand.", { issues });
}

function subset(row: ProposalRow, made: BaseDocument, ids: readonly string[] | undefined) {
  const patch = patchOf(row);
  if (!ids) return patch;
  const selected = selectChanges(made.ir, patch, ids);
  if (selected.ok) return selected.patch;
  const issues = selected.missing.map(({ change, needs }) => missingChange(change, needs));
  throw new AppError("bad_request", "The chosen changes do not stand alone.", { issues });
}
