import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { canonicalText, describeChanges, emptyPipelineIr } from "#lib/ir/index.ts";
import { type DocumentFormat, parseDocument, withPlaces } from "#lib/parse-document.ts";
import { type LoadedVersion, loadVersion } from "#lib/pipelines/index.ts";
import type { ImportAnswer, LocatedIssue } from "#lib/pipelines/schema.ts";
import { type CheckedIr, checkIr } from "./check-ir.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { publishVersion } from "./publish-version.ts";

/** A pipeline's file. With `dryRun` nothing is written, and what is wrong with it is an answer. */
export type ImportPipelineInput = {
  text: string;
  format: DocumentFormat;
  dryRun: boolean;
  /** The version that the file was made from; any if it is left out. */
  baseVersion?: number;
  note?: string;
};

/**
 * Takes a pipeline's file: makes the pipeline of that `id`, or its next version; a document that says the same as the
 * current version changes nothing.
 * @throws AppError `invalid_ir` with the findings' lines and columns, `stale_version`; `pipeline_not_found` if
 * `baseVersion` names a version of a pipeline that is not there.
 */
export async function importPipeline({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: ImportPipelineInput;
}): Promise<ImportAnswer> {
  requirePermission(ctx, input.dryRun ? "pipelines.read" : "pipelines.write");
  const read = await readFile(ctx, input);
  if (!("ir" in read)) {
    if (input.dryRun) return invalid(read.issues);
    throw new AppError("invalid_ir", read.issues[0]?.message, { issues: read.issues });
  }
  const { ir, executable, warnings } = read;
  const current = await currentVersion(ctx, ir.id);
  if (input.baseVersion !== undefined) requireBase(current, ir.id, input.baseVersion);
  const about = {
    dryRun: input.dryRun,
    slug: ir.id,
    name: ir.metadata.name,
    executable,
    issues: [],
    warnings,
  };
  const before = current?.version ?? null;
  const changes = describeChanges(current?.ir ?? emptyPipelineIr(ir.id, ir.metadata.name), ir);
  const same = current !== undefined && canonicalText(current.ir) === canonicalText(ir);
  if (same) return { ...about, result: "unchanged", version: current.version, before, changes: [], ir };
  const result = current ? "updated" : "created";
  if (input.dryRun) return { ...about, result, version: (before ?? 0) + 1, before, changes, ir };
  const { version } = await publishVersion({
    ctx,
    input: {
      ir,
      note: input.note,
      ...(current
        ? { origin: "edited", pipelineId: current.pipelineId, baseVersion: current.version }
        : { origin: "created" }),
    },
  });
  return { ...about, result, version, before, changes, ir };
}

type Read = (Omit<CheckedIr, "warnings"> & { warnings: LocatedIssue[] }) | { issues: LocatedIssue[] };

async function readFile(ctx: Ctx, { text, format }: ImportPipelineInput): Promise<Read> {
  const parsed = parseDocument(text, format);
  if (!parsed.ok) return { issues: parsed.issues };
  try {
    const checked = checkIr(parsed.value, await loadCatalogue(ctx));
    return { ...checked, warnings: withPlaces(checked.warnings, parsed) };
  } catch (error) {
    if (!isAppError(error) || error.code !== "invalid_ir") throw error;
    return { issues: withPlaces(error.extra.issues ?? [], parsed) };
  }
}

async function currentVersion(ctx: Ctx, slug: string): Promise<LoadedVersion | undefined> {
  try {
    const loaded = await loadVersion({ ctx, pipeline: slug });
    // A pipeline is found by its uuid as well, and the document names a slug.
    return loaded.slug === slug ? loaded : undefined;
  } catch (error) {
    if (isAppError(error) && error.code === "pipeline_not_found") return undefined;
    throw error;
  }
}

function requireBase(current: LoadedVersion | undefined, slug: string, base: number): void {
  if (!current) throw new AppError("pipeline_not_found", `There is no pipeline "${slug}"`);
  if (current.version !== base)
    throw new AppError("stale_version", `The current version is ${current.version}, not ${base}`, {
      members: { currentVersion: current.version },
    });
}

function invalid(issues: LocatedIssue[]): ImportAnswer {
  return {
    result: "invalid",
    dryRun: true,
    ...{ slug: null, name: null, version: null, before: null },
    executable: false,
    issues,
    warnings: [],
    changes: [],
  };
}
