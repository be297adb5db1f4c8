import { randomInt } from "node:crypto";
import { DataError } from "../../data-error.ts";
import { codedError } from "../../network/coded-error.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import { connectMysql } from "../connect-mysql.ts";
import { mysqlDataError } from "../explain-mysql.ts";
import { logPackets } from "./log-packets.ts";
import { formatGtids, type LogPosition } from "./log-position.ts";
import { missingPrivilege } from "./readiness.ts";

const COM_BINLOG_DUMP = 0x12;
/** Ends at the log's end instead of waiting there. */
const NON_BLOCK = 1;
/** Above what people give to servers of their own: one number twice, and the server ends the first reader. */
const FOLLOWERS = { from: 2 ** 31, to: 2 ** 32 - 1 };
/** Where the first event of every file is. */
export const FIRST_EVENT = 4;

/** A server's log from a position to its end, as events, some at a time. */
export type OpenedLog = { events: AsyncIterable<Buffer[]>; close: () => void };

/**
 * Reads the log. What is not asked for yet waits at the server.
 * @throws DataError `changes_lost`, `no_replication`, those of connecting
 */
export async function openLog(
  config: MysqlSourceConfig,
  position: LogPosition,
  signal?: AbortSignal,
): Promise<OpenedLog> {
  const link = await connectMysql(config, signal);
  try {
    await link.query("SET @master_binlog_checksum=@@global.binlog_checksum");
    if (link.greeting.mariadb) await link.query("SET @mariadb_slave_capability=4");
    if (position.kind === "gtid") await link.query(`SET @slave_connect_state='${formatGtids(position)}'`);
  } catch (error) {
    link.close();
    throw error;
  }
  const wire = link.takeWire();
  const packets = logPackets();
  const lost = () => codedError("PROTOCOL_CONNECTION_LOST", "The connection was lost");
  async function* events(): AsyncGenerator<Buffer[]> {
    try {
      for await (const chunk of wire as AsyncIterable<Buffer>) {
        const found = packets.push(chunk);
        if (found.length > 0) yield found;
        if (packets.ended()) return;
      }
      throw lost();
    } catch (error) {
      signal?.throwIfAborted();
      const code = (error as { code?: string }).code;
      throw explained(config, code === "ERR_STREAM_PREMATURE_CLOSE" ? lost() : error);
    } finally {
      link.close();
    }
  }
  // Listening begins before the server is asked, or its first words were lost.
  wire.pause();
  wire.write(dumpPacket(position));
  return { events: events(), close: link.close };
}

function dumpPacket(position: LogPosition): Buffer {
  const { file, at } = position.kind === "file" ? position : { file: "", at: FIRST_EVENT };
  const name = Buffer.from(file, "utf8");
  const packet = Buffer.alloc(15 + name.length);
  packet.writeUIntLE(11 + name.length, 0, 3);
  packet[4] = COM_BINLOG_DUMP;
  packet.writeUInt32LE(at, 5);
  packet.writeUInt16LE(NON_BLOCK, 9);
  packet.writeUInt32LE(randomInt(FOLLOWERS.from, FOLLOWERS.to), 11);
  name.copy(packet, 15);
  return packet;
}

/** ER_MASTER_FATAL_ERROR_READING_BINLOG: what was asked for is not there any more. */
const NOT_THERE = 1236;

function explained(config: MysqlSourceConfig, error: unknown): unknown {
  const denied = missingPrivilege(config, error);
  if (denied) return denied;
  const { errno, message } = error as Error & { errno?: number };
  if (errno !== NOT_THERE || /max_allowed_packet/.test(message)) return mysqlDataError(config, error);
  return changesLost(message);
}

/** @param words the server's */
export const changesLost = (words: string): DataError =>
  new DataError("changes_lost", `The server no longer has the changes that were not read yet. (${words})`, {
    hint: "Begin the mirror anew, and keep the log for longer than the longest pause: binlog_expire_logs_seconds.",
  });

/** Whether the account may read the log at all: asked for its end, the server refuses or says that it is over. */
export async function tryLog(
  config: MysqlSourceConfig,
  position: LogPosition,
  signal?: AbortSignal,
): Promise<void> {
  const log = await openLog(config, position, signal);
  try {
    for await (const _ of log.events) break;
  } finally {
    log.close();
  }
}
