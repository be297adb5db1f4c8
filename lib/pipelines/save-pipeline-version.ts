import { randomUUID } from "node:crypto";
import type { Ctx } from "#lib/context.ts";
import type { JsonInput, Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { isPipelineId, pipelineNotFound } from "./load.ts";
import type { VersionOrigin } from "./schema.ts";

/** A checked document on its way into the history. Without `pipeline` a new pipeline is made of it. */
export type NewVersion = {
  pipeline?: string;
  ir: PipelineIr;
  executable: boolean;
  baseVersion?: number;
  origin: VersionOrigin;
  proposalId?: string;
  note?: string;
};

/** What was saved, and what stood there before. */
export type SavedPipelineVersion = {
  pipelineId: string;
  slug: string;
  name: string;
  version: number;
  before?: { version: number; name: string };
};

/**
 * Appends a version to a pipeline, or makes the pipeline, in the caller's transaction; the pipeline's row is locked
 * until commit. Called by `runs/publish-version` alone, which keeps the schedule in step.
 * @throws AppError `stale_version` (members: currentVersion, savedBy, savedAt), `already_exists`,
 * `pipeline_not_found`, `invalid_ir` if the document carries another pipeline's id.
 */
export async function savePipelineVersion(
  tx: Tx,
  ctx: Ctx,
  input: NewVersion,
): Promise<SavedPipelineVersion> {
  return input.pipeline === undefined
    ? insertPipeline(tx, ctx, input)
    : appendVersion(tx, ctx, input.pipeline, input);
}

async function insertPipeline(tx: Tx, ctx: Ctx, input: NewVersion): Promise<SavedPipelineVersion> {
  const { id: slug, metadata } = input.ir;
  const id = randomUUID();
  // Not create-and-catch: a refused insert would abort the caller's transaction.
  const inserted = await tx.$executeRaw`
    insert into "Pipeline" ("id", "tenantId", "slug", "name", "currentVersion", "createdBy", "updatedAt")
    values (${id}, ${ctx.tenant}, ${slug}, ${metadata.name}, 1, ${ctx.actor.id}, now())
    on conflict ("tenantId", "slug") do nothing`;
  if (inserted === 0)
    throw new AppError("already_exists", `There is a pipeline "${slug}" already`, {
      issues: [{ code: "already_exists", path: "/id", message: `choose another id than "${slug}"` }],
    });
  await insertVersion(tx, ctx, id, 1, input);
  return { pipelineId: id, slug, name: metadata.name, version: 1 };
}

async function appendVersion(
  tx: Tx,
  ctx: Ctx,
  idOrSlug: string,
  input: NewVersion,
): Promise<SavedPipelineVersion> {
  const pipeline = await lockPipeline(tx, ctx, idOrSlug);
  const { currentVersion } = pipeline;
  if (input.baseVersion !== undefined && input.baseVersion !== currentVersion)
    throw await staleVersion(tx, ctx, pipeline.id, currentVersion, input.baseVersion);
  if (input.ir.id !== pipeline.slug)
    throw new AppError("invalid_ir", "The id of a pipeline does not change", {
      issues: [
        { code: "id_changed", path: "/id", message: `the document's id must stay "${pipeline.slug}"` },
      ],
    });
  const version = currentVersion + 1;
  const { name } = input.ir.metadata;
  await insertVersion(tx, ctx, pipeline.id, version, input);
  await tx.pipeline.update({ where: { id: pipeline.id }, data: { currentVersion: version, name } });
  const before = { version: currentVersion, name: pipeline.name };
  return { pipelineId: pipeline.id, slug: pipeline.slug, name, version, before };
}

async function insertVersion(tx: Tx, ctx: Ctx, pipelineId: string, version: number, input: NewVersion) {
  await tx.pipelineVersion.create({
    data: {
      tenantId: ctx.tenant,
      pipelineId,
      version,
      ir: input.ir as unknown as JsonInput,
      executable: input.executable,
      origin: input.origin,
      proposalId: input.proposalId,
      note: input.note,
      createdBy: ctx.actor.id,
      createdByName: ctx.actor.name,
    },
  });
}

/** Locks a pipeline's row until the transaction ends. @throws AppError `pipeline_not_found`. */
export async function lockPipeline(tx: Tx, ctx: Pick<Ctx, "tenant">, idOrSlug: string) {
  const id = isPipelineId(idOrSlug) ? idOrSlug.toLowerCase() : "";
  const [row] = await tx.$queryRaw<{ id: string; slug: string; name: string; currentVersion: number }[]>`
    select "id", "slug", "name", "currentVersion" from "Pipeline"
    where "tenantId" = ${ctx.tenant} and "deletedAt" is null and ("id" = ${id} or "slug" = ${idOrSlug})
    order by ("id" = ${id}) desc limit 1 for update`;
  if (!row) throw pipelineNotFound(idOrSlug);
  return row;
}

async function staleVersion(tx: Tx, ctx: Ctx, pipelineId: string, currentVersion: number, base: number) {
  const current = await tx.pipelineVersion.findFirst({
    where: { tenantId: ctx.tenant, pipelineId, version: currentVersion },
    select: { createdBy: true, createdByName: true, createdAt: true },
  });
  const who = current?.createdByName ?? current?.createdBy ?? "someone";
  return new AppError(
    "stale_version",
    `Version ${currentVersion} was saved by ${who} after version ${base}`,
    {
      headers: { etag: `"${currentVersion}"` },
      members: { currentVersion, savedBy: who, savedAt: current?.createdAt.toISOString() },
    },
  );
}
