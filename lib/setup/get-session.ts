import { requirePermission } from "#lib/access/index.ts";
import type { StageReport } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { resumeSoon } from "./drain.ts";
import type { SetupSessionView, SetupTurn } from "./schema.ts";
import { type KeptReply, loadSession, replyOf, toReply } from "./session-row.ts";
import { Setup } from "./state.ts";

/**
 * One's own conversation as it stands: its latest answer, what it knows, and what was said, without secrets. Where its
 * worker was not heard of in time, it is gone on with.
 * @throws AppError `permission_denied`, `session_not_found`, `session_expired`
 */
export async function getSession({ ctx, id }: { ctx: Ctx; id: string }): Promise<SetupSessionView> {
  requirePermission(ctx, "sources.write");
  // Messages first: one that is answered in between still counts as waiting, and whoever looks will look again.
  const messages = await ctx.db.setupMessage.findMany({
    where: { sessionId: id, tenantId: ctx.tenant },
    orderBy: { seq: "asc" },
    select: { seq: true, said: true, reply: true, createdAt: true, answeredAt: true },
  });
  const session = await loadSession(ctx, id);
  if (session.leaseUntil && session.leaseUntil < new Date()) resumeSoon(ctx.db, id);
  const turns = messages.map((row) => ({ ...row, reply: row.reply as unknown as KeptReply | null }));
  const { effect } = session;
  const history = turns.map(({ seq, said, reply, createdAt }): SetupTurn => {
    const known = seq === effect?.seq ? effect.said : said;
    return { seq, said: known, reply: reply && toReply(reply), at: createdAt.toISOString() };
  });
  const setup = Setup.parse(session.setup);
  const last = turns.findLast(({ reply }) => reply)?.reply;
  const answer = effect?.answer ?? (last ? toReply(last) : { message: "", options: [], data: {} });
  return {
    session_id: id,
    ...replyOf(setup, answer),
    setup,
    history,
    stages: effect?.stages ?? latestStages(turns),
    busy: turns.some(({ answeredAt }) => answeredAt === null),
    created_at: session.createdAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}

function latestStages(turns: readonly { reply: KeptReply | null }[]): StageReport[] {
  return turns.findLast(({ reply }) => reply && reply.stages.length > 0)?.reply?.stages ?? [];
}
