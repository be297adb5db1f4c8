import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { eraseEvents } from "./erase-events.ts";
import { type Erasure, ErasureReason, OBJECT_UPSERTED } from "./schema.ts";

/**
 * Erases every event that an agent wrote, and every one that writes an object of its.
 * @throws AppError `permission_denied`, `memory_not_found` if there is none
 */
export async function eraseAgentMemory({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { agent_id: string } & z.input<typeof ErasureReason>;
}): Promise<Erasure> {
  const { reason } = ErasureReason.parse(input);
  const { agent_id } = input;
  const where = Prisma.sql`e."agentId" = ${agent_id} or (e."eventType" = ${OBJECT_UPSERTED} and (
      e."payload" #>> '{object,agent_id}' = ${agent_id}
      or e."payload" #>> '{object,owner_agent_id}' = ${agent_id}))`;
  return eraseEvents(ctx, { where, entityType: "agent", entityId: agent_id }, reason);
}
