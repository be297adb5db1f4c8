import { setTimeout as delay } from "node:timers/promises";
import type { BegunChanges, FollowRequest, Given } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import { connectMysql, type MysqlLink } from "../connect-mysql.ts";
import { mysqlDataError } from "../explain-mysql.ts";
import { lineSql } from "../line-sql.ts";
import { quoteName, quoteText } from "../quote.ts";
import { streamLines } from "../stream-lines.ts";
import { describeFollowed } from "./describe-followed.ts";
import { formatPosition, type LogPosition, parseGtids } from "./log-position.ts";
import { FIRST_EVENT, tryLog } from "./open-log.ts";
import { requireLog } from "./readiness.ts";
import { formatShape } from "./table-shape.ts";

/**
 * Takes a view of the table that stands at one place of the log, and keeps it open for reading.
 * @throws DataError that says what the server, the account or the table lacks
 */
export async function beginFollowing(
  { config }: Given<MysqlSourceConfig>,
  request: FollowRequest,
): Promise<BegunChanges> {
  let link: MysqlLink | undefined;
  try {
    const open = await connectMysql(config, request.signal);
    link = open;
    const { server } = await requireLog(open, config);
    const { table } = (await describeFollowed(open, config, request)).chosen;
    const name = `${quoteName(config.database)}.${quoteName(table.name)}`;
    const position = open.greeting.mariadb
      ? await viewWithPosition(open, request.signal)
      : await viewUnderLock(open, { config, name, server, signal: request.signal });
    // Looked at within the view it cannot be altered before it is read; what was altered meanwhile, the server says now.
    const { chosen, facts } = await describeFollowed(open, config, request);
    await tryLog(config, position, request.signal);
    const sql = `SELECT ${lineSql(chosen.columns)} ${chosen.from}`;
    return {
      position: formatPosition(position),
      key: facts.shape.key,
      shape: formatShape(facts.shape),
      snapshot: {
        columns: chosen.columns.map(({ name, mapped: { type, note } }) => ({
          name,
          type,
          ...(note && { note }),
        })),
        ...(chosen.table.rowEstimate !== null && { rowEstimate: chosen.table.rowEstimate }),
        csv: async () => streamLines(open, config, sql, request.signal),
        close: async () => open.close(),
      },
    };
  } catch (error) {
    link?.close();
    request.signal?.throwIfAborted();
    throw mysqlDataError(config, error);
  }
}

const beginView = async (link: MysqlLink) => {
  await link.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  await link.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
};

/** How long a view is taken anew while it stands at the beginning of a file, and the pause in between. */
const AT_A_BEGINNING = { settleMs: 500, pauseMs: 25 };

/**
 * MariaDB takes the view and tells the place of it at once, without a lock. While it changes from one file to the next
 * it tells the new file's beginning before the last transactions of the old one can be seen: such a view is taken again
 * until the place is another, or has stood still.
 */
async function viewWithPosition(link: MysqlLink, signal?: AbortSignal): Promise<LogPosition> {
  const until = Date.now() + AT_A_BEGINNING.settleMs;
  for (;;) {
    await beginView(link);
    const rows = await link.query("SHOW STATUS LIKE 'binlog_snapshot_%'");
    const value = (name: string) => rows.find(([key]) => key?.toLowerCase() === name)?.[1] ?? "";
    const file = quoteText(value("binlog_snapshot_file"));
    const at = Number(value("binlog_snapshot_position"));
    const [row] = await link.query(
      `SELECT BINLOG_GTID_POS(${file},${at}),BINLOG_GTID_POS(${file},${FIRST_EVENT})`,
    );
    if (row?.[0] !== row?.[1] || Date.now() > until) return parseGtids(row?.[0] ?? "");
    await delay(AT_A_BEGINNING.pauseMs, undefined, { signal });
  }
}

/** Errors of the server about the privilege to lock: of a database, and of a table. */
const NO_LOCK = [1044, 1142];

/** Elsewhere the table is locked for writers as long as it takes to begin a view: the log says nothing of it meanwhile. */
export async function viewUnderLock(
  link: MysqlLink,
  {
    config,
    name,
    server,
    signal,
  }: { config: MysqlSourceConfig; name: string; server: string; signal?: AbortSignal },
): Promise<LogPosition> {
  const locking = await connectMysql(config, signal);
  try {
    await locking.query(`LOCK TABLES ${name} READ`).catch((error: { errno?: number; message?: string }) => {
      if (!NO_LOCK.includes(error.errno ?? 0)) throw error;
      throw new DataError(
        "no_replication",
        `The account may not lock the table for a moment. (${error.message})`,
        {
          hint: `Let somebody who may run: GRANT LOCK TABLES ON ${quoteName(config.database)}.* TO '${config.username}'@'%';`,
          cause: error,
        },
      );
    });
    await beginView(link);
    const { end } = await requireLog(locking, config);
    return { kind: "file", server, ...end };
  } finally {
    locking.close();
  }
}
