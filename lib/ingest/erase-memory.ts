import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { lsnsOfMemory } from "#lib/memory/index.ts";
import { eraseEvents } from "./erase-events.ts";
import { type Erasure, ErasureReason, OBJECT_UPSERTED } from "./schema.ts";

/** What the memory of an ordinary event is named: this, and the event's id. */
const PREFIX = "mem_";

/**
 * Erases a memory: the event it comes from, and every one that wrote it since.
 * @throws AppError `permission_denied`, `memory_not_found`
 */
export async function eraseMemory({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { memory_id: string } & z.input<typeof ErasureReason>;
}): Promise<Erasure> {
  const { reason } = ErasureReason.parse(input);
  const { memory_id } = input;
  const lsns = await lsnsOfMemory(ctx.db, ctx.tenant, memory_id);
  // Found by its event too, so that a derived row that was lost does not keep the text in the log.
  const told = memory_id.startsWith(PREFIX)
    ? await ctx.db.event.findUnique({
        where: { tenantId_eventId: { tenantId: ctx.tenant, eventId: memory_id.slice(PREFIX.length) } },
        select: { lsn: true, eventType: true },
      })
    : null;
  if (told && told.eventType !== OBJECT_UPSERTED) lsns.push(Number(told.lsn));
  return eraseEvents(ctx, { among: lsns, entityType: "memory", entityId: memory_id }, reason);
}
