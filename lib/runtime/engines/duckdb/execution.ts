import { randomUUID } from "node:crypto";
import path from "node:path";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, joinColumns, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type {
  BranchStep,
  EnrichStep,
  FileSourceStep,
  JoinStep,
  LogicalPlan,
  PlanInput,
  PlanStep,
  TargetStep,
  TransformStep,
  ValidateStep,
} from "#lib/ir/schema.ts";
import { LedgerBook } from "../../ledger.ts";
import { applyOp, isBreaking, printed } from "./apply-op.ts";
import { applyRules } from "./apply-rules.ts";
import { aggregateQuery, deduplicate, lookupQuery } from "./break-ops.ts";
import { typeOfDuckdb } from "./cast.ts";
import { Chain, FATE, type Fate, fateBook, ORIGINAL, OUTPUT, ROW, type TypedColumn } from "./chain.ts";
import { type DatasetCheck, Survey } from "./dataset-checks.ts";
import { makeFifo, whileFeeding } from "./fifo.ts";
import { openSource, type ReadProgress } from "./read-source.ts";
import { translateError } from "./translate-error.ts";

/** A rejected row on its way to quarantine. `row` is JSON. */
export type RejectedRow = { nodeId: string; rule: string; reason: string; rowNumber: number; row: string };

/** A warning of a run, as the run keeps it. */
export type ExecutionWarning = { code: string; message: string; nodeId?: string; rule?: string };

/** Rows that lie in a Parquet file of scratch. */
type Stored = { file: string; columns: TypedColumn[]; unordered: boolean; rows: Map<number, number> };

/** What a source's chain is fed with. */
type Feed = {
  fifo: string;
  chunks: () => AsyncIterable<Buffer>;
  nodeId: string;
  headerLines: number;
  files?: number;
};

export type ExecutionOptions = {
  plan: LogicalPlan;
  tenant: string;
  scratch: string;
  engine: Duckdb;
  signal?: AbortSignal;
  now?: Date;
  /** Read no more rows of each source than this. */
  limit?: number;
  /** Any failing row fails the query, and nothing is stored on the way: the quick way for clean data. */
  strict?: boolean;
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
  /** A parenthesised query with the column `value`: the distinct values of a destination's column. */
  referenceTable?: (
    step: ValidateStep,
    table: { schema?: string; name: string },
    field: string,
  ) => Promise<string>;
  onNode?: (nodeId: string, state: "running" | "completed") => void;
  /** Store the rows after every node: a dry run looks at them. */
  storeAll?: boolean;
};

/** A query over a chain, and what must be fed while it runs. */
export type Ready = { chain: Chain; rowsKnown?: number };

/** One run of a plan on DuckDB, up to its targets' rows. */
export class Execution {
  readonly ledger: LedgerBook;
  readonly warnings: ExecutionWarning[] = [];
  readonly reads: ReadProgress[] = [];
  /** Files of rejected rows by node, for copies into a destination. */
  readonly rejectFiles: { nodeId: string; file: string; fates: Fate[] }[] = [];
  readonly stored = new Map<string, Stored>();
  /** Checks of whole datasets that wait for {@link Execution.survey}. */
  private readonly unchecked: DatasetCheck[] = [];
  private readonly book = fateBook();
  private readonly feeds = new Map<Chain, Feed>();
  private readonly live = new Map<string, Chain>();
  private readonly o: ExecutionOptions;

  constructor(options: ExecutionOptions) {
    this.o = options;
    this.ledger = new LedgerBook(options.plan);
  }

  /** Runs every step but the targets. @returns each target's rows. @throws DataError */
  async run(): Promise<Map<string, Ready>> {
    const targets = new Map<string, Ready>();
    for (const step of this.o.plan.steps) {
      this.o.signal?.throwIfAborted();
      if (step.kind === "target") {
        targets.set(step.nodeId, { chain: await this.targetRows(step) });
        continue;
      }
      this.o.onNode?.(step.nodeId, "running");
      try {
        await this.runStep(step);
      } catch (error) {
        throw this.explained(error, step);
      }
      this.o.onNode?.(step.nodeId, "completed");
    }
    return targets;
  }

  /** What a step's own queries answered, such as those that ask a file for its columns. */
  private explained(error: unknown, { nodeId, kind }: PlanStep): unknown {
    this.o.signal?.throwIfAborted();
    const sourceId = kind === "source" ? nodeId : undefined;
    const known = translateError(error, { nodeIds: [nodeId], fates: this.book.fates, sourceId });
    return isDataError(known) ? known.at({ nodeId }) : known;
  }

  private async runStep(step: Exclude<PlanStep, TargetStep>): Promise<void> {
    switch (step.kind) {
      case "source":
        if (step.family === "table" || step.connector !== "local_fs")
          throw new DataError("not_executable", `The connector ${step.connector} cannot be run yet`);
        return this.give(step, await this.source(step));
      case "transform":
        return this.give(step, await this.transform(step));
      case "validate":
        return this.validate(step);
      case "branch":
        return this.branch(step);
      case "join":
        return this.give(step, await this.join(step));
      case "enrich":
        return this.give(step, await this.enrich(step));
      case "archive":
        throw new DataError("not_executable", "archive cannot be run yet");
    }
  }

  private async source(step: FileSourceStep): Promise<Chain> {
    const { tenant, scratch, signal, now, limit, plan, strict = false, engine } = this.o;
    const opened = await openSource({
      tenant,
      step,
      scratch,
      signal,
      now,
      limit,
      strict,
      engine,
      book: this.book,
      keepRejects: plan.keepRejects,
      makeFifo: () => makeFifo(scratch),
      numbered: !strict,
    });
    this.reads.push(opened.progress);
    for (const message of opened.warnings)
      this.warnings.push({ code: "undeclared_columns", message, nodeId: step.nodeId });
    const headerLines = step.config.format?.header === false ? 0 : 1;
    if (opened.fifo && opened.chunks)
      this.feeds.set(opened.chain, {
        fifo: opened.fifo,
        chunks: opened.chunks,
        nodeId: step.nodeId,
        headerLines,
        files: opened.files,
      });
    return opened.chain;
  }

  /** The main input's rows, entered by the step. */
  private async take(
    step: PlanStep,
    input: PlanInput,
    options: { continued?: boolean } = {},
  ): Promise<Chain> {
    const key = keyOf(input);
    const chain = this.live.get(key) ?? this.fromStored(input);
    this.live.delete(key);
    chain.enter(step.nodeId, options);
    return chain;
  }

  private fromStored(input: { nodeId: string; output?: string }): Chain {
    const stored = this.storedOf(input.nodeId);
    const chain = new Chain(baseOf(stored, this.outputIndex(input)), stored.columns, this.book);
    chain.unordered = stored.unordered;
    return chain;
  }

  private storedOf(nodeId: string): Stored {
    const stored = this.stored.get(nodeId);
    if (!stored) throw new Error(`The rows of ${nodeId} are not there`);
    return stored;
  }

  private outputIndex({ nodeId, output }: { nodeId: string; output?: string }): number | undefined {
    if (output === undefined) return undefined;
    const step = this.o.plan.steps.find((candidate) => candidate.nodeId === nodeId) as BranchStep;
    return outputsOf(step).indexOf(output);
  }

  /** Hands a step's rows to its one reader, or stores them where several need them. */
  private async give(step: PlanStep, chain: Chain): Promise<void> {
    const only = step.consumers.length === 1 ? step.consumers[0] : undefined;
    const reader = only && this.o.plan.steps.find(({ nodeId }) => nodeId === only.nodeId);
    const passOn = only?.role === "main" && reader?.kind !== "join" && !this.o.storeAll;
    if (passOn) this.live.set(keyOf({ nodeId: step.nodeId }), chain);
    else await this.store(step.nodeId, chain);
  }

  private async targetRows(step: TargetStep): Promise<Chain> {
    const input = step.inputs.find(({ role }) => role === "main") as PlanInput;
    const key = keyOf(input);
    const chain = this.live.get(key);
    if (!chain) return this.fromStored(input);
    this.live.delete(key);
    if (this.o.strict || (chain.untouched && chain.entries.length === 0)) return chain;
    await this.store(input.nodeId, chain);
    return this.fromStored(input);
  }

  /** Writes a chain's rows to a file, counts their fates, and hands the rejected ones out. */
  async store(nodeId: string, chain: Chain): Promise<Stored> {
    const { engine, scratch } = this.o;
    const file = path.join(scratch, `${randomUUID()}.parquet`);
    await this.query(chain, (from) =>
      engine.run(
        `COPY (SELECT * FROM ${from}) TO ${sqlLiteral(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 30720)`,
      ),
    );
    const from = `read_parquet(${sqlLiteral(file)})`;
    const counted = await engine.rows<{ d: unknown; n: unknown }>(
      `SELECT ${FATE} AS d, count(*) AS n FROM ${from} GROUP BY 1`,
    );
    const byFate = new Map(counted.map(({ d, n }) => [Number(d), Number(n)]));
    this.ledger.account(chain.entries, byFate);
    await this.countWarnings(chain, from);
    await this.handOutRejects(chain, file, byFate);
    const stored: Stored = { file, columns: chain.columns, unordered: chain.unordered, rows: new Map() };
    this.stored.set(nodeId, stored);
    return stored;
  }

  private async countWarnings(chain: Chain, from: string): Promise<void> {
    for (const { column, nodeId, rule, reason } of chain.warned) {
      const [row] = await this.o.engine.rows<{ n: unknown }>(
        `SELECT count(*) AS n FROM ${from} WHERE ${column}`,
      );
      const n = Number(row?.n ?? 0);
      if (n > 0) this.warnings.push({ code: "rule_warning", message: `${n} rows: ${reason}`, nodeId, rule });
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
                },
              ]
            : [];
        }),
      );
    }
  }

  /** Runs a query over a chain while its source is fed. @throws DataError */
  async query<T>(chain: Chain, run: (from: string) => Promise<T>): Promise<T> {
    const feed = this.feeds.get(chain);
    this.feeds.delete(chain);
    try {
      const from = chain.sql();
      return await (feed ? whileFeeding(feed.fifo, feed.chunks(), () => run(from)) : run(from));
    } catch (error) {
      this.o.signal?.throwIfAborted();
      if (isDataError(error) && feed) throw error.at({ nodeId: feed.nodeId });
      throw translateError(error, {
        nodeIds: chain.entries.map(({ nodeId }) => nodeId),
        fates: this.book.fates,
        sourceId: feed?.nodeId ?? this.sourceAt(chain),
        headerLines: feed?.headerLines,
        files: feed?.files,
      });
    }
  }

  private sourceAt(chain: Chain): string | undefined {
    const first = chain.entries[0]?.nodeId;
    return this.o.plan.steps.find((step) => step.kind === "source" && step.nodeId === first)?.nodeId;
  }

  /** Asks the engine for the types that only it knows, and brings every column into one of ours. */
  private async settle(chain: Chain): Promise<void> {
    let rows: { column_name: string; column_type: string }[];
    try {
      rows = await this.o.engine.rows(`DESCRIBE SELECT * FROM ${chain.sql({ empty: true })}`);
    } catch (error) {
      throw translateError(error, {
        nodeIds: chain.entries.slice(-1).map(({ nodeId }) => nodeId),
        fates: [],
      });
    }
    const types = new Map(rows.map((row) => [row.column_name, row.column_type]));
    const found = chain.columns.map((column) => ({
      column,
      ...typeOfDuckdb(types.get(column.name) ?? "VARCHAR"),
    }));
    chain.columns = found.map(({ column, type }) => ({ name: column.name, type }));
    if (!found.some(({ convert }) => convert)) return;
    chain.project(
      found.map(({ column, type, convert }) => {
        const name = sqlIdentifier(column.name);
        return { name: column.name, type, expr: convert ? convert(name) : name };
      }),
    );
  }

  private async transform(step: TransformStep): Promise<Chain> {
    let chain = await this.take(step, mainOf(step));
    for (const op of step.ops) {
      if (!isBreaking(op)) {
        if (applyOp(chain, step.nodeId, op, this.o.strict ?? false)) await this.settle(chain);
        continue;
      }
      const part = `${step.nodeId}#${randomUUID()}`;
      const stored = await this.store(part, chain);
      this.stored.delete(part);
      const base = baseOf(stored);
      if (op.op === "aggregate" || op.op === "summarize") {
        chain = await this.restart(step.nodeId, aggregateQuery(op, base));
        continue;
      }
      if (op.op === "deduplicate") {
        chain = deduplicate(op, base, stored, this.book, step.nodeId);
        continue;
      }
      chain = await this.lookup(step, { ...op, with: { nodeId: op.with } }, base, stored, true);
    }
    return chain;
  }

  /** A chain of new rows (groups, joined pairs) with types asked from the engine; `sql` gives the data's columns alone. */
  private async restart(
    nodeId: string,
    { data, order }: { data: string; order?: string },
    continued = true,
  ): Promise<Chain> {
    const rows = await this.o.engine.rows<{ column_name: string; column_type: string }>(
      `DESCRIBE SELECT * FROM ${data}`,
    );
    const columns = rows.map(({ column_name: name, column_type }) => ({
      name,
      ...typeOfDuckdb(column_type),
    }));
    const list = columns.map(({ name, convert }) => {
      const id = sqlIdentifier(name);
      return convert ? `${convert(id)} AS ${id}` : id;
    });
    const over = order ? `OVER (ORDER BY ${order})` : "OVER ()";
    const base = `(SELECT ${list.join(", ")}, row_number() ${over} AS ${ROW}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM ${data})`;
    const chain = new Chain(
      base,
      columns.map(({ name, type }) => ({ name, type })),
      this.book,
    );
    chain.enter(nodeId, { continued, restarts: true });
    return chain;
  }

  private async lookup(
    step: PlanStep,
    look: Parameters<typeof lookupQuery>[0] & { with: { nodeId: string; output?: string } },
    base: string,
    stored: { columns: TypedColumn[] },
    continued: boolean,
  ): Promise<Chain> {
    const other = this.storedOf(look.with.nodeId);
    const otherBase = baseOf(other, this.outputIndex(look.with));
    const keys = look.on.map(({ right }) => sqlIdentifier(right)).join(", ");
    const [twice] = await this.o.engine.rows<{ n: unknown }>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM ${otherBase} GROUP BY ${keys} HAVING count(*) > 1)`,
    );
    if (Number(twice?.n ?? 0) > 0)
      this.warnings.push({
        code: "lookup_ambiguous",
        message: `${twice?.n} keys stand more than once in ${look.with.nodeId}; the first row of each was taken`,
        nodeId: step.nodeId,
      });
    const query = lookupQuery(look, base, stored.columns, otherBase, other.columns);
    const chain = new Chain(query.sql, query.columns, this.book);
    chain.unordered = true;
    chain.enter(step.nodeId, { continued });
    if (look.how === "inner") chain.leaveOut("unmatched", step.nodeId, "lookup", `${query.matched} IS NULL`);
    chain.project(chain.asIs().filter(({ name }) => name !== query.matchedName));
    return chain;
  }

  private async validate(step: ValidateStep): Promise<void> {
    const chain = await this.take(step, mainOf(step));
    applyRules(chain, step.nodeId, step.rows, this.o.strict ?? false);
    if (step.dataset.length === 0) return this.give(step, chain);
    const checks: DatasetCheck[] = [];
    for (const check of step.dataset)
      checks.push({
        check,
        ...(check.check === "fkIntegrity" && { referenced: await this.referenced(step, check) }),
      });
    if (this.o.strict) {
      this.unchecked.push(...checks);
      return this.give(step, chain);
    }
    const stored = await this.store(step.nodeId, chain);
    const own = chain.entries.at(-1)?.fates.map(({ id }) => id) ?? [];
    const survey = new Survey(checks, stored.columns);
    const [row = {}] = await this.o.engine.rows(survey.sql(baseOf(stored, undefined, own)));
    survey.judge(row).forEach((failed, index) => {
      const check = step.dataset[index];
      if (!failed || !check) return;
      const message = `${check.check}: ${failed}`;
      if (check.onFail === "abort")
        throw new DataError("check_failed", message, { nodeId: step.nodeId, rule: check.check });
      this.warnings.push({ code: "check_warning", message, nodeId: step.nodeId, rule: check.check });
    });
  }

  /**
   * Reads a chain whose rows all have to hold, with the checks of whole datasets in the same scan.
   * @returns how many rows. @throws DataError `check_failed`
   */
  async survey(chain: Chain): Promise<number> {
    const survey = new Survey(this.unchecked, chain.columns);
    const [row = {}] = await this.query(chain, (from) => this.o.engine.rows(survey.sql(from, `${FATE} = 0`)));
    const failed = survey.judge(row).find(Boolean);
    if (failed) throw new DataError("check_failed", failed);
    return Number(row.n);
  }

  private async referenced(
    step: ValidateStep,
    check: Extract<ValidateStep["dataset"][number], { check: "fkIntegrity" }>,
  ): Promise<string> {
    const { references } = check;
    if ("table" in references) {
      if (!this.o.referenceTable) return "(SELECT NULL::VARCHAR AS value)";
      return this.o.referenceTable(step, references.table, references.field);
    }
    const base = baseOf(this.storedOf(references.node));
    return `(SELECT DISTINCT CAST(${sqlIdentifier(references.field)} AS VARCHAR) AS value FROM ${base})`;
  }

  private async branch(step: BranchStep): Promise<void> {
    const chain = await this.take(step, mainOf(step));
    const cases = step.cases.map(({ when }, index) => `WHEN ${printed(when)} THEN ${index}`).join(" ");
    chain.route(`CASE ${cases} ELSE ${step.default === undefined ? "NULL" : step.cases.length} END`);
    if (step.default === undefined) chain.leaveOut("filtered", step.nodeId, "branch", `${OUTPUT} IS NULL`);
    const stored = await this.store(step.nodeId, chain);
    const rows = await this.o.engine.rows<{ o: unknown; n: unknown }>(
      `SELECT ${OUTPUT} AS o, count(*) AS n FROM read_parquet(${sqlLiteral(stored.file)}) WHERE ${FATE} = 0 GROUP BY 1`,
    );
    const byOutput = new Map(rows.map(({ o, n }) => [Number(o), Number(n)]));
    outputsOf(step).forEach((output, index) => {
      this.ledger.output(step.nodeId, output, byOutput.get(index) ?? 0);
    });
  }

  private async join(step: JoinStep): Promise<Chain> {
    const left = this.storedOf(step.left.nodeId);
    const right = this.storedOf(step.right.nodeId);
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
    const sides = [step.left, step.right].map((input) =>
      baseOf(this.storedOf(input.nodeId), this.outputIndex(input)),
    );
    const data = `(SELECT ${items.join(", ")} FROM ${sides[0]} l ${step.how.toUpperCase()} JOIN ${sides[1]} r ON ${on})`;
    this.ledger.enter(
      step.nodeId,
      (await this.countOf(sides[0] ?? "")) + (await this.countOf(sides[1] ?? "")),
    );
    const chain = await this.restart(step.nodeId, { data });
    chain.unordered = true;
    return chain;
  }

  /** Lets every chunk that feeds a chain be seen before the engine gets it. */
  tee(chain: Chain, see: (chunk: Buffer) => Promise<void>): void {
    const feed = this.feeds.get(chain);
    if (!feed) return;
    const { chunks } = feed;
    const seen = async function* () {
      for await (const chunk of chunks()) {
        await see(chunk);
        yield chunk;
      }
    };
    this.feeds.set(chain, { ...feed, chunks: seen });
  }

  /** Writes a query's rows as CSV to a FIFO. @param fifo as a SQL literal. @returns how many. */
  copyOut(query: string, fifo: string, options: string): Promise<number> {
    return this.o.engine.run(
      `COPY (${query}) TO ${fifo} (FORMAT csv, HEADER false, USE_TMP_FILE false, NULLSTR ''${options})`,
    );
  }

  /** Rows of a parenthesised query. */
  async countOf(from: string): Promise<number> {
    const [row] = await this.o.engine.rows<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`);
    return Number(row?.n ?? 0);
  }

  private async enrich(step: EnrichStep): Promise<Chain> {
    if ("sourceRef" in step.with)
      throw new DataError("not_executable", "enrich with a saved source cannot be run yet");
    const chain = await this.take(step, mainOf(step));
    const part = `${step.nodeId}#${randomUUID()}`;
    const stored = await this.store(part, chain);
    this.stored.delete(part);
    const { on, select } = step;
    return this.lookup(step, { on, select, how: "left", with: step.with }, baseOf(stored), stored, true);
  }
}

const keyOf = ({ nodeId }: { nodeId: string }) => nodeId;

const mainOf = (step: PlanStep): PlanInput => step.inputs.find(({ role }) => role === "main") as PlanInput;

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
