import { Readable } from "node:stream";
import type { RowStream } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import type { SnowflakeLink } from "./connect-snowflake.ts";
import { snowflakeDataError } from "./explain-snowflake.ts";

/** Characters of lines that are handed on together. */
const TOGETHER = 65_536;

/**
 * Runs a statement whose rows are lines, and hands them out as bytes, no faster than they are read. A stream that is
 * destroyed before its end stops the statement.
 */
export async function streamLines(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  sql: string,
  signal?: AbortSignal,
): Promise<RowStream> {
  const { promise: done, resolve, reject } = Promise.withResolvers<number>();
  done.catch(() => undefined);
  const { rows, cancel } = await link.stream(sql);
  let count = 0;
  async function* lines(): AsyncGenerator<Buffer> {
    let text = "";
    for await (const [line] of rows as AsyncIterable<[string]>) {
      count++;
      text += line;
      if (text.length < TOGETHER) continue;
      yield bytesOf(text, count);
      text = "";
    }
    if (text !== "") yield bytesOf(text, count);
  }
  const source = lines();
  let ended = false;
  const stream = new Readable({
    read() {
      source.next().then(
        (next) => {
          ended ||= next.done === true;
          this.push(next.done ? null : next.value);
        },
        (error) => this.destroy(snowflakeDataError(config, error) as Error),
      );
    },
    destroy(error, finished) {
      signal?.removeEventListener("abort", abort);
      if (ended) resolve(count);
      else {
        cancel();
        rows.destroy();
        reject(error ?? new DataError("connection_closed", "Reading was given up."));
      }
      link.close();
      finished(error);
    },
  });
  // `done` tells it too; a stream that nobody listens to yet must not end the process.
  stream.on("error", () => undefined);
  const abort = () => stream.destroy(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return { stream, done };
}

/** PostgreSQL stores no NUL in a text; left out silently it would be another text. */
function bytesOf(text: string, row: number): Buffer {
  if (!text.includes("\0")) return Buffer.from(text, "utf8");
  throw new DataError("nul_character", `A text in or before row ${row} holds a NUL character (code 0).`, {
    row,
    hint: "No text of PostgreSQL can hold it. Take it out at the source, or leave out the column.",
  });
}
