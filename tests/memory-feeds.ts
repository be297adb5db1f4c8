import { randomBytes } from "node:crypto";
import { connectorOf } from "#lib/connectors/index.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";
import { type FeedBook, followerOf } from "#lib/runtime/index.ts";

type Feed = { name: string; reads: string; end: () => Promise<void> };

/** What is followed at sources, remembered in this process alone, and given back at its end. */
export function memoryFeeds(
  tenant: string,
  configOf: (ref: string) => Record<string, unknown>,
): FeedBook & { giveBack: () => Promise<void> } {
  const feeds = new Map<string, Feed>();
  const giveBack = async () => {
    for (const { end } of feeds.values()) await end();
    feeds.clear();
  };
  const portOf = ({ connector }: Pick<TableSourceStep, "connector">) => {
    const port = connectorOf(connector);
    if (port.family !== "table" || !port.follow) throw new Error(`${connector} cannot be followed`);
    return port.follow;
  };
  const connectors = new Map<string, string>();
  return {
    follower: async (step) => {
      const ref = step.sourceRef ?? "";
      connectors.set(ref, step.connector);
      return followerOf(portOf(step), { tenant, config: configOf(ref) }, ref);
    },
    nameOf: async (nodeId, reads) => {
      const feed = feeds.get(nodeId);
      return feed?.reads === reads ? feed.name : undefined;
    },
    renew: async (nodeId, { sourceId, reads }) => {
      await feeds.get(nodeId)?.end();
      const name = `lab_${randomBytes(6).toString("hex")}`;
      const connector = (connectors.get(sourceId) ?? "") as TableSourceStep["connector"];
      const end = () => portOf({ connector }).end({ tenant, config: configOf(sourceId) }, { name });
      feeds.set(nodeId, { name, reads, end });
      return name;
    },
    reached: async () => undefined,
    giveBack,
  };
}
