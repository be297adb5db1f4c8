import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { findSource, presentSource, type SourceRow } from "./load-source.ts";
import { ListSourcesQuery, type Source, type SourceList } from "./schema.ts";

/** One source. @throws AppError `permission_denied`, `source_not_found` */
export async function getSource({ ctx, id }: { ctx: Ctx; id: string }): Promise<Source> {
  requirePermission(ctx, "sources.read");
  return presentSource(await findSource(ctx.db, ctx.tenant, id));
}

/** The tenant's sources, latest change first, a page at a time. `q` matches any part of title or name, in any case. */
export async function listSources({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: unknown;
}): Promise<z.infer<typeof SourceList>> {
  requirePermission(ctx, "sources.read");
  const { limit, cursor, q } = ListSourcesQuery.parse(input);
  const where: Prisma.SourceWhereInput = {
    tenantId: ctx.tenant,
    ...(q && {
      OR: [{ title: { contains: q, mode: "insensitive" } }, { name: { contains: q, mode: "insensitive" } }],
    }),
  };
  const rows = await ctx.db.source.findMany({
    where: cursor ? { AND: [where, beyond(cursor)] } : where,
    orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const total = await ctx.db.source.count({ where });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: page.map(presentSource),
    pagination: { total, hasMore, limit, cursor: hasMore && last ? placeOf(last) : null },
  };
}

/** What documents may refer to: the names of the tenant's sources, with their connectors. */
export async function sourceNames({
  ctx,
}: {
  ctx: Pick<Ctx, "tenant" | "db">;
}): Promise<{ ref: string; connector: string }[]> {
  const rows = await ctx.db.source.findMany({
    where: { tenantId: ctx.tenant },
    select: { name: true, connector: true },
    orderBy: { name: "asc" },
  });
  return rows.map(({ name, connector }) => ({ ref: name, connector }));
}

const placeOf = ({ updatedAt, id }: SourceRow) =>
  Buffer.from(JSON.stringify([updatedAt.toISOString(), id])).toString("base64url");

function beyond(cursor: string): Prisma.SourceWhereInput {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const time = new Date(String(at)).toISOString();
    return { OR: [{ updatedAt: { lt: time } }, { updatedAt: time, id: { lt: String(id) } }] };
  } catch {
    throw new AppError("bad_request", "The cursor is not one that this list gave out", {
      issues: [
        { code: "invalid_cursor", path: "/query/cursor", message: "send the cursor of the page before" },
      ],
    });
  }
}
