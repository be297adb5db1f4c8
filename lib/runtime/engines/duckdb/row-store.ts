import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { BranchStep, LogicalPlan } from "#lib/ir/schema.ts";
import type { LedgerBook } from "../../ledger.ts";
import type { ExecutionWarning, RejectedRow } from "../engine.ts";
import { Chain, FATE, type Fate, type FateBook, ORIGINAL, OUTPUT, ROW, type TypedColumn } from "./chain.ts";
import type { ChainQueries } from "./chain-queries.ts";

/** Rows that lie in a Parquet file of scratch. */
export type Stored = { file: string; columns: TypedColumn[]; unordered: boolean };

type StoreOptions = {
  engine: Duckdb;
  scratch: string;
  plan: LogicalPlan;
  book: FateBook;
  ledger: LedgerBook;
  queries: ChainQueries;
  /** Warnings of the run; those of rules that are only counted are added. */
  warnings: ExecutionWarning[];
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
};

/** Rows of one run that lie in files of scratch: written once, counted, and read by whoever needs them. */
export class RowStore {
  readonly stored = new Map<string, Stored>();
  /** Files of rejected rows by node, for copies into a destination. */
  readonly rejectFiles: { nodeId: string; file: string; fates: Fate[] }[] = [];
  private readonly o: StoreOptions;

  constructor(options: StoreOptions) {
    this.o = options;
  }

  /** Writes a chain's rows to a file, counts their fates, and hands the rejected ones out. */
  async store(nodeId: string, chain: Chain): Promise<Stored> {
    const { engine, scratch, queries, ledger } = this.o;
    const file = path.join(scratch, `${randomUUID()}.parquet`);
    await queries.query(chain, (from) =>
      engine.run(
        `COPY (SELECT * FROM ${from}) TO ${sqlLiteral(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 30720)`,
      ),
    );
    const from = `read_parquet(${sqlLiteral(file)})`;
    const counted = await engine.rows<{ d: unknown; n: unknown }>(
      `SELECT ${FATE} AS d, count(*) AS n FROM ${from} GROUP BY 1`,
    );
    const byFate = new Map(counted.map(({ d, n }) => [Number(d), Number(n)]));
    ledger.account(chain.entries, byFate);
    await this.countWarnings(chain, from);
    await this.handOutRejects(chain, file, byFate);
    const stored: Stored = { file, columns: chain.columns, unordered: chain.unordered };
    this.stored.set(nodeId, stored);
    return stored;
  }

  /** A chain that starts from the rows that a node left, of one output of a branch if asked. */
  chainOf(input: { nodeId: string; output?: string }): Chain {
    const stored = this.storedOf(input.nodeId);
    const chain = new Chain(this.baseOf(input), stored.columns, this.o.book);
    chain.unordered = stored.unordered;
    return chain;
  }

  /** A chain of the rows that several nodes left, one node's after another's. */
  unionOf(inputs: readonly { nodeId: string; output?: string }[]): Chain {
    const [first, ...others] = inputs.map((input) => ({
      ...this.storedOf(input.nodeId),
      base: this.baseOf(input),
    }));
    if (!first) throw new Error("Nothing to put together");
    const columns = first.columns.map(({ name }) => sqlIdentifier(name));
    const list = [...columns, ROW, FATE, ORIGINAL].join(", ");
    const parts = [first, ...others].map(({ base }) => `SELECT ${list} FROM ${base}`);
    return new Chain(`(${parts.join(" UNION ALL ")})`, first.columns, this.o.book);
  }

  /** The rows that a node left. */
  storedOf(nodeId: string): Stored {
    const stored = this.stored.get(nodeId);
    if (!stored) throw new Error(`The rows of ${nodeId} are not there`);
    return stored;
  }

  private outputIndex({ nodeId, output }: { nodeId: string; output?: string }): number | undefined {
    if (output === undefined) return undefined;
    const step = this.o.plan.steps.find((candidate) => candidate.nodeId === nodeId) as BranchStep;
    return outputsOf(step).indexOf(output);
  }

  private async countWarnings(chain: Chain, from: string): Promise<void> {
    for (const { column, nodeId, rule, reason } of chain.warned) {
      const [row] = await this.o.engine.rows<{ n: unknown }>(
        `SELECT count(*) AS n FROM ${from} WHERE ${column}`,
      );
      const n = Number(row?.n ?? 0);
      if (n > 0)
        this.o.warnings.push({ code: "rule_warning", message: `${n} rows: ${reason}`, nodeId, rule });
    }
  }

  private async handOutRejects(
    chain: Chain,
    file: string,
    byFate: ReadonlyMap<number, number>,
  ): Promise<void> {
    const fates = chain.entries
      .flatMap((entry) => entry.fates)
      .filter(({ id, keep }) => keep && byFate.get(id));
    if (fates.length === 0) return;
    for (const nodeId of new Set(fates.map((fate) => fate.nodeId)))
      this.rejectFiles.push({ nodeId, file, fates: fates.filter((fate) => fate.nodeId === nodeId) });
    const { engine, onRejects } = this.o;
    if (!onRejects || !this.o.plan.keepRejects) return;
    const known = new Map(fates.map((fate) => [fate.id, fate]));
    const ids = fates.map(({ id }) => id).join(", ");
    for await (const batch of engine.batches(
      `SELECT ${ROW} AS n, ${FATE} AS d, ${ORIGINAL} AS j FROM read_parquet(${sqlLiteral(file)}) WHERE ${FATE} IN (${ids})`,
    )) {
      await onRejects(
        batch.flatMap(({ n, d, j }) => {
          const fate = known.get(Number(d));
          return fate
            ? [
                {
                  nodeId: fate.nodeId,
                  rule: fate.rule,
                  reason: fate.reason,
                  rowNumber: Number(n),
                  row: String(j),
                  columns: fate.columns ?? [],
                  ...(fate.op !== undefined && { op: fate.op }),
                },
              ]
            : [];
        }),
      );
    }
  }

  /** A parenthesised query over the rows that a node left, of one output of a branch if asked. */
  baseOf(input: { nodeId: string; output?: string }): string {
    return baseOf(this.storedOf(input.nodeId), this.outputIndex(input));
  }

  /** Computes a chain up to here, and goes on from what came out. */
  async cut(nodeId: string, chain: Chain): Promise<Chain> {
    const stored = await this.storePart(nodeId, chain);
    const next = new Chain(baseOf(stored), stored.columns, this.o.book);
    next.unordered = stored.unordered;
    next.enter(nodeId, { continued: true });
    return next;
  }

  /** Stores rows that no node left: those in the middle of one. */
  async storePart(nodeId: string, chain: Chain): Promise<Stored> {
    const part = `${nodeId}#${randomUUID()}`;
    const stored = await this.store(part, chain);
    this.stored.delete(part);
    return stored;
  }
}

/** Outputs of a branch in order: its cases, then the default. */
export const outputsOf = (step: BranchStep): string[] => [
  ...step.cases.map(({ id }) => id),
  ...(step.default === undefined ? [] : [step.default]),
];

/** Living rows of a stored file, of one output of a branch if asked; `also`: fates that count as living. */
export function baseOf(
  stored: { file: string; columns: TypedColumn[] },
  output?: number,
  also: readonly number[] = [],
): string {
  const columns = stored.columns.map(({ name, type }) => {
    const id = sqlIdentifier(name);
    return `CAST(${id} AS ${duckdbType(type)}) AS ${id}`;
  });
  const alive = also.length > 0 ? `${FATE} IN (${[0, ...also].join(", ")})` : `${FATE} = 0`;
  const where = output === undefined ? alive : `${alive} AND ${OUTPUT} = ${output}`;
  return `(SELECT ${columns.join(", ")}, ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM read_parquet(${sqlLiteral(stored.file)}) WHERE ${where})`;
}
