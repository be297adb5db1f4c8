import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { cutPage, decodeCursor } from "#lib/pipelines/index.ts";
import { ListSessionsQuery, type SetupSessionList } from "./schema.ts";
import type { Setup, SetupState } from "./state.ts";

/**
 * One's own conversations under way, latest first.
 * @throws AppError `permission_denied`, `bad_request` for a cursor that is none of ours
 */
export async function listSessions({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: unknown;
}): Promise<z.infer<typeof SetupSessionList>> {
  requirePermission(ctx, "sources.write");
  const { limit, cursor } = ListSessionsQuery.parse(input);
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const rows = await ctx.db.setupSession.findMany({
    where: {
      tenantId: ctx.tenant,
      userId: ctx.actor.id,
      expiresAt: { gt: new Date() },
      ...(after && {
        OR: [{ lastActiveAt: { lt: after.at } }, { lastActiveAt: after.at, id: { lt: after.id } }],
      }),
    },
    orderBy: [{ lastActiveAt: "desc" }, { id: "desc" }],
    take: limit + 1,
    select: { id: true, state: true, setup: true, lastActiveAt: true, expiresAt: true },
  });
  const { page, pagination } = cutPage(rows, limit, 0, ({ id, lastActiveAt: at }) => ({ id, at }));
  const data = page.map(({ id, state, setup, lastActiveAt, expiresAt }) => {
    const { connector, title } = setup as unknown as Setup;
    return {
      session_id: id,
      state: state as SetupState,
      connector: connector ?? null,
      title: title ?? null,
      last_active_at: lastActiveAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    };
  });
  return { data, next_cursor: pagination.cursor };
}
