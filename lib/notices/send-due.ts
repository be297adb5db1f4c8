import { emitAudit } from "#lib/audit/index.ts";
import type { Db, Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { pauseAfter } from "./back-off.ts";
import { deliver } from "./deliver.ts";
import { openChannel } from "./load-channel.ts";
import type { Outcome } from "./outcome.ts";
import { giveUpWaiting } from "./update-channel.ts";
import { wordsOf } from "./words.ts";

type Row = Prisma.DeliveryGetPayload<{ include: { channel: true } }>;

/** A message that is being sent is nobody else's for so long; then its sender is taken for dead. */
const LEASE_MS = limits.noticeMs + 15_000;

/** Channels with messages that are due, those that waited longest first, without the ones named. */
export async function dueChannels(db: Db, without: readonly string[], limit: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ channelId: string }[]>`
    select d."channelId" from "Delivery" d join "Channel" c on c."id" = d."channelId"
    where d."status" = 'waiting' and d."nextAttemptAt" <= now() and c."enabled" and d."channelId" <> all(${[...without]})
    group by d."channelId" order by min(d."nextAttemptAt") limit ${limit}`;
  return rows.map(({ channelId }) => channelId);
}

/** Sends what is due through one channel, one message after another, until nothing is or it is to stop. */
export async function drainChannel(db: Db, channelId: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const row = await claim(db, channelId);
    if (!row) return;
    const outcome = await attempt(row, stopping);
    await settle(db, row, outcome, stopping.aborted);
  }
}

/** Takes the next message that is due, before another process does. It counts as tried from now on. */
async function claim(db: Db, channelId: string): Promise<Row | null> {
  const [taken] = await db.$queryRaw<{ id: string }[]>`
    update "Delivery" set "attempts" = "attempts" + 1,
      "nextAttemptAt" = now() + ${LEASE_MS} * interval '1 millisecond'
    where "id" = (
      select d."id" from "Delivery" d join "Channel" c on c."id" = d."channelId"
      where d."channelId" = ${channelId} and d."status" = 'waiting' and d."nextAttemptAt" <= now() and c."enabled"
      order by d."nextAttemptAt", d."id" limit 1 for update of d skip locked)
    returning "id"`;
  return taken ? db.delivery.findUnique({ where: { id: taken.id }, include: { channel: true } }) : null;
}

async function attempt({ id, topic, body, channel }: Row, stopping: AbortSignal): Promise<Outcome> {
  try {
    return await deliver(openChannel(channel), { id, topic, body }, stopping);
  } catch (error) {
    log.error({ err: error, delivery: id }, "a message could not be sent");
    return { error: wordsOf(error) };
  }
}

/** Writes what became of an attempt, unless somebody else has tried meanwhile. */
async function settle(db: Db, row: Row, outcome: Outcome, stopped: boolean): Promise<void> {
  const ours = { id: row.id, attempts: row.attempts, status: "waiting" };
  if (outcome.error === undefined) {
    const data = {
      status: "delivered",
      deliveredAt: new Date(),
      nextAttemptAt: null,
      lastError: outcome.but ?? null,
    };
    await db.delivery.updateMany({ where: ours, data });
    return;
  }
  if (stopped) {
    const data = { attempts: { decrement: 1 }, nextAttemptAt: new Date() };
    await db.delivery.updateMany({ where: ours, data });
    return;
  }
  if (outcome.gone) return switchOff(db, row, outcome.error);
  const pause = pauseAfter(row.attempts);
  const asked = Math.min(outcome.retryAfterMs ?? 0, limits.noticeRetryAfterMs);
  const data =
    pause === undefined
      ? { status: "given_up", nextAttemptAt: null }
      : { nextAttemptAt: new Date(Date.now() + Math.max(pause, asked)) };
  await db.delivery.updateMany({ where: ours, data: { ...data, lastError: outcome.error } });
}

/** What a receiver asked for is in the audit log as what a person does. */
async function switchOff(db: Db, { id, channelId, tenantId, channel }: Row, why: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.channel.updateMany({
      where: { id: channelId, tenantId, enabled: true },
      data: { enabled: false },
    });
    await giveUpWaiting(tx, channelId, why);
    if (count === 0) return;
    await emitAudit(
      tx,
      { tenant: tenantId, actor: { id: "system", name: "Penstock", kind: "system" }, requestId: id },
      {
        action: "channel.updated",
        entityType: "channel",
        entityId: channelId,
        entityName: channel.name,
        before: { enabled: true },
        after: { enabled: false, why },
      },
    );
  });
}
