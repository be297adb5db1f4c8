import type { Ctx } from "#lib/context.ts";
import { type AppError, isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { parseJson } from "#lib/parse-json.ts";
import { instantOf } from "./instant.ts";
import { prepareEvent } from "./prepare-event.ts";
import { enqueue } from "./queue.ts";
import type { OWN_AGENTS, StoredEvent } from "./schema.ts";

/** An event of one of our own agents. */
export type OwnEvent = Partial<Omit<StoredEvent, "lsn" | "erased" | "tenant_id">> & {
  event_id: string;
  agent_id: (typeof OWN_AGENTS)[number];
};

/**
 * Writes what our own agents did into a tenant's log, through the same checks and the same flush as everybody's events.
 * The product acts here, whoever asked it to: no permission of the person's is needed.
 * @throws AppError for the first that is refused; `unavailable`, `overloaded`.
 */
export async function writeOwnEvents(ctx: Pick<Ctx, "tenant">, events: readonly OwnEvent[]): Promise<void> {
  const writer = { tenant: ctx.tenant, actor: { id: "system", kind: "system" as const } };
  const now = instantOf(new Date());
  const prepared = events.map((event) => {
    const text = JSON.stringify(event);
    return prepareEvent(writer, parseJson(text, limits.eventDepth), text.length, now);
  });
  const refused = (await enqueue(prepared)).find((outcome): outcome is AppError => isAppError(outcome));
  if (refused) throw refused;
}
