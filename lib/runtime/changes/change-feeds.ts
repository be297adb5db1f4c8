import { randomBytes } from "node:crypto";
import { type ChangePort, connectorOf, DataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";
import { log } from "#lib/log.ts";
import type { ClaimedRun } from "#lib/runs/index.ts";
import { loadSource, type OpenedSource } from "#lib/sources/index.ts";
import { type FeedBook, followerOf } from "./feeds.ts";

type Feed = NonNullable<Awaited<ReturnType<Db["changeFeed"]["findFirst"]>>>;
type Own = Pick<Feed, "tenantId" | "pipelineId" | "nodeId" | "name">;

/** Begins the place of a feed that is nobody's any more: no node is called so. */
const RELEASED = "#";
const PREFIX = "penstock";
const LONGEST_SLUG = 36;

/** What a run's pipeline follows, in our database: nothing is followed that does not stand there. */
export function changeFeeds({ ctx, run }: Pick<ClaimedRun, "ctx" | "run">): FeedBook {
  const { db, tenant } = ctx;
  const keyOf = (nodeId: string) => ({ tenantId: tenant, pipelineId: run.pipelineId, nodeId });
  const find = (nodeId: string) =>
    db.changeFeed.findUnique({ where: { tenantId_pipelineId_nodeId: keyOf(nodeId) } });
  return {
    follower: async (step) => {
      const { id, config, connector } = await sourceOf(ctx, step);
      return followerOf(portOf(connector, step.nodeId), { tenant, config }, id);
    },
    nameOf: async (nodeId, reads) => {
      const feed = await find(nodeId);
      return feed?.reads === reads ? feed.name : undefined;
    },
    renew: async (nodeId, { sourceId, reads }) => {
      const old = await find(nodeId);
      const name = newName(run.pipelineSlug);
      if (old) await release(db, old);
      await db.changeFeed.create({ data: { ...keyOf(nodeId), sourceId, reads, name } });
      if (old) await giveBack(db, old);
      return name;
    },
    reached: async (nodeId, name, position) => {
      await db.changeFeed.updateMany({ where: { ...keyOf(nodeId), name }, data: { position } });
    },
  };
}

/** A name that says to whoever runs the source whose it is, and is used once. */
function newName(slug: string): string {
  const plain = slug.replaceAll(/[^a-z0-9]+/g, "_").slice(0, LONGEST_SLUG);
  return `${PREFIX}_${plain}_${randomBytes(8).toString("hex")}`;
}

/** Takes a feed from its node: from then on it only waits to be given back. @returns false if it was another already */
export async function release(db: Db, { name, ...key }: Own): Promise<boolean> {
  if (key.nodeId.startsWith(RELEASED)) return true;
  const { tenantId, pipelineId, nodeId } = key;
  const { count } = await db.changeFeed.updateMany({
    where: { tenantId, pipelineId, nodeId, name },
    data: { nodeId: RELEASED + name },
  });
  return count > 0;
}

/**
 * Gives a released feed back to its source, and forgets it. What the source says against it is logged: it is tried again.
 * @param options.at the source as it was when it was followed. Default: as it is now.
 */
export async function giveBack(
  db: Db,
  feed: Own & Pick<Feed, "sourceId">,
  { signal, at }: { signal?: AbortSignal; at?: OpenedSource } = {},
): Promise<boolean> {
  const { tenantId, pipelineId, sourceId, name } = feed;
  const told = { tenantId, pipelineId, sourceId, feed: name };
  try {
    const source = at ?? (await loadSource({ ctx: { tenant: tenantId, db }, ref: sourceId }));
    const given = { tenant: tenantId, config: source.config };
    await portOf(source.connector).end(given, { name, signal });
  } catch (error) {
    if (!isAppError(error) || error.code !== "source_not_found") {
      log.warn(
        { err: error, ...told },
        "what a source keeps for a mirror could not be given back; it is tried again",
      );
      return false;
    }
    log.warn(told, "a source is gone, and what it keeps for a mirror could not be given back");
  }
  await db.changeFeed.deleteMany({ where: { tenantId, pipelineId, nodeId: RELEASED + name, name } });
  return true;
}

/** True for a feed that waits to be given back. */
export const isReleased = ({ nodeId }: Pick<Feed, "nodeId">) => nodeId.startsWith(RELEASED);

/** @throws DataError `cdc_unsupported` */
function portOf(connector: string, nodeId?: string): ChangePort<Record<string, unknown>> {
  const port = connectorOf(connector);
  if (port.family === "table" && port.follow) return port.follow;
  throw new DataError("cdc_unsupported", `${connector} has no change log that can be followed`, { nodeId });
}

async function sourceOf(
  ctx: Pick<Ctx, "tenant" | "db">,
  { nodeId, sourceRef, connector }: TableSourceStep,
): Promise<OpenedSource> {
  const saved = await loadSource({ ctx, ref: sourceRef ?? "" }).catch((error: unknown) => {
    if (!isAppError(error) || error.code === "internal") throw error;
    throw new DataError(error.code, error.message, { nodeId, cause: error });
  });
  if (saved.connector === connector) return saved;
  const message = `The saved source "${saved.name}" is ${saved.connector}, not ${connector}`;
  throw new DataError("wrong_connector", message, { nodeId });
}
