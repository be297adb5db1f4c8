import { type JsonInput, Prisma, queryDirect, type Tx } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { type Held, LeaseLost } from "./lease.ts";
import { type KeptReply, replyOf, type ToolCall, type UnderWay } from "./session-row.ts";
import type { Answer, Outcome, Setup } from "./state.ts";

/**
 * Saves where a message stands before an effect begins, so that everybody sees the state and a crash loses nothing.
 * @throws LeaseLost
 */
export async function saveUnderWay(held: Held, setup: Setup, effect: UnderWay, draftId: string | null) {
  const saved = await held.db.setupSession.updateMany({
    where: { id: held.sessionId, leaseToken: held.token },
    data: {
      setup: setup as unknown as JsonInput,
      state: setup.state,
      effect: effect as unknown as JsonInput,
      draftId,
    },
  });
  if (saved.count === 0) throw new LeaseLost();
}

/** Saves how far an effect is. @throws LeaseLost */
export async function noteEffect(
  db: Pick<Tx, "setupSession">,
  { sessionId, token }: Pick<Held, "sessionId" | "token">,
  effect: UnderWay,
): Promise<void> {
  const saved = await db.setupSession.updateMany({
    where: { id: sessionId, leaseToken: token },
    data: { effect: effect as unknown as JsonInput },
  });
  if (saved.count === 0) throw new LeaseLost();
}

/** {@link noteEffect} with what EXECUTE made, in the transaction that makes it: both are there or neither. */
export function noteOutcome(tx: Tx, held: Held, effect: UnderWay, outcome: Outcome): Promise<void> {
  return noteEffect(tx, held, { ...effect, outcome });
}

/** An answered message. */
export type Answered = {
  setup: Setup;
  answer: Answer;
  said: string | null;
  draftId: string | null;
  tools: ToolCall[];
  stages: KeptReply["stages"];
};

/**
 * Saves the answer to a message, forgets what was said as it came, and gives the lease back if it was the last message:
 * one statement, which only the lease's holder can make.
 * @returns the reply as it is kept, and whether there are more messages to answer.
 * @throws LeaseLost
 */
export async function saveAnswer(held: Held, seq: number, turn: Answered) {
  const { setup, answer, tools, stages, said, draftId } = turn;
  const reply: KeptReply = {
    answer: JSON.stringify(replyOf(setup, answer)),
    state: setup.state,
    tools,
    stages,
  };
  const [row] = await queryDirect<{ held: boolean }>(
    held.db,
    Prisma.sql`
    with s as (
      update "SetupSession" set "setup" = ${JSON.stringify(setup)}::jsonb, "state" = ${setup.state},
        "effect" = null, "draftId" = ${draftId},
        "leaseToken" = case when "nextSeq" = ${seq + 1} then null else "leaseToken" end,
        "leaseUntil" = case when "nextSeq" = ${seq + 1} then null
          else now() + ${limits.setupLeaseMs} * interval '1 millisecond' end
      where "id" = ${held.sessionId} and "leaseToken" = ${held.token}
      returning "id", "leaseToken" is not null as held
    ), m as (
      update "SetupMessage" set "pending" = null, "said" = ${said}, "reply" = ${JSON.stringify(reply)}::jsonb,
        "answeredAt" = now()
      from s where "sessionId" = s."id" and "seq" = ${seq}
    )
    select held from s`,
  );
  if (!row) throw new LeaseLost();
  return { reply, more: row.held };
}
