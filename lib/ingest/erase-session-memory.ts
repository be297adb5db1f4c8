import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { eraseEvents } from "./erase-events.ts";
import { type Erasure, ErasureReason, OBJECT_UPSERTED } from "./schema.ts";

/**
 * Erases every event that belongs to a session, and every one that writes an object of it.
 * @throws AppError `permission_denied`, `memory_not_found` if there is none
 */
export async function eraseSessionMemory({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { session_id: string } & z.input<typeof ErasureReason>;
}): Promise<Erasure> {
  const { reason } = ErasureReason.parse(input);
  const { session_id } = input;
  const where = Prisma.sql`e."sessionId" = ${session_id} or (e."eventType" = ${OBJECT_UPSERTED} and (
      e."payload" #>> '{object,session_id}' = ${session_id}))`;
  return eraseEvents(ctx, { where, entityType: "session", entityId: session_id }, reason);
}
