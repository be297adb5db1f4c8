import { rmSync } from "node:fs";
import type { Readable } from "node:stream";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import { type Chain, FATE, ROW, type TypedColumn } from "./chain.ts";
import type { ChainQueries } from "./chain-queries.ts";
import { makeFifo, readFifo } from "./fifo.ts";

/**
 * A chain's living rows as CSV that PostgreSQL's COPY reads: NULL is nothing, empty text is `""`.
 * @param ordered keep the order of arrival, where it decides something.
 */
export async function csvOf(
  queries: ChainQueries,
  chain: Chain,
  scratch: string,
  ordered: boolean,
): Promise<{ stream: Readable; done: Promise<number> }> {
  const fifo = await makeFifo(scratch);
  const stream = readFifo(fifo);
  const order = ordered && chain.unordered ? ` ORDER BY ${ROW}` : "";
  const items = chain.columns
    .map(({ name, type }) => `${written(name, type)} AS ${sqlIdentifier(name)}`)
    .join(", ");
  const done = queries
    .query(chain, (from) =>
      queries.copyOut(
        `SELECT ${items} FROM ${from} WHERE ${FATE} = 0${order}`,
        sqlLiteral(fifo),
        quoting(chain.columns),
      ),
    )
    .finally(() => rmSync(fifo, { force: true }));
  // If the query fails before it opened its end, nobody else would end the stream.
  done.catch((error: Error) => stream.destroy(error));
  return { stream, done };
}

/** A moment is written from its microseconds: the engine's own way goes through a calendar, at three times the cost. */
function written(name: string, type: IrType): string {
  const column = sqlIdentifier(name);
  if (type.name === "binary") return `'\\x' || hex(${column})`;
  if (type.name !== "timestamptz") return column;
  const exact = `CAST(make_timestamp(epoch_us(${column})) AS VARCHAR) || '+00'`;
  return `CASE WHEN isfinite(${column}) THEN ${exact} ELSE CAST(${column} AS VARCHAR) END`;
}

/** A lone `\.` would end the data: text is quoted where it can stand alone on a line. */
function quoting(columns: readonly TypedColumn[]): string {
  const [only, second] = columns;
  return only && !second && only.type.name === "string" ? `, FORCE_QUOTE (${sqlIdentifier(only.name)})` : "";
}
