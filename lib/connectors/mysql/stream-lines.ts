import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { limits } from "#lib/limits.ts";
import type { RowStream } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { codedError } from "../network/coded-error.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { connectMysql, type MysqlLink } from "./connect-mysql.ts";
import { mysqlDataError } from "./explain-mysql.ts";
import { rowLines } from "./row-lines.ts";

/** Bytes that wait for the reader before the server is made to wait. */
const WAITING = 1_048_576;
const COM_QUERY = 3;

/**
 * Runs a statement whose rows are lines, and hands them out as bytes. The server is read no faster than the stream is.
 * A stream that is destroyed before its end stops the statement at the server too.
 */
export function streamLines(
  link: MysqlLink,
  config: MysqlSourceConfig,
  sql: string,
  signal?: AbortSignal,
): RowStream {
  const wire = link.takeWire();
  const lines = rowLines();
  const mark = randomUUID();
  const { promise: done, resolve, reject } = Promise.withResolvers<number>();
  done.catch(() => undefined);
  const stream = new Readable({
    highWaterMark: WAITING,
    read: () => void wire.resume(),
    destroy: (error, finished) => {
      signal?.removeEventListener("abort", abort);
      const ended = lines.ended();
      if (ended) resolve(lines.rows());
      else reject(error ?? new DataError("connection_closed", "Reading was given up."));
      link.close();
      if (!ended) void stopAtServer(config, link.thread, mark);
      finished(error);
    },
  });
  // `done` tells it too; a stream that nobody listens to yet must not end the process.
  stream.on("error", () => undefined);
  const fail = (error: unknown) => stream.destroy(mysqlDataError(config, error) as Error);
  const abort = () => stream.destroy(signal?.reason);
  wire.on("data", (chunk: Buffer) => {
    try {
      const bytes = lines.push(chunk);
      refuseNul(bytes, lines.rows());
      if (bytes.length > 0 && !stream.push(bytes)) wire.pause();
      if (lines.ended()) stream.push(null);
    } catch (error) {
      fail(error);
    }
  });
  wire.on("error", fail);
  wire.on("close", () => {
    if (!lines.ended()) fail(codedError("PROTOCOL_CONNECTION_LOST", "The connection was lost"));
  });
  if (signal?.aborted) abort();
  else {
    signal?.addEventListener("abort", abort, { once: true });
    wire.write(packet(`${sql} /* penstock ${mark} */`));
  }
  return { stream, done };
}

function packet(sql: string): Buffer {
  const text = Buffer.from(sql, "utf8");
  const header = Buffer.alloc(5);
  header.writeUIntLE(text.length + 1, 0, 3);
  header[4] = COM_QUERY;
  return Buffer.concat([header, text]);
}

/** PostgreSQL stores no NUL in a text; left out silently it would be another text. */
function refuseNul(bytes: Buffer, rows: number): void {
  if (!bytes.includes(0)) return;
  throw new DataError("nul_character", `A text in or before row ${rows} holds a NUL character (code 0).`, {
    row: rows,
    hint: "No text of PostgreSQL can hold it. Take it out at the source, UPDATE … SET column = REPLACE(column, CHAR(0), ''), or leave out the column.",
  });
}

/**
 * Ends a statement that nobody reads any more: the server would notice only when it writes next. The statement is known
 * by its mark, because behind a proxy the number may be another session's.
 */
async function stopAtServer(config: MysqlSourceConfig, thread: number, mark: string): Promise<void> {
  try {
    const link = await connectMysql(config, AbortSignal.timeout(limits.connectMs));
    try {
      // Its columns: number, user, host, database, command, time, state and the statement.
      const sessions = await link.query("SHOW FULL PROCESSLIST");
      const ours = sessions.some((row) => row[0] === String(thread) && row[7]?.includes(mark));
      if (ours) await link.query(`KILL QUERY ${thread}`);
    } finally {
      link.close();
    }
  } catch {
    // The server ends it when it next writes to the connection that is gone.
  }
}
