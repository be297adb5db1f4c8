import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { KeptRows } from "../../readable-source.ts";
import { type Chain, OWN_PREFIX, ROW, type TypedColumn } from "./chain.ts";
import { type TypedChainOptions, typedChain } from "./typed-chain.ts";

const TEXT = { name: "string" } as const;

/** A chain of rows that lie in scratch under numbers of their own, each value checked against its column's type. */
export function keptRows(
  { file, columns }: KeptRows,
  options: Pick<TypedChainOptions, "step" | "book" | "keepRejects">,
): Chain {
  const given = [`${ROW}: 'BIGINT'`, ...columns.map((_, at) => `${OWN_PREFIX}c${at}: 'VARCHAR'`)].join(", ");
  const items = columns.map(({ name, type }, at) => {
    const text = `${OWN_PREFIX}c${at}`;
    return `${type.name === "binary" ? `unhex(${text})` : text} AS ${sqlIdentifier(name)}`;
  });
  const longest = limits.csvRecordBytes;
  const read = `(SELECT ${[...items, ROW].join(", ")} FROM read_csv(${sqlLiteral(file)}, header=false, auto_detect=false, new_line='\\n', delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false, max_line_size=${longest}, buffer_size=${longest + 1_048_576}, columns={${given}}))`;
  const raw = columns.map(
    ({ name, type }): TypedColumn => (type.name === "binary" ? { name, type } : { name, type: TEXT }),
  );
  const { nodeId } = options.step;
  return typedChain(
    { ...options, step: { nodeId, declared: [...columns] }, strict: false, numbered: "given" },
    read,
    raw,
  );
}
