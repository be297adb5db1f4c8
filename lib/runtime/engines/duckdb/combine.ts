import type { Duckdb } from "#lib/duckdb.ts";
import { joinColumns, sqlIdentifier } from "#lib/ir/index.ts";
import type { JoinStep, PlanStep } from "#lib/ir/schema.ts";
import type { LedgerBook } from "../../ledger.ts";
import type { ExecutionWarning } from "../engine.ts";
import { lookupQuery } from "./break-ops.ts";
import { Chain, type FateBook, ROW, type TypedColumn } from "./chain.ts";
import type { ChainQueries } from "./chain-queries.ts";
import type { RowStore } from "./row-store.ts";

/** What putting rows of two nodes together needs of a run. */
export type CombineOptions = {
  engine: Duckdb;
  queries: ChainQueries;
  rows: RowStore;
  book: FateBook;
  ledger: LedgerBook;
  warnings: ExecutionWarning[];
};

/** Rows of two nodes joined: new rows, of which the ledger counts what came from either side. */
export async function joined({ queries, rows, ledger }: CombineOptions, step: JoinStep): Promise<Chain> {
  const left = rows.storedOf(step.left.nodeId);
  const right = rows.storedOf(step.right.nodeId);
  const { left: fromLeft, right: fromRight } = joinColumns(left.columns, right.columns, step.on);
  const shared = new Set(step.on.filter((key) => key.left === key.right).map((key) => key.left));
  const items = [
    ...fromLeft.map(({ field, as }) => {
      const column = sqlIdentifier(field);
      return `${shared.has(field) ? `coalesce(l.${column}, r.${column})` : `l.${column}`} AS ${sqlIdentifier(as)}`;
    }),
    ...fromRight.map(({ field, as }) => `r.${sqlIdentifier(field)} AS ${sqlIdentifier(as)}`),
  ];
  const on = step.on
    .map((key) => `l.${sqlIdentifier(key.left)} = r.${sqlIdentifier(key.right)}`)
    .join(" AND ");
  const sides = [step.left, step.right].map((input) => rows.baseOf(input));
  const pairs = `FROM ${sides[0]} l ${step.how.toUpperCase()} JOIN ${sides[1]} r ON ${on}`;
  const data = `(SELECT ${items.join(", ")} ${pairs})`;
  const number = step.numberedBy && `${step.numberedBy === "left" ? "l" : "r"}.${ROW} AS ${ROW}`;
  const numbered = number && `(SELECT ${[...items, number].join(", ")} ${pairs})`;
  ledger.enter(
    step.nodeId,
    (await queries.countOf(sides[0] ?? "")) + (await queries.countOf(sides[1] ?? "")),
  );
  const chain = await queries.restart(step.nodeId, { data, ...(numbered && { numbered }) });
  chain.unordered = true;
  return chain;
}

/** Rows with columns of the first row of another node that has their key. */
export async function lookedUp(
  { engine, rows, book, warnings }: CombineOptions,
  step: PlanStep,
  look: Parameters<typeof lookupQuery>[0] & { with: { nodeId: string; output?: string } },
  base: string,
  stored: { columns: TypedColumn[] },
): Promise<Chain> {
  const other = rows.storedOf(look.with.nodeId);
  const otherBase = rows.baseOf(look.with);
  const keys = look.on.map(({ right }) => sqlIdentifier(right)).join(", ");
  const [twice] = await engine.rows<{ n: unknown }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${otherBase} GROUP BY ${keys} HAVING count(*) > 1)`,
  );
  const unique = Number(twice?.n ?? 0) === 0;
  if (!unique)
    warnings.push({
      code: "lookup_ambiguous",
      message: `${twice?.n} keys stand more than once in ${look.with.nodeId}; the first row of each was taken`,
      nodeId: step.nodeId,
    });
  const query = lookupQuery(look, base, stored.columns, otherBase, other.columns, unique);
  const chain = new Chain(query.sql, query.columns, book);
  chain.unordered = true;
  chain.enter(step.nodeId, { continued: true });
  if (look.how === "inner") chain.leaveOut("unmatched", step.nodeId, "lookup", `${query.matched} IS NULL`);
  chain.project(chain.asIs().filter(({ name }) => name !== query.matchedName));
  return chain;
}
