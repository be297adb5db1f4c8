import type { StageReport } from "#lib/connectors/schema.ts";
import type { Actor, Ctx, Role } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { SetupReply } from "./schema.ts";
import type { Answer, Effect, Outcome, Setup } from "./state.ts";

/** Something the agent did outside while it answered, and what came of it, in a plain sentence. */
export type ToolCall = { name: Effect["type"]; ok: boolean; outcome: string };

/**
 * A message that is being answered, as it stands between two effects: whoever finds it without a living worker begins
 * the first effect again. It holds no secret.
 */
export type UnderWay = {
  seq: number;
  said: string;
  /** The first is under way, the others follow. */
  effects: Effect[];
  /** The answer as it is if no effect changes it. */
  answer: Answer;
  stages: StageReport[];
  tools: ToolCall[];
  /** How often the first effect was begun. */
  begun: number;
  /** Of `execute`: the id that the source will have, decided before anything is made. */
  sourceId?: string;
  /** Of `execute`: what exists so far; written in the transaction that makes it. */
  outcome?: Outcome;
};

/** An answered message, as it is kept. The answer is text: a JSON column would not keep the order of its keys. */
export type KeptReply = { answer: string; state: string; tools: ToolCall[]; stages: StageReport[] };

/** What a person said, as it came. It may hold secrets and is kept sealed until it is answered. */
export type PendingMessage = {
  message: string;
  fields: Record<string, string | number | boolean>;
  /** Who said it, with the roles of that moment: the agent has none of its own. */
  actor: Actor;
  roles: readonly Role[];
  requestId: string;
};

/** A conversation's row. */
export type SessionRow = {
  id: string;
  tenantId: string;
  userId: string;
  state: string;
  setup: Setup;
  effect: UnderWay | null;
  draftId: string | null;
  nextSeq: number;
};

/** The body of an answer, in the order of its keys. */
export function replyOf(setup: Setup, { message, options, data }: Answer): SetupReply {
  return { state: setup.state, message, options, data };
}

/** An answer that was kept, as it was given. */
export function toReply(kept: KeptReply): SetupReply {
  return JSON.parse(kept.answer);
}

/**
 * One's own conversation that is still alive. Somebody else's does not exist.
 * @throws AppError `session_not_found`, `session_expired`
 */
export async function loadSession(ctx: Pick<Ctx, "tenant" | "actor" | "db">, id: string) {
  const row = await ctx.db.setupSession.findFirst({
    where: { id, tenantId: ctx.tenant, userId: ctx.actor.id },
  });
  if (!row) throw sessionNotFound();
  if (row.expiresAt <= new Date()) throw sessionExpired();
  return { ...row, setup: row.setup as unknown as Setup, effect: row.effect as unknown as UnderWay | null };
}

export const sessionNotFound = () => new AppError("session_not_found", "There is no such conversation.");

export const sessionExpired = () =>
  new AppError("session_expired", "This conversation has expired. Start a new one.");
