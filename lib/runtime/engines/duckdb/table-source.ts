import { checkHeader, DataError, type OpenedTable } from "#lib/connectors/index.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { sourceError } from "../../readable-source.ts";
import type { ReadProgress } from "../engine.ts";
import { countText, startOf } from "../read-progress.ts";
import { type Chain, OWN_PREFIX, type TypedColumn } from "./chain.ts";
import { firstRecords, shareOf } from "./first-rows.ts";
import { type TypedChainOptions, typedChain } from "./typed-chain.ts";

/** Longest row of the quick way: the engine's buffers are as long. What is longer takes the thorough way. */
const QUICK_ROW_BYTES = 2 * 1_048_576;

/** A table ready to be queried: `chunks` feed `fifo`. */
export type TableSource = {
  nodeId: string;
  chain: Chain;
  fifo: string;
  chunks: () => AsyncIterable<Buffer>;
  progress: ReadProgress;
  /** How many rows the source said it sent, once all of them are there. */
  told: () => number | undefined;
};

/** Rows of a table as its source writes them, through a FIFO, each value checked against its column's type. */
export function tableSource(
  table: OpenedTable,
  fifo: string,
  { step, ...options }: Omit<TypedChainOptions, "step"> & { step: TableSourceStep },
): TableSource {
  const { nodeId, config } = step;
  const names = table.columns.map(({ name }) => name);
  checkHeader(config.stream, names);
  const own = names.find((name) => name.toLowerCase().startsWith(OWN_PREFIX));
  if (own) throw new DataError("reserved_column", `A column must not be named "${own}"`);
  const progress = startOf(table);
  let told: number | undefined;
  const all = async function* () {
    try {
      const { stream, done } = await table.csv();
      done.catch(() => undefined);
      for await (const chunk of stream) {
        countText(progress, chunk);
        yield chunk;
      }
      told = await done;
    } catch (error) {
      throw sourceError(error, nodeId);
    } finally {
      await table.close();
    }
  };
  const { limit } = options;
  const chunks = () => (limit === undefined ? all() : firstRecords(all(), DIALECT, shareOf(limit, progress)));
  const columns = table.columns.map(({ name, type }): TypedColumn => ({ name, type }));
  // Bytes are taken out of their digits at once; what else is no text yet becomes so by a checked cast.
  const raw = columns.map(
    ({ name, type }): TypedColumn => (type.name === "binary" ? { name, type } : { name, type: TEXT }),
  );
  const chain = typedChain(
    { ...options, step: { nodeId, declared: columns } },
    readOf(fifo, columns, options.strict),
    raw,
  );
  return { nodeId, chain, fifo, chunks, progress, told: () => told };
}

const DIALECT = { delimiter: ",", quote: '"', lineEnd: "\n" };
const TEXT = { name: "string" } as const;

function readOf(fifo: string, columns: readonly TypedColumn[], strict: boolean): string {
  const longest = strict ? QUICK_ROW_BYTES : limits.csvRecordBytes;
  const given = columns.map((_, at) => `c${at}: 'VARCHAR'`).join(", ");
  const items = columns.map(({ name, type }, at) => {
    const bytes = `unhex(substr(c${at}, 3))`;
    return `${type.name === "binary" ? bytes : `c${at}`} AS ${sqlIdentifier(name)}`;
  });
  return `(SELECT ${items.join(", ")} FROM read_csv(${sqlLiteral(fifo)}, header=false, auto_detect=false, new_line='\\n', delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false, max_line_size=${longest}, buffer_size=${longest + 1_048_576}, columns={${given}}))`;
}
