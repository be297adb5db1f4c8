import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { JsonInput, Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { logTurnsSoon } from "./log-turns.ts";
import { initialSetup, transition } from "./machine.ts";
import type { SetupStarted } from "./schema.ts";
import { type KeptReply, replyOf } from "./session-row.ts";

/** Those who count the conversations under way do so one after another. */
const COUNTING = 7_246_118_203;
/** Somebody may end a conversation sooner than it expires: nobody is told to wait longer than this, in seconds. */
const LONGEST_WAIT = 300;

/**
 * Begins a conversation. What is welcomed is passed through at once.
 * @throws AppError `permission_denied`; `too_many_sessions` (Retry-After) if the tenant or the deployment has enough.
 */
export async function createSession({ ctx }: { ctx: Ctx }): Promise<SetupStarted> {
  requirePermission(ctx, "sources.write");
  const { setup, answer } = transition(initialSetup(), { type: "begin" });
  const reply = replyOf(setup, answer);
  const kept: KeptReply = { answer: JSON.stringify(reply), state: setup.state, tools: [], stages: [] };
  const id = await ctx.db.$transaction(async (tx) => {
    await requireRoom(tx, ctx.tenant);
    const now = new Date();
    const session = await tx.setupSession.create({
      data: {
        tenantId: ctx.tenant,
        userId: ctx.actor.id,
        userName: ctx.actor.name,
        state: setup.state,
        setup: setup as unknown as JsonInput,
        createdAt: now,
        lastActiveAt: now,
        expiresAt: new Date(now.getTime() + limits.setupIdleMs),
        messages: {
          create: {
            seq: 0,
            tenantId: ctx.tenant,
            reply: kept as unknown as JsonInput,
            createdAt: now,
            answeredAt: now,
          },
        },
      },
      select: { id: true },
    });
    await emitAudit(tx, ctx, {
      action: "setup_session.created",
      entityType: "setup_session",
      entityId: session.id,
    });
    return session.id;
  });
  logTurnsSoon(ctx.db);
  return { session_id: id, ...reply };
}

/** @throws AppError `too_many_sessions` */
async function requireRoom(tx: Tx, tenant: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(${COUNTING})`;
  const [live] = await tx.$queryRaw<{ all: bigint; own: bigint }[]>`
    select count(*) as "all", count(*) filter (where "tenantId" = ${tenant}) as own
    from "SetupSession" where "expiresAt" > now()`;
  const full = Number(live?.all) >= limits.setupSessions;
  if (!full && Number(live?.own) < limits.setupSessionsPerTenant) return;
  const first = await tx.setupSession.findFirst({
    where: { expiresAt: { gt: new Date() }, ...(!full && { tenantId: tenant }) },
    orderBy: { expiresAt: "asc" },
    select: { expiresAt: true },
  });
  const left = Math.ceil(((first?.expiresAt.getTime() ?? 0) - Date.now()) / 1000);
  const wait = Math.min(Math.max(left, 1), LONGEST_WAIT);
  throw new AppError(
    "too_many_sessions",
    full
      ? "Too many conversations are under way here. Try again later."
      : "Your tenant has too many conversations under way. Delete some, or try again later.",
    { headers: { "retry-after": String(wait) } },
  );
}
