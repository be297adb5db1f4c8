import type { JsonInput, Tx } from "#lib/db.ts";

/** A message, as it is put down before it is sent. */
export type Message = {
  /** Such as `run.failed`; what a receiver is told as its type. */
  topic: string;
  /** What it is about, such as a run and its attempt: of one subject and topic a channel is told once. */
  subject: string;
  /** What is sent, as it is. */
  body: unknown;
};

/** Puts messages down for a channel, in the caller's transaction. Those that were put down before are left as they are. */
export async function putDown(
  tx: Tx,
  { id: channelId, tenantId }: { id: string; tenantId: string },
  messages: readonly Message[],
): Promise<void> {
  const nextAttemptAt = new Date();
  await tx.delivery.createMany({
    data: messages.map(({ topic, subject, body }) => ({
      ...{ channelId, tenantId, topic, subject, nextAttemptAt },
      body: body as JsonInput,
    })),
    skipDuplicates: true,
  });
}
