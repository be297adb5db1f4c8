import { requirePermission } from "#lib/access/index.ts";
import type { StageReport } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { awaitReply } from "./await-reply.ts";
import { drain, resumeSoon } from "./drain.ts";
import { postMessage } from "./post-message.ts";
import { ChatInput, type SetupReply } from "./schema.ts";
import { type KeptReply, toReply } from "./session-row.ts";

/** A message on its way: its reply comes, also when nobody waits for it. */
export type Advancing = { seq: number; replied: Promise<{ reply: SetupReply; stages: StageReport[] }> };

/**
 * Takes a message of the conversation's person and sees to it that it is answered, after those before it. Messages to one
 * conversation are answered one after another in the order of their arrival, whichever processes they reach; the
 * same `idempotency_key` again is answered with the first one's reply.
 * @param onStage told each stage of a connection test, if it is this process that tests.
 * @throws AppError `permission_denied`, `session_not_found`, `session_expired`, `conflict`
 */
export async function advanceSession({
  ctx,
  id,
  input,
  onStage,
}: {
  ctx: Ctx;
  id: string;
  input: unknown;
  onStage?: (stage: StageReport) => void;
}): Promise<Advancing> {
  requirePermission(ctx, "sources.write");
  const { db } = ctx;
  const posted = await postMessage(ctx, id, ChatInput.parse(input));
  const { seq, turn } = posted;
  const replied = awaitReply(db, posted, {
    ...(turn && { begin: () => drain(db, id, turn) }),
    ...(onStage && { onStage }),
    abandoned: () => resumeSoon(db, id),
  });
  return { seq, replied: replied.then(told) };
}

const told = (kept: KeptReply) => ({ reply: toReply(kept), stages: kept.stages });
