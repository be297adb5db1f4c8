import type { Actor } from "#lib/context.ts";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { advanceSession, keepSessions } from "#lib/setup/index.ts";

/** A process of its own that says things in a conversation while others do the same. */
export type SpeakerOrder = {
  tenant: string;
  actor: Actor;
  id: string;
  messages: { message: string; key: string }[];
};
/** What it was answered, by key; nothing where it was not. */
export type SpeakerReport = { replies: Record<string, { seq: number; message: string }> };

process.once("message", (order) => void obey(order as SpeakerOrder));
process.send?.("ready");

async function obey({ tenant, actor, id, messages }: SpeakerOrder): Promise<void> {
  const { db } = await openDatabase();
  const ctx = { tenant, actor, roles: ["ROLE_ADMIN"], requestId: "speaker", db } as const;
  const keeping = keepSessions(db);
  const report: SpeakerReport = { replies: {} };
  process.send?.("speaking");
  await Promise.all(
    messages.map(async ({ message, key }) => {
      const { seq, replied } = await advanceSession({ ctx, id, input: { message, idempotency_key: key } });
      report.replies[key] = { seq, message: (await replied).reply.message };
    }),
  );
  await new Promise((sent) => process.send?.(report, sent));
  await keeping.stop();
  await closeDatabase();
  process.exit(0);
}
