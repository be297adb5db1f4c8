import { randomUUID } from "node:crypto";
import type { Ctx } from "#lib/context.ts";
import { seal, unseal } from "#lib/crypto.ts";
import { Prisma, queryDirect } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { AFTER_CRASH, newToken, WHEN_FREE } from "./lease.ts";
import type { ChatInput } from "./schema.ts";
import { loadSession, type PendingMessage, type SessionRow } from "./session-row.ts";

/** A message that has its place in the conversation. */
export type Posted = {
  sessionId: string;
  seq: number;
  /** Set if it is ours to answer: nobody else was at it. */
  turn?: {
    token: string;
    row: SessionRow;
    /** The message itself, unless others may have to be answered first. */
    message?: PendingMessage;
  };
};

type Inserted = SessionRow & { leaseToken: string; inserted: number | null };

/**
 * Gives a message the conversation's next place, sealed, and takes the conversation's lease if nobody holds it: one
 * statement, so that places are in the order of arrival. The same key again finds the first message.
 * @throws AppError `session_not_found`, `session_expired`, `conflict` where a conversation has become too long.
 */
export async function postMessage(ctx: Ctx, id: string, input: ChatInput): Promise<Posted> {
  const { actor, roles, requestId, tenant } = ctx;
  const message: PendingMessage = {
    message: input.message,
    fields: input.fields ?? {},
    actor,
    roles,
    requestId,
  };
  const key = input.idempotency_key ?? randomUUID();
  const sealed = new Uint8Array(seal(JSON.stringify(message), bindingOf(tenant, id, key)));
  const token = newToken();
  // No disk is waited for: a message without an answer is sent again. What is answered is on the disk.
  const [row] = await queryDirect<Inserted>(
    ctx.db,
    Prisma.sql`
    with c as (select set_config('synchronous_commit', 'off', true)), s as (
      update "SetupSession" set "nextSeq" = "nextSeq" + 1, "lastActiveAt" = now(),
        "expiresAt" = now() + ${limits.setupIdleMs} * interval '1 millisecond',
        "leaseToken" = case when "leaseToken" is null then ${WHEN_FREE + token}
          when "leaseUntil" < now() then ${AFTER_CRASH + token} else "leaseToken" end,
        "leaseUntil" = case when "leaseToken" is null or "leaseUntil" < now()
          then now() + ${limits.setupLeaseMs} * interval '1 millisecond' else "leaseUntil" end
      where "id" = ${id} and "tenantId" = ${tenant} and "userId" = ${actor.id} and "expiresAt" > now()
        and "nextSeq" <= ${limits.setupMessages}
        and not exists (select 1 from "SetupMessage" where "sessionId" = ${id} and "idempotencyKey" = ${key})
      returning "id", "tenantId", "userId", "state", "setup", "effect", "draftId", "nextSeq", "leaseToken"
    ), m as (
      insert into "SetupMessage" ("sessionId", "seq", "tenantId", "idempotencyKey", "pending")
      select "id", "nextSeq" - 1, "tenantId", ${key}, ${sealed} from s
      on conflict ("sessionId", "idempotencyKey") do nothing returning "seq"
    )
    select s.*, m."seq" as inserted from c cross join s left join m on true`,
  );
  const ours = row?.leaseToken.endsWith(token) ? row.leaseToken : undefined;
  // A lease that was free leaves nothing unanswered before this message; one that ran out may.
  const next = row?.inserted !== null && ours?.startsWith(WHEN_FREE);
  const turn = row && ours ? { token: ours, row, ...(next && { message }) } : undefined;
  if (row && row.inserted !== null) return { sessionId: id, seq: row.inserted, turn };
  const known = await ctx.db.setupMessage.findFirst({
    where: { sessionId: id, tenantId: tenant, idempotencyKey: key, session: { userId: actor.id } },
    select: { seq: true },
  });
  const session = await loadSession(ctx, id);
  if (known) return { sessionId: id, seq: known.seq, turn };
  if (session.nextSeq > limits.setupMessages)
    throw new AppError("conflict", "This conversation has become too long. Start a new one.");
  throw new AppError("unavailable", "The message was not taken. Send it again.");
}

/** Opens what a person said. @throws Error if it was sealed for another row. */
export function openMessage(row: {
  tenantId: string;
  sessionId: string;
  idempotencyKey: string | null;
  pending: Uint8Array;
}): PendingMessage {
  const binding = bindingOf(row.tenantId, row.sessionId, row.idempotencyKey ?? "");
  return JSON.parse(unseal(row.pending, binding).toString("utf8"));
}

/** A message is named by its key, which is there before its place is known. */
const bindingOf = (tenant: string, sessionId: string, key: string) => ({
  tenant,
  id: `setup-message/${sessionId}/${key}`,
});
