import { redactText } from "#lib/redact.ts";
import type { Catalogue } from "./catalogue.ts";
import { checkCapability } from "./checks/capability.ts";
import { checkCatalogue } from "./checks/catalogue.ts";
import { type Check, checkContext } from "./checks/check.ts";
import { checkColumns } from "./checks/columns.ts";
import { checkCompleteness, warnUnread } from "./checks/completeness.ts";
import { checkCycles } from "./checks/cycles.ts";
import { checkFiles } from "./checks/files.ts";
import { checkHooks } from "./checks/hooks.ts";
import { checkIds } from "./checks/ids.ts";
import { checkReferences } from "./checks/references.ts";
import { checkRequirements, warnUnused } from "./checks/requirements.ts";
import { checkSchedule, warnLoadedAgain } from "./checks/schedule.ts";
import { checkSecrets } from "./checks/secrets.ts";
import { checkShape } from "./checks/shape.ts";
import { checkTableNames } from "./checks/table-names.ts";
import { checkTexts } from "./checks/texts.ts";
import type { PipelineIr } from "./document.ts";
import type { Issue } from "./issue.ts";

/** `saved`: a draft, which may be incomplete. `executable`: what can be applied, scheduled and run. */
export type Strength = "saved" | "executable";
export type ParseResult = { ok: true; ir: PipelineIr; warnings: Issue[] } | { ok: false; issues: Issue[] };

/** Checks 2 to 13 of each strength, in their order; 1 and 14 look at what came in. */
const CHECKS: Record<Strength, Check[]> = {
  saved: [checkIds, checkCycles, checkTableNames],
  executable: [
    checkIds,
    checkReferences,
    checkCycles,
    checkCompleteness,
    checkRequirements,
    checkFiles,
    ({ ir }) => checkSchedule(ir.schedule, ir.nodes),
    checkTableNames,
    checkTexts,
    checkHooks,
    checkColumns,
    checkCapability,
    checkCatalogue,
  ],
};

/** Issues beyond this many are left out: nobody reads them, and they are sent to a model. */
const MAX_ISSUES = 50;

const withoutSecrets = (issue: Issue): Issue => ({ ...issue, message: redactText(issue.message) });

/**
 * The one way in for a pipeline document: checks 1–14 at the strength asked for. Never throws, changes nothing, and
 * the document it gives shares nothing with the input. `catalogue` (bounded by the tenant) is what saved sources,
 * destinations and known columns are looked up in; without it every reference to one is unknown.
 */
export function parsePipelineIR(
  input: unknown,
  { strength, catalogue }: { strength: Strength; catalogue?: Catalogue },
): ParseResult {
  const secrets = checkSecrets(input);
  const shape = checkShape(input);
  if (!shape.ok) {
    const issues = secrets.length > 0 ? shape.issues.map(withoutSecrets) : shape.issues;
    return { ok: false, issues: [...secrets, ...issues].slice(0, MAX_ISSUES) };
  }
  // Other checks quote what they refuse, and could quote the secret.
  if (secrets.length > 0) return { ok: false, issues: secrets.slice(0, MAX_ISSUES) };
  const context = checkContext(shape.ir, catalogue);
  const issues = CHECKS[strength].flatMap((check) => check(context));
  if (issues.length > 0) return { ok: false, issues: issues.slice(0, MAX_ISSUES) };
  const warnings =
    strength === "executable"
      ? [warnUnread, warnUnused, warnLoadedAgain].flatMap((check) => check(context))
      : [];
  return { ok: true, ir: shape.ir, warnings };
}
