import { unseal } from "#lib/crypto.ts";
import type { Db, Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import {
  type Channel,
  type ChannelKind,
  type EmailConfig,
  EmailConfigSchema,
  type WebConfig,
  WebConfigSchema,
} from "./schema.ts";

/** A channel's row. */
export type ChannelRow = Prisma.ChannelGetPayload<object>;

/** Where a message goes, with its secret in the clear: for the sender's memory only, never for an answer or a log. */
export type OpenedChannel = { secret: string | undefined } & (
  | { kind: "webhook" | "openlineage"; config: WebConfig }
  | { kind: "email"; config: EmailConfig }
);

/** Opens a row's seal. It opens for its own tenant and id only. */
export function openChannel(row: ChannelRow): OpenedChannel {
  const secret = row.secret
    ? unseal(row.secret, { tenant: row.tenantId, id: row.id }).toString("utf8")
    : undefined;
  return { secret, ...configOf(row.kind as ChannelKind, row.config) };
}

/** A configuration, checked as its kind's. @throws ZodError */
export function configOf(kind: ChannelKind, config: unknown) {
  return kind === "email"
    ? { kind, config: EmailConfigSchema.parse(config) }
    : { kind, config: WebConfigSchema.parse(config) };
}

/** One of the tenant's rows by id. @throws AppError `channel_not_found` */
export async function findChannel(
  db: Pick<Db, "channel">,
  tenantId: string,
  id: string,
): Promise<ChannelRow> {
  const row = await db.channel.findFirst({ where: { id, tenantId } });
  if (!row) throw new AppError("channel_not_found");
  return row;
}

/** What anyone in the tenant may see of a channel. */
export function presentChannel(row: ChannelRow): Channel {
  const { id, name, topics, pipelines, enabled, createdAt, updatedAt } = row;
  return {
    ...{ id, name, pipelines, enabled, hasSecret: row.secret !== null },
    topics: topics as Channel["topics"],
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...configOf(row.kind as ChannelKind, row.config),
  } as Channel;
}
