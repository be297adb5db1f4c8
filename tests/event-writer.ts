import { closeDatabase, openDatabase } from "#lib/db.ts";
import { followEvents, ingestEvent } from "#lib/ingest/index.ts";

/**
 * A process of its own that writes events and follows the log while others do the same: it has its own queue, its own
 * flushes and its own reader.
 */
export type WriterOrder = {
  tenant: string;
  name: string;
  /** Events of its own, and events that every writer sends. */
  own: number;
  shared: number;
  /** How many its reader waits for. */
  expected: number;
};
/** What it was told, and what it read. */
export type WriterReport = {
  acks: Record<string, number>;
  replayed: number;
  read: { lsn: number; id: string }[];
};

const SENDERS = 16;

process.once("message", (order) => void obey(order as WriterOrder));
process.send?.("ready");

async function obey({ tenant, name, own, shared, expected }: WriterOrder): Promise<void> {
  const { db } = await openDatabase();
  const actor = { id: name, kind: "key" } as const;
  const ctx = { tenant, actor, roles: ["ROLE_ADMIN"], requestId: name, db } as const;
  const report: WriterReport = { acks: {}, replayed: 0, read: [] };
  const reading = (async () => {
    for await (const step of followEvents({ ctx, input: { from_lsn: 0 } })) {
      if ("event" in step) report.read.push({ lsn: step.event.lsn, id: step.event.event_id });
      if (report.read.length >= expected) return;
    }
  })();
  const ids = Array.from({ length: Math.max(own, shared) }, (_, n) => [
    ...(n < own ? [`${name}-${n}`] : []),
    ...(n < shared ? [`shared-${n}`] : []),
  ]).flat();
  const send = async () => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
      const input = { event_id: id, agent_id: `a${id.length % 3}`, session_id: "s", payload: { text: id } };
      const { ack, replayed } = await ingestEvent({ ctx, input });
      report.acks[id] = ack.lsn;
      if (replayed) report.replayed += 1;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  await reading;
  await new Promise((sent) => process.send?.(report, sent));
  await closeDatabase();
  process.exit(0);
}
