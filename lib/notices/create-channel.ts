import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { isUniqueViolation } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { presentChannel } from "./load-channel.ts";
import { requirePlace } from "./place.ts";
import { type Channel, CreateChannelInput } from "./schema.ts";

/**
 * Saves a channel; its secret is sealed for this row.
 * @throws AppError `permission_denied`, `bad_request` for an address that is never connected to, `already_exists`, `conflict` if there are too many
 */
export async function createChannel({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof CreateChannelInput>;
}): Promise<Channel> {
  requirePermission(ctx, "settings.write");
  const { secret, ...data } = CreateChannelInput.parse(input);
  const { name, kind, config, topics, pipelines } = data;
  await requirePlace(data);
  const id = randomUUID();
  const sealed = secret === undefined ? null : new Uint8Array(seal(secret, { tenant: ctx.tenant, id }));
  try {
    return await ctx.db.$transaction(async (tx) => {
      if ((await tx.channel.count({ where: { tenantId: ctx.tenant } })) >= limits.channels)
        throw new AppError("conflict", `There are ${limits.channels} channels already. Delete one first.`);
      const row = await tx.channel.create({ data: { id, tenantId: ctx.tenant, ...data, secret: sealed } });
      await emitAudit(tx, ctx, {
        action: "channel.created",
        entityType: "channel",
        entityId: id,
        entityName: name,
        after: { kind, config, topics, pipelines },
      });
      return presentChannel(row);
    });
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("already_exists", `There is a channel named ${name} already.`);
    throw error;
  }
}
