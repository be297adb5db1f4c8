import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { type SavedVersion, SaveIrInput } from "#lib/pipelines/schema.ts";
import { toSavedVersion } from "./create-pipeline.ts";
import { publishVersion } from "./publish-version.ts";

/**
 * Saves an edited document as the next version. The version that was edited is named by `If-Match` (an entity tag
 * such as `"3"`, or `*` for whichever) or by `baseVersion`, so that nobody overwrites what they have not seen.
 * @throws AppError `bad_request` if neither is given or they disagree; otherwise as `publishVersion`.
 */
export async function saveIr({
  ctx,
  input: { id, ifMatch, ...body },
}: {
  ctx: Ctx;
  input: { id: string; ifMatch: string | null } & Record<string, unknown>;
}): Promise<SavedVersion> {
  requirePermission(ctx, "pipelines.write");
  const { ir, note, baseVersion: given } = SaveIrInput.parse(body);
  const baseVersion = baseOf(ifMatch, given);
  return toSavedVersion(
    await publishVersion({ ctx, input: { pipelineId: id, ir, baseVersion, origin: "edited", note } }),
  );
}

function baseOf(ifMatch: string | null, given: number | undefined): number | undefined {
  if (ifMatch === null) {
    if (given !== undefined) return given;
    throw refuse("say which version you edited: send If-Match with its ETag, or baseVersion");
  }
  if (ifMatch.trim() === "*") return given;
  const tag = /^\s*(?:W\/)?"?(\d{1,7})"?\s*$/.exec(ifMatch);
  if (!tag) throw refuse('If-Match must be a version\'s ETag, such as "3"');
  const version = Number(tag[1]);
  if (given !== undefined && given !== version)
    throw refuse("baseVersion and If-Match name different versions");
  return version;
}

function refuse(message: string): AppError {
  return new AppError("bad_request", message, {
    issues: [{ code: "base_version", path: "/baseVersion", message }],
  });
}
