import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { isUniqueViolation, type Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { type ChannelRow, configOf, findChannel, presentChannel } from "./load-channel.ts";
import { requirePlace } from "./place.ts";
import { type Channel, type ChannelKind, CreateChannelInput, UpdateChannelInput } from "./schema.ts";

/**
 * Changes a channel. A kept secret is only ever sent where its owner meant it to go: whoever names another server, user
 * or weaker encryption gives it again. What waits for a channel that is switched off is given up.
 * @throws AppError `permission_denied`, `channel_not_found`, `already_exists`, `bad_request`
 */
export async function updateChannel({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: z.input<typeof UpdateChannelInput>;
}): Promise<Channel> {
  requirePermission(ctx, "settings.write");
  const given = UpdateChannelInput.parse(input);
  try {
    return await ctx.db.$transaction(async (tx) => {
      const row = await findChannel(tx, ctx.tenant, id);
      const { secret, ...after } = merged(row, given);
      if (given.config) await requirePlace(configOf(row.kind as ChannelKind, after.config));
      const data = { ...after, ...(given.secret !== undefined && { secret: sealed(row, secret) }) };
      const saved = await tx.channel.update({ where: { id }, data });
      if (row.enabled && !saved.enabled) await giveUpWaiting(tx, id, "The channel was switched off");
      const { name, config, topics, pipelines, enabled } = row;
      await emitAudit(tx, ctx, {
        action: "channel.updated",
        entityType: "channel",
        entityId: id,
        entityName: saved.name,
        before: { name, config, topics, pipelines, enabled },
        after: { ...after, secretChanged: given.secret !== undefined },
      });
      return presentChannel(saved);
    });
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("already_exists", `There is a channel named ${given.name} already.`);
    throw error;
  }
}

/** What waits to be sent through a channel is not sent any more. */
export async function giveUpWaiting(tx: Tx, channelId: string, why: string): Promise<void> {
  await tx.delivery.updateMany({
    where: { channelId, status: "waiting" },
    data: { status: "given_up", nextAttemptAt: null, lastError: why },
  });
}

/** The whole channel as it would be afterwards, checked as a new one is. */
function merged(row: ChannelRow, given: z.infer<typeof UpdateChannelInput>) {
  const { secret, ...rest } = given;
  const { name, kind, config, topics, pipelines, enabled } = row;
  const whole = { name, kind, config, topics, pipelines, enabled, ...rest, secret: secret ?? undefined };
  const { kind: _, ...after } = CreateChannelInput.parse(whole);
  if (secret === undefined && row.secret) requireSamePlace(row, after.config);
  return after;
}

function sealed(row: ChannelRow, secret: string | undefined): Uint8Array<ArrayBuffer> | null {
  return secret === undefined ? null : new Uint8Array(seal(secret, { tenant: row.tenantId, id: row.id }));
}

/** The key of a signature is never sent; a password and a token are. */
function requireSamePlace(row: ChannelRow, after: Record<string, unknown>): void {
  const kind = row.kind as ChannelKind;
  if (kind === "webhook") return;
  const before: Record<string, unknown> = configOf(kind, row.config).config;
  const fields = kind === "email" ? ["host", "port", "security", "user", "rootCert"] : ["url"];
  const moved = fields.filter((field) => before[field] !== after[field]);
  if (moved.length === 0) return;
  const what = kind === "email" ? "password" : "token";
  const message = `Give the ${what} again: ${moved.join(", ")} changed`;
  throw new AppError("bad_request", `${message}.`, {
    issues: [{ code: "secret_required", path: "/secret", message }],
  });
}
