import type { BegunChanges, ChangePort, Given, OpenedChanges } from "#lib/connectors/index.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";

type Port = ChangePort<Record<string, unknown>>;

/** A source that can be followed, with its configuration at hand. */
export type Follower = {
  sourceId: string;
  begin: (request: Parameters<Port["begin"]>[1]) => Promise<BegunChanges>;
  changes: (request: Parameters<Port["changes"]>[1]) => Promise<OpenedChanges>;
};

/** The connector's verbs for one saved source. */
export function followerOf(port: Port, given: Given<Record<string, unknown>>, sourceId: string): Follower {
  return {
    sourceId,
    begin: (request) => port.begin(given, request),
    changes: (request) => port.changes(given, request),
  };
}

/** What is followed: another source, table or list of columns begins anew. */
export const readsOf = (sourceId: string, { config }: Pick<TableSourceStep, "config">): string =>
  JSON.stringify([sourceId, config.stream, config.columns ?? null]);

/** Remembers what is followed at sources, so that nothing is kept there for nobody. */
export type FeedBook = {
  /** The source of a step. @throws DataError `source_not_found`, `cdc_unsupported` */
  follower: (step: TableSourceStep) => Promise<Follower>;
  /** The name under which a target's source is followed, as far as it is known; `reads` as in {@link readsOf}. */
  nameOf: (nodeId: string, reads: string) => Promise<string | undefined>;
  /** A new name, written down before the source hears of it. What was followed before is given back. */
  renew: (nodeId: string, feed: { sourceId: string; reads: string }) => Promise<string>;
  /** The destination has everything up to there. */
  reached: (nodeId: string, name: string, position: string) => Promise<void>;
};
