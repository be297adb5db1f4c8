import { AppError, type Issue } from "#lib/errors.ts";
import { parsePipelineIR } from "#lib/ir/index.ts";
import type { Catalogue, PipelineIr } from "#lib/ir/schema.ts";

/** A document that may be stored. `warnings` of a draft are what keeps it from running. */
export type CheckedIr = { ir: PipelineIr; executable: boolean; warnings: Issue[] };

/**
 * Checks a document at both strengths: it must be good enough to be saved, and is executable or a draft.
 * @throws AppError `invalid_ir` with every issue; pointers are into the document.
 */
export function checkIr(document: unknown, catalogue: Catalogue): CheckedIr {
  const saved = parsePipelineIR(document, { strength: "saved", catalogue });
  if (!saved.ok) throw invalidIr(saved.issues);
  const runnable = parsePipelineIR(document, { strength: "executable", catalogue });
  return runnable.ok
    ? { ir: runnable.ir, executable: true, warnings: runnable.warnings }
    : { ir: saved.ir, executable: false, warnings: runnable.issues };
}

/**
 * The document of a version that is about to run, checked against what exists now.
 * @throws AppError `not_executable` with what is missing.
 */
export function requireExecutable(ir: PipelineIr, catalogue: Catalogue): PipelineIr {
  const parsed = parsePipelineIR(ir, { strength: "executable", catalogue });
  if (parsed.ok) return parsed.ir;
  throw new AppError("not_executable", parsed.issues[0]?.message, { issues: parsed.issues });
}

/** The refusal of a document. */
export function invalidIr(issues: Issue[]): AppError {
  return new AppError("invalid_ir", issues[0]?.message, { issues });
}
