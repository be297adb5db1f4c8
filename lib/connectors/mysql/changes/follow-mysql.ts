import type { ChangeBatch, ChangePort, FollowRequest, Given } from "../../connector.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import { connectMysql, type MysqlLink } from "../connect-mysql.ts";
import { mysqlDataError } from "../explain-mysql.ts";
import { beginFollowing } from "./begin-following.ts";
import { ChangeReader } from "./change-reader.ts";
import { describeFollowed } from "./describe-followed.ts";
import { parsePosition } from "./log-position.ts";
import { changesLost, openLog } from "./open-log.ts";
import { requireLog } from "./readiness.ts";
import { rowChanges } from "./row-changes.ts";
import { formatShape, parseShape, requireSameShape } from "./table-shape.ts";

/** The binary log of MySQL and MariaDB, one table of it. The server keeps nothing for a follower. */
export const followMysql: ChangePort<MysqlSourceConfig> = {
  begin: beginFollowing,
  changes: openChanges,
  end: async () => undefined,
};

async function openChanges(
  { config }: Given<MysqlSourceConfig>,
  request: FollowRequest & { from: string; shape: string },
) {
  return explained(config, request.signal, async (link) => {
    const position = parsePosition(request.from);
    const before = parseShape(request.shape);
    const state = await requireLog(link, config);
    if (position.kind === "file" && position.server !== state.server) {
      throw changesLost(`the position is of the server ${position.server}, and this is ${state.server}`);
    }
    const { chosen, facts, charsets } = await describeFollowed(link, config, request);
    requireSameShape(before, facts);
    const columns = chosen.columns.map(({ name }) => name);
    const { shape: now } = facts;
    const {
      table: { name: table },
    } = chosen;
    const followed = { database: config.database, table, caseless: state.caseless };
    const wanted = { columns, key: now.key };
    const log = await openLog(config, position, request.signal);
    const reader = new ChangeReader({
      ...{ table: followed, position, end: state.end },
      rows: rowChanges(followed, { before, now }, wanted, charsets),
    });
    return {
      columns: chosen.columns.map(({ name, mapped: { type, note } }) => ({
        name,
        type,
        ...(note && { note }),
      })),
      key: now.key,
      shape: formatShape(now),
      batches: batchesOf(log.events, reader),
      acknowledge: async () => undefined,
      close: async () => log.close(),
    };
  });
}

/** What is certain is handed on before an error is told. */
async function* batchesOf(
  events: AsyncIterable<Buffer[]>,
  reader: ChangeReader,
): AsyncGenerator<ChangeBatch> {
  let failure: unknown;
  reading: for await (const some of events) {
    for (const event of some) {
      try {
        reader.push(event);
      } catch (error) {
        failure = error;
        break reading;
      }
      if (reader.ended) break reading;
      const batch = reader.ready ? reader.take() : undefined;
      if (batch) yield batch;
    }
  }
  yield failure ? reader.settled() : reader.last();
  if (failure) throw failure;
}

/** One short conversation; what goes wrong in it is told as the connector tells it. */
async function explained<T>(
  config: MysqlSourceConfig,
  signal: AbortSignal | undefined,
  ask: (link: MysqlLink) => Promise<T>,
): Promise<T> {
  let link: MysqlLink | undefined;
  try {
    link = await connectMysql(config, signal);
    return await ask(link);
  } catch (error) {
    signal?.throwIfAborted();
    throw mysqlDataError(config, error);
  } finally {
    link?.close();
  }
}
