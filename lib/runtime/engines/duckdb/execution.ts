import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type {
  BranchStep,
  EnrichStep,
  LogicalPlan,
  PlanInput,
  PlanOp,
  PlanStep,
  TargetStep,
  TransformStep,
  ValidateStep,
} from "#lib/ir/schema.ts";
import type { Ledger } from "#lib/runs/schema.ts";
import { Expected } from "../../expect-columns.ts";
import { LedgerBook } from "../../ledger.ts";
import type { OpenSources } from "../../readable-source.ts";
import type { ExecutionWarning, ReadProgress, RejectedRow } from "../engine.ts";
import { applyOp, isBreaking, nameOfOp, printed } from "./apply-op.ts";
import { applyRules } from "./apply-rules.ts";
import { aggregateQuery, deduplicate } from "./break-ops.ts";
import { type Chain, FATE, fateBook, OUTPUT } from "./chain.ts";
import { ChainQueries } from "./chain-queries.ts";
import { type CombineOptions, joined, lookedUp } from "./combine.ts";
import { type DatasetCheck, Survey } from "./dataset-checks.ts";
import { baseOf, outputsOf, RowStore } from "./row-store.ts";
import { SourceChains } from "./source-chains.ts";
import { ToldSteps } from "./told-steps.ts";
import { translateError } from "./translate-error.ts";

export type ExecutionOptions = {
  plan: LogicalPlan;
  tenant: string;
  sources: OpenSources;
  scratch: string;
  engine: Duckdb;
  signal?: AbortSignal;
  now?: Date;
  lastColumns?: Ledger["columns"];
  /** Read no more rows of each source than this. */
  limit?: number;
  /** Any failing row fails the query, and nothing is stored on the way: the quick way for clean data. */
  strict?: boolean;
  /** Let the engine read files by itself; it fails with `not_in_place` where it cannot. */
  inPlace?: boolean;
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
  /** A parenthesised query with the column `value`: the distinct values of a destination's column. */
  referenceTable?: (
    step: ValidateStep,
    table: { schema?: string; name: string },
    field: string,
  ) => Promise<string>;
  onNode?: (nodeId: string, state: "running" | "completed") => void;
  onArrived?: (nodeId: string, rowNumbers: number[]) => void;
  /** Store the rows after every node: a dry run looks at them. */
  storeAll?: boolean;
  /** Also compute every op by itself, so that what cannot be computed is found out to the op. */
  stepwise?: boolean;
};

/** One run of a plan on DuckDB, up to its targets' rows. */
export class Execution {
  readonly ledger: LedgerBook;
  readonly warnings: ExecutionWarning[] = [];
  readonly reads: ReadProgress[] = [];
  /** Checks of whole datasets that wait for {@link Execution.survey}. */
  private readonly unchecked: DatasetCheck[] = [];
  private readonly book = fateBook();
  readonly queries: ChainQueries;
  readonly rows: RowStore;
  private readonly combining: CombineOptions;
  private readonly expected: Expected;
  private readonly live = new Map<string, Chain>();
  private readonly told: ToldSteps;
  readonly sources: SourceChains;
  private readonly o: ExecutionOptions;

  constructor(options: ExecutionOptions) {
    this.o = options;
    this.ledger = new LedgerBook(options.plan);
    this.told = new ToldSteps(options.onNode);
    const { book, ledger, warnings } = this;
    this.queries = new ChainQueries({ ...options, book });
    this.rows = new RowStore({ ...options, book, ledger, warnings, queries: this.queries });
    this.expected = new Expected(options, ledger, warnings);
    const { queries, rows, reads, expected } = this;
    this.sources = new SourceChains({ ...options, book, queries, reads, expected });
    this.combining = { engine: options.engine, queries, rows, book, ledger, warnings };
  }

  /** Runs every step but the targets. @returns each target's rows. @throws DataError */
  async run(): Promise<Map<string, Chain>> {
    const targets = new Map<string, Chain>();
    for (const step of this.o.plan.steps) {
      this.o.signal?.throwIfAborted();
      if (step.kind === "target") {
        const rows = await this.targetRows(step);
        this.expected.step(step, rows.columns);
        targets.set(step.nodeId, rows);
        this.told.readBut(this.live.values(), targets.values());
        if (this.o.onArrived) this.o.onArrived(step.nodeId, await this.queries.numbersOf(rows));
        continue;
      }
      this.told.began(step.nodeId);
      try {
        await this.runStep(step);
      } catch (error) {
        throw this.explained(error, step);
      }
      this.told.made(step.nodeId, this.live.get(step.nodeId));
      this.told.readBut(this.live.values(), targets.values());
    }
    if (!this.o.strict) this.sources.confirm((nodeId) => this.ledger.nodes.get(nodeId)?.in ?? 0);
    return targets;
  }

  /** Compares rows with what a table's source said it sent. @throws DataError `rows_lost` */
  confirm(rows: number): void {
    this.sources.confirm(() => rows);
  }

  /** What a step's own queries answered, such as those that ask a file for its columns. */
  private explained(error: unknown, { nodeId, kind }: PlanStep, rule?: string): unknown {
    this.o.signal?.throwIfAborted();
    const sourceId = kind === "source" ? nodeId : undefined;
    const known = translateError(error, { nodeIds: [nodeId], fates: this.book.fates, sourceId });
    return isDataError(known) ? known.at({ nodeId, rule }) : known;
  }

  private async runStep(step: Exclude<PlanStep, TargetStep>): Promise<void> {
    switch (step.kind) {
      case "source":
        return this.give(step, await this.sources.open(step));
      case "transform":
        return this.give(step, await this.transform(step));
      case "validate":
        return this.validate(step);
      case "branch":
        return this.branch(step);
      case "join":
        this.expected.join(step, (nodeId) => this.rows.storedOf(nodeId).columns);
        return this.give(step, await joined(this.combining, step));
      case "enrich":
        return this.give(step, await this.enrich(step));
      case "archive":
        throw new Error("Files are archived when their rows are loaded");
    }
  }

  /** The main input's rows, entered by the step; where rows enter a plan in several places there may be several. */
  private take(step: PlanStep): Chain {
    const [input, ...others] = mainsOf(step) as [PlanInput];
    const one = this.live.get(input.nodeId);
    const chain = others.length > 0 ? this.rows.unionOf(mainsOf(step)) : (one ?? this.rows.chainOf(input));
    this.live.delete(input.nodeId);
    chain.enter(step.nodeId);
    return chain;
  }

  /** Hands a step's rows to its one reader, or stores them where several need them. */
  private async give(step: PlanStep, chain: Chain): Promise<void> {
    const only = step.consumers.length === 1 ? step.consumers[0] : undefined;
    const reader = only && this.o.plan.steps.find(({ nodeId }) => nodeId === only.nodeId);
    const alone = reader && reader.kind !== "join" && mainsOf(reader).length === 1;
    const passOn = only?.role === "main" && alone && !this.o.storeAll;
    if (passOn) this.live.set(step.nodeId, chain);
    else await this.rows.store(step.nodeId, chain);
  }

  private async targetRows(step: TargetStep): Promise<Chain> {
    const input = mainOf(step);
    const chain = this.live.get(input.nodeId);
    if (!chain) return this.rows.chainOf(input);
    this.live.delete(input.nodeId);
    if (this.o.strict || (chain.untouched && chain.entries.length === 0)) return chain;
    await this.rows.store(input.nodeId, chain);
    return this.rows.chainOf(input);
  }

  private async transform(step: TransformStep): Promise<Chain> {
    let chain = this.take(step);
    for (const [index, op] of step.ops.entries()) {
      try {
        chain.op = index;
        chain = await this.apply(op, step, chain);
        if (this.o.stepwise && !isBreaking(op)) chain = await this.rows.cut(step.nodeId, chain);
      } catch (error) {
        throw this.explained(error, step, this.o.stepwise ? nameOfOp(op) : undefined);
      }
    }
    return chain;
  }

  private async apply(op: PlanOp, step: TransformStep, chain: Chain): Promise<Chain> {
    this.expected.op(step.nodeId, op, chain.columns);
    if (!isBreaking(op)) {
      if (applyOp(chain, step.nodeId, op, this.o.strict ?? false)) await this.queries.settle(chain);
      return chain;
    }
    const stored = await this.rows.storePart(step.nodeId, chain);
    const base = baseOf(stored);
    if (op.op === "deduplicate") return deduplicate(op, base, stored, this.book, step.nodeId);
    if (op.op !== "lookup_join") return this.queries.restart(step.nodeId, aggregateQuery(op, base));
    this.expected.other(step.nodeId, op.with, op, this.rows.storedOf(op.with).columns);
    return lookedUp(this.combining, step, { ...op, with: { nodeId: op.with } }, base, stored);
  }

  private async validate(step: ValidateStep): Promise<void> {
    const chain = this.take(step);
    this.expected.step(step, chain.columns);
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
    const stored = await this.rows.store(step.nodeId, chain);
    this.told.read(chain);
    const own = chain.entries.at(-1)?.fates.map(({ id }) => id) ?? [];
    const survey = new Survey(checks, stored.columns);
    const [row = {}] = await this.o.engine.rows(survey.sql(baseOf(stored, undefined, own)));
    survey.judge(row).forEach((failed, index) => {
      const check = step.dataset[index];
      if (!failed || !check) return;
      const message = `${check.check}: ${failed}${this.sampled()}`;
      if (check.onFail === "abort" && !this.sampled())
        throw new DataError("check_failed", message, { nodeId: step.nodeId, rule: check.check });
      this.warnings.push({ code: "check_warning", message, nodeId: step.nodeId, rule: check.check });
    });
  }

  /** What to add to a verdict over rows of which there may be more; nothing where all were read. */
  private sampled(): string {
    if (!this.reads.some(({ cut }) => cut)) return "";
    return ` (judged by the first ${this.o.limit} rows of each source; a run reads all)`;
  }

  /**
   * Reads a chain whose rows all have to hold, with the checks of whole datasets in the same scan.
   * @returns how many rows. @throws DataError `check_failed`
   */
  async survey(chain: Chain): Promise<number> {
    const survey = new Survey(this.unchecked, chain.columns);
    const [row = {}] = await this.queries.query(chain, (from) =>
      this.o.engine.rows(survey.sql(from, `${FATE} = 0`)),
    );
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
      if (!this.o.referenceTable) throw new Error("Nobody said where tables are");
      return this.o.referenceTable(step, references.table, references.field);
    }
    const base = baseOf(this.rows.storedOf(references.node));
    return `(SELECT DISTINCT CAST(${sqlIdentifier(references.field)} AS VARCHAR) AS value FROM ${base})`;
  }

  private async branch(step: BranchStep): Promise<void> {
    const chain = this.take(step);
    this.expected.step(step, chain.columns);
    const cases = step.cases.map(({ when }, index) => `WHEN ${printed(when)} THEN ${index}`).join(" ");
    chain.route(`CASE ${cases} ELSE ${step.default === undefined ? "NULL" : step.cases.length} END`);
    if (step.default === undefined) chain.leaveOut("filtered", step.nodeId, "branch", `${OUTPUT} IS NULL`);
    const stored = await this.rows.store(step.nodeId, chain);
    const rows = await this.o.engine.rows<{ o: unknown; n: unknown }>(
      `SELECT ${OUTPUT} AS o, count(*) AS n FROM read_parquet(${sqlLiteral(stored.file)}) WHERE ${FATE} = 0 GROUP BY 1`,
    );
    const byOutput = new Map(rows.map(({ o, n }) => [Number(o), Number(n)]));
    outputsOf(step).forEach((output, index) => {
      this.ledger.output(step.nodeId, output, byOutput.get(index) ?? 0);
    });
  }

  private async enrich(step: EnrichStep): Promise<Chain> {
    const chain = this.take(step);
    this.expected.step(step, chain.columns);
    this.expected.other(step.nodeId, step.with.nodeId, step, this.rows.storedOf(step.with.nodeId).columns);
    const stored = await this.rows.storePart(step.nodeId, chain);
    const { on, select, with: side } = step;
    return lookedUp(this.combining, step, { on, select, how: "left", with: side }, baseOf(stored), stored);
  }
}

const mainsOf = (step: PlanStep): PlanInput[] => step.inputs.filter(({ role }) => role === "main");
const mainOf = (step: PlanStep): PlanInput => mainsOf(step)[0] as PlanInput;
