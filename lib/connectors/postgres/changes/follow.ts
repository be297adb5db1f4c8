import type { BegunChanges, ChangePort } from "../../connector.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import { openTable } from "../read.ts";
import type { Session } from "../session.ts";
import { connected, readingError, withSession } from "../with-session.ts";
import { type FollowedTable, followedTable, shapeOf } from "./followed-table.ts";
import { openChanges } from "./open-changes.ts";
import { dropPublication, ensurePublication } from "./publication.ts";
import { createSlot, dropSlot, openSender, requireChangeLog } from "./slot.ts";

type Port = ChangePort<PostgresSourceConfig>;

/** PostgreSQL's logical decoding: a slot and a publication for each follower. */
export const followPostgres: Port = {
  begin: async ({ config }, request) => {
    const { signal, name } = request;
    await withSession(config, { signal }, async (session) => {
      await requireChangeLog(session);
      const table = await followedTable(session, config, request);
      await dropSlot(session, name, signal);
      await ensurePublication(session, config, table, name);
    });
    const sender = await openSender(config, signal);
    try {
      const { position, snapshot } = await createSlot(sender, config, name);
      return await readSnapshot(config, request, { position, snapshot, sender });
    } catch (error) {
      await sender.close();
      signal?.throwIfAborted();
      throw readingError(config, error);
    }
  },
  changes: ({ config }, request) => openChanges(config, request),
  end: ({ config }, { name, signal }) =>
    withSession(config, { signal }, async (session) => {
      await dropSlot(session, name, signal);
      await dropPublication(session, name);
    }),
};

/** The table as it stood when the slot was made; the sender holds that state. */
async function readSnapshot(
  config: PostgresSourceConfig,
  request: Parameters<Port["begin"]>[1],
  { position, snapshot, sender }: { position: string; snapshot: string; sender: Session },
): Promise<BegunChanges> {
  const table = await inSnapshot(config, request, snapshot);
  const columns = table.columns.map(({ name }) => name);
  const opened = await openTable(config, { ...request, columns }, snapshot);
  // Who reads that state holds it by itself now.
  await sender.close();
  return { position, key: table.key, shape: shapeOf(table), snapshot: opened };
}

async function inSnapshot(
  config: PostgresSourceConfig,
  request: Parameters<Port["begin"]>[1],
  snapshot: string,
): Promise<FollowedTable> {
  const session = await connected(config, { signal: request.signal });
  try {
    await session.client.query(
      `begin isolation level repeatable read read only; set transaction snapshot '${snapshot}'`,
    );
    return await followedTable(session, config, request);
  } finally {
    await session.close();
  }
}
