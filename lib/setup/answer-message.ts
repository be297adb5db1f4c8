import type { Ctx } from "#lib/context.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { keepDraft, shredDraft } from "#lib/sources/index.ts";
import { type Forgetting, forgetting } from "./forgetting.ts";
import type { Held } from "./lease.ts";
import { tellNews } from "./live.ts";
import { transition } from "./machine.ts";
import { readMessage } from "./read-message.ts";
import { interrupted, runEffect } from "./run-effect.ts";
import { type Answered, saveUnderWay } from "./save-turn.ts";
import type { PendingMessage, SessionRow, UnderWay } from "./session-row.ts";
import type { Answer, Effect, Setup } from "./state.ts";

/** A message to answer, and the conversation as it stands. */
export type Turn = { held: Held; row: SessionRow; seq: number; message: PendingMessage };

/**
 * Answers one message: what it comes down to, what follows from that, and whatever has to be done outside, until nothing
 * is left to do. Before each effect everything is saved; what was saved by a worker that died is gone on with. No
 * transaction is open meanwhile. What fails on our side is told in the answer; the conversation stays where it was.
 * @throws LeaseLost
 */
export async function answerMessage(turn: Turn): Promise<Answered> {
  const { held, row, seq, message } = turn;
  const { actor, roles, requestId } = message;
  const ctx: Ctx = { tenant: row.tenantId, actor, roles, requestId, db: held.db, signal: held.signal };
  const work: Work = { held, ctx, draftId: row.draftId, secrets: forgetting(ctx, () => work.draftId) };
  try {
    if (row.effect?.seq === seq) return await goOn(work, row.setup, { ...row.effect });
    return await begin(work, turn);
  } catch (error) {
    held.signal.throwIfAborted();
    if (error instanceof Error && error.name === "LeaseLost") throw error;
    log.error(
      { requestId, session: row.id, reason: messageOf(error), err: error },
      "a message was not answered",
    );
    const answer: Answer = {
      message: OURS,
      options: [{ value: "retry", label: "Try again" }],
      data: { error: "internal" },
    };
    const setup = row.effect?.seq === seq ? settled(row.setup) : row.setup;
    return { setup, answer, said: row.effect?.said ?? null, draftId: work.draftId, tools: [], stages: [] };
  }
}

const OURS =
  "Something went wrong on our side, and nothing has changed. Try again, or say it in other words.";

type Work = { held: Held; ctx: Ctx; draftId: string | null; secrets: Forgetting };

/** A state that waits for an effect which nobody runs any more would wait for ever. */
function settled(setup: Setup): Setup {
  return transition(setup, { type: "back" }).setup;
}

async function begin(work: Work, { row, seq, message }: Turn): Promise<Answered> {
  const read = await readMessage(work.ctx, row.setup, message, work.secrets);
  work.secrets.add(read.secrets);
  const { setup, effects, answer } = transition(row.setup, read.event);
  if (effects.some(({ type }) => type === "shred")) await shred(work);
  const secrets = pick(read.secrets, setup.held);
  if (Object.keys(secrets).length > 0) {
    work.draftId ??= row.id;
    await keepDraft({ ctx: work.ctx, draftId: work.draftId, secrets });
  }
  const said = await work.secrets.fromSaid(read.said, read.event);
  const left = effects.filter(({ type }) => type !== "shred");
  return goOn(work, setup, { seq, said, effects: left, answer, stages: [], tools: [], begun: 0 });
}

const pick = (values: Record<string, string>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

/** Runs the effects that are left, and those that follow from them. */
async function goOn(work: Work, from: Setup, under: UnderWay): Promise<Answered> {
  let setup = from;
  for (let effect = under.effects[0]; effect; effect = under.effects[0]) {
    under.begun += 1;
    if (effect.type === "execute") under.sourceId ??= crypto.randomUUID();
    await saveUnderWay(work.held, setup, under, work.draftId);
    const event =
      under.begun > limits.workerLosses
        ? interrupted(effect, under)
        : await runEffect({ ...work, setup, under, effect, onStage: (stage) => tell(work, under, stage) });
    // What was entered is in the source now.
    if (event.type === "executed" && event.outcome.pipeline_id) await shred(work);
    const next = transition(setup, event);
    setup = next.setup;
    under.answer = next.answer;
    under.begun = 0;
    under.effects = await afterShredding(work, [...next.effects, ...under.effects.slice(1)]);
  }
  const { said, tools, stages } = under;
  const answer = work.secrets.fromAnswer(under.answer, setup);
  return { setup, answer, said, draftId: work.draftId, tools, stages };
}

async function afterShredding(work: Work, effects: Effect[]): Promise<Effect[]> {
  if (effects.some(({ type }) => type === "shred")) await shred(work);
  return effects.filter(({ type }) => type !== "shred");
}

async function shred(work: Work): Promise<void> {
  if (work.draftId) await shredDraft({ ctx: work.ctx, draftId: work.draftId });
  work.draftId = null;
}

function tell({ held }: Work, under: UnderWay, stage: UnderWay["stages"][number]): void {
  tellNews(held.sessionId, { seq: under.seq, stage });
}
