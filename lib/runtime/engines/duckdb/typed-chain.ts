import { formatIrType, sqlIdentifier } from "#lib/ir/index.ts";
import type { Column } from "#lib/ir/schema.ts";
import { checkedCast } from "./cast.ts";
import {
  Chain,
  FATE,
  type Failure,
  type FateBook,
  ORIGINAL,
  OWN_PREFIX,
  ROW,
  type TypedColumn,
} from "./chain.ts";

const FINE = `${OWN_PREFIX}k`;

/** What is wanted of a source's rows. */
export type TypedChainOptions = {
  step: { nodeId: string; declared?: readonly Column[] };
  book: FateBook;
  /** Rows whose values do not fit fail the query. */
  strict: boolean;
  keepRejects: boolean;
  /** Take no more rows than this. */
  limit?: number;
  /** False: rows get no number, which costs a little. `given`: what is read has numbers of its own. */
  numbered: boolean | "given";
};

/** Rows of `read`, numbered, their text checked against the declared types. */
export function typedChain(options: TypedChainOptions, read: string, columns: readonly TypedColumn[]): Chain {
  const { step, book, strict, keepRejects, limit, numbered } = options;
  const names = columns.map(({ name }) => sqlIdentifier(name)).join(", ");
  const number = numbered === "given" ? ROW : numbered ? "row_number() OVER ()" : "0::BIGINT";
  const some = limit === undefined ? read : `(SELECT * FROM ${read} LIMIT ${limit})`;
  const base = `(SELECT ${names}, ${number} AS ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM ${some})`;
  const chain = new Chain(base, columns, book);
  chain.enter(step.nodeId);
  const casts = (step.declared ?? []).flatMap(({ name, type }, index) => {
    const from = columns.find((column) => column.name === name)?.type;
    if (!type || !from || (type.name === from.name && type.name !== "decimal")) return [];
    const cast = checkedCast(sqlIdentifier(name), from, type);
    return [{ name, type, temporary: `${OWN_PREFIX}c${index}`, ...cast }];
  });
  if (casts.length === 0) return chain;
  const temporary = casts.map((cast) => cast.temporary);
  const typed = new Map(casts.map((cast) => [cast.name, cast]));
  chain.project(
    chain.asIs(),
    casts.map((cast) => `${cast.value} AS ${cast.temporary}`),
  );
  // In a layer of its own the engine computes it of whole vectors, not of what each part of it has left over.
  const fine = casts.map(
    ({ canonical, inexact, temporary: cast }) => canonical?.(cast) ?? `NOT (${inexact(cast)})`,
  );
  chain.project(chain.asIs(), [...temporary, `(${fine.join(" AND ")}) AS ${FINE}`]);
  chain.fail(
    casts.map(
      (cast): Failure => ({
        when: cast.inexact(cast.temporary),
        nodeId: step.nodeId,
        rule: `type:${cast.name}`,
        reason: `${cast.name} does not fit ${formatIrType(cast.type)} exactly`,
        policy: strict || !keepRejects ? "fatal" : "quarantine",
        value: sqlIdentifier(cast.name),
      }),
    ),
    {
      carry: temporary,
      wanted: columns.map(({ name, type }) => ({ name, type: typed.get(name)?.type ?? type })),
      unless: FINE,
    },
  );
  chain.project(
    chain.asIs().map((column) => {
      const cast = typed.get(column.name);
      return cast ? { name: column.name, expr: cast.temporary, type: cast.type } : column;
    }),
  );
  return chain;
}
