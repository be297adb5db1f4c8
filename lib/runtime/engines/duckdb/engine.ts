import path from "node:path";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import { type Duckdb, duckdbOnDemand } from "#lib/duckdb.ts";
import type { LogicalPlan, PlanStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { RowSource } from "../../loaders/loader.ts";
import { referenceValues } from "../../loaders/reference-values.ts";
import type { AttemptOptions, Engine, EngineAttempt } from "../engine.ts";
import { type Chain, FATE } from "./chain.ts";
import { csvOf } from "./csv-out.ts";
import { Execution, type ExecutionOptions } from "./execution.ts";
import { NOT_IN_PLACE } from "./files-in-place.ts";
import type { OpenedSource } from "./opened-source.ts";
import { mayPassThrough, passThrough, readsAlike } from "./pass-through.ts";
import { rejectedCopies } from "./rejected-copies.ts";
import { isRowPreserving } from "./row-preserving.ts";

const NOT_QUICK = "not_quick";
/** What a record beyond the quick way's buffers is taken for. */
const TOO_LONG = ["line_too_long", "unclosed_quote", "bad_csv"];

/**
 * DuckDB, in this process, as the engine of one run; it is opened when a run first needs it. One thread: while rows flow, the file's reader and the
 * destination are the others; a second one cost more time than it gave, and a third of the memory.
 * @param scratch the run's own folder.
 */
export function duckdbEngine({
  scratch,
  threads = 1,
  memoryBytes = limits.engineBytes,
}: {
  scratch: string;
  threads?: number;
  memoryBytes?: number;
}): Engine {
  const spill = path.join(scratch, "spill");
  const database = duckdbOnDemand({ memoryBytes, threads, directories: [scratch], spill });
  return {
    quick: (options) => quickAttempt(database, scratch, options),
    thorough: (options) => thoroughAttempt(database, scratch, options),
    again: [NOT_QUICK, NOT_IN_PLACE, "row_failed", "engine_error", "odd_quotes", "check_failed", ...TOO_LONG],
    interrupt: () => database.interrupt(),
    close: () => database.close(),
  };
}

function executionOptions(engine: Duckdb, scratch: string, options: AttemptOptions): ExecutionOptions {
  return {
    ...options,
    engine,
    scratch,
    referenceTable: async (step, table, field) =>
      referenceValues(await options.destinationOf(step), table, field, scratch, engine),
  };
}

/** Clean rows of one file on their way without being stored; what is only checked goes as its own bytes. */
function quickAttempt(engine: Duckdb, scratch: string, options: AttemptOptions): EngineAttempt | undefined {
  const { plan } = options;
  if (!isRowPreserving(plan)) return undefined;
  const asIs = mayPassThrough(plan);
  const whole = plan.steps.some((step) => step.kind === "validate" && step.dataset.length > 0);
  if (whole && (!asIs || options.inPlace)) return undefined;
  if (options.inPlace && !plan.steps.every(isOfThisMachine)) return undefined;
  const given = { ...executionOptions(engine, scratch, options), strict: true, onRejects: undefined };
  const execution = new Execution(given);
  return attempt(execution, async () => {
    const chains = await execution.run();
    const rows = rowsOf(plan, chains, (step, chain) => {
      const alike = readsAlike(chain);
      if (whole && !alike) throw new DataError(NOT_QUICK, "The checks need the rows stored");
      return asIs && alike
        ? () => passThrough(execution, chain)
        : () => confirmed(execution, csvOf(execution.queries, chain, scratch, isOrdered(step)));
    });
    const { inPlace } = execution.sources;
    if (inPlace) for (const [nodeId, each] of rows) rows.set(nodeId, readInPlace(each, inPlace));
    return rows;
  });
}

/** Rows that all arrive, compared at their end with what a table's source said it sent. */
async function confirmed(execution: Execution, csv: ReturnType<typeof csvOf>): ReturnType<typeof csvOf> {
  const { stream, done } = await csv;
  const compared = done.then((rows) => {
    execution.confirm(rows);
    return rows;
  });
  return { stream, done: compared };
}

/** Rows that the loader's own query reads and checks: asking for their fate is what has it checked. */
function readInPlace(rows: RowSource, { inPlace, progress }: OpenedSource): RowSource {
  return {
    ...rows,
    from: () => `(SELECT * FROM ${rows.from()} WHERE ${FATE} = 0)`,
    reached: (share) => {
      progress.bytes = progress.text = Math.round(share * progress.totalBytes);
    },
    settled: inPlace?.settled,
  };
}

function thoroughAttempt(engine: Duckdb, scratch: string, options: AttemptOptions): EngineAttempt {
  const given = executionOptions(engine, scratch, options);
  const execution = new Execution(given);
  return attempt(
    execution,
    async () => {
      const chains = await execution.run().catch(async (error: unknown) => {
        throw await located(given, error);
      });
      return rowsOf(
        options.plan,
        chains,
        (step, chain) => () => csvOf(execution.queries, chain, scratch, isOrdered(step)),
      );
    },
    () => rejectedCopies(execution, { plan: options.plan, runId: options.runId, scratch }),
  );
}

function attempt(
  { ledger, warnings, reads }: Execution,
  run: EngineAttempt["run"],
  copies: EngineAttempt["rejectedCopies"] = () => [],
): EngineAttempt {
  return { ledger, warnings, reads, run, rejectedCopies: copies };
}

const isOfThisMachine = (step: PlanStep) => step.kind !== "source" || step.connector === "local_fs";

const isOrdered = (step: PlanStep) => step.kind === "target" && step.loadMode === "upsert";

function rowsOf(
  { steps }: LogicalPlan,
  chains: ReadonlyMap<string, Chain>,
  csv: (step: PlanStep, chain: Chain) => RowSource["csv"],
): Map<string, RowSource> {
  const rows = new Map<string, RowSource>();
  for (const step of steps) {
    const chain = chains.get(step.nodeId);
    if (chain)
      rows.set(step.nodeId, { columns: chain.columns, from: () => chain.sql(), csv: csv(step, chain) });
  }
  return rows;
}

/**
 * Nodes that work row by row run as one query, which says what it could not compute but not where: computed op by op,
 * the same rows tell. Only runs that fail anyway pay for it.
 */
async function located(options: ExecutionOptions, error: unknown): Promise<unknown> {
  options.signal?.throwIfAborted();
  if (!isDataError(error) || error.code !== "engine_error" || error.place.rule !== undefined) return error;
  const { onRejects: _, onNode: __, ...quiet } = options;
  return new Execution({ ...quiet, storeAll: true, stepwise: true }).run().then(
    () => error,
    (found: unknown) => (isDataError(found) && found.code === error.code ? found : error),
  );
}
