import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { listReaders } from "#lib/pipelines/index.ts";
import { deleteSource, getSource } from "#lib/sources/index.ts";
import { within } from "./system-ctx.ts";

/**
 * Forgets a source that no pipeline reads from any more.
 * @throws AppError `permission_denied`, `source_not_found`; `source_in_use` naming the pipelines
 */
export async function removeSource({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "sources.write");
  await ctx.db.$transaction(async (tx) => {
    const { name, title } = await getSource({ ctx: within(ctx, tx), id });
    const readers = await listReaders(within(ctx, tx), name);
    if (readers.length > 0) {
      const names = readers.map((reader) => reader.name).join(", ");
      throw new AppError("source_in_use", `${title} is read by ${names}. Delete those first.`, {
        members: { pipelines: readers.map(({ configs: _, ...reader }) => reader) },
      });
    }
    await deleteSource(tx, ctx, id);
  });
}
