import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";

/** A column of known type. */
export type TypedColumn = { name: string; type: IrType };

/** What may become of a row beside living on. `keep`: it goes to quarantine. */
export type Fate = {
  id: number;
  nodeId: string;
  kind: "rejected" | "filtered" | "deduplicated" | "unmatched";
  rule: string;
  reason: string;
  keep: boolean;
  /** What a row had to fit where it was rejected. */
  columns?: readonly TypedColumn[];
  /** The place of the op in its transform's list. */
  op?: number;
};

/** A rule that is only counted. */
export type Warned = { column: string; nodeId: string; rule: string; reason: string };

/** One node's part in a chain. `continued`: an earlier chain held its first part. `restarts`: rows are new ones. */
export type Entry = { nodeId: string; continued: boolean; restarts: boolean; fates: Fate[] };

/** Columns of our own beside those of the data. */
export const ROW = "__ps_n";
export const FATE = "__ps_d";
export const ORIGINAL = "__ps_j";
export const OUTPUT = "__ps_o";
const NEXT = "__ps_e";
export const OWN_PREFIX = "__ps_";

/** A column as a layer computes it. */
export type Computed = { name: string; expr: string; type?: IrType };

/** How a failing row is dealt with. */
export type Policy = "fatal" | "quarantine" | "drop";

/** A condition under which a row fails, and what follows. `value` is what the error shows. */
export type Failure = {
  when: string;
  nodeId: string;
  rule: string;
  reason: string;
  policy: Policy;
  value: string;
};

/** What all chains of one run share: ids of fates, and where a fatal failure finds its meaning. */
export type FateBook = { fates: Fate[]; next: () => number };

/** An empty book. */
export function fateBook(): FateBook {
  const fates: Fate[] = [];
  return { fates, next: () => fates.length + 1 };
}

/** Starts the message by which a query reports a fatal row. */
export const FATAL_MARK = "PENSTOCK_ROW:";

/**
 * Rows on their way through row-wise work, as one nested query. No row is left out on the way: each carries its fate
 * (0 while it lives), so that one grouped count gives the exact balance.
 */
export class Chain {
  columns: TypedColumn[];
  readonly entries: Entry[] = [];
  readonly warned: Warned[] = [];
  /** True if arrival order is not the order of rows any more. */
  unordered = false;
  /** The place of the op that is being added, in its transform's list. */
  op: number | undefined;
  private readonly base: string;
  private readonly book: FateBook;
  private layers: ((from: string) => string)[] = [];
  private outputs = false;
  /** The columns that it began with. */
  readonly baseColumns: readonly TypedColumn[];

  /** @param base a parenthesised query with the columns, ROW, FATE and ORIGINAL. */
  constructor(base: string, columns: readonly TypedColumn[], book: FateBook) {
    this.base = base;
    this.book = book;
    this.columns = [...columns];
    this.baseColumns = [...columns];
  }

  /** True if it is just what was stored: nothing to compute, nobody to count. */
  get untouched(): boolean {
    return this.layers.length === 0;
  }

  enter(nodeId: string, options: { continued?: boolean; restarts?: boolean } = {}): void {
    const { continued = false, restarts = false } = options;
    this.entries.push({ nodeId, continued, restarts, fates: [] });
    this.op = undefined;
  }

  /** The query; with `empty`, over no rows, for asking its types without touching the source. */
  sql({ empty = false } = {}): string {
    return this.layers.reduce((from, layer) => layer(from), empty ? this.emptyBase() : this.base);
  }

  private emptyBase(): string {
    const nulls = this.baseColumns.map(
      ({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${sqlIdentifier(name)}`,
    );
    const own = [`0::BIGINT AS ${ROW}`, `0::INTEGER AS ${FATE}`, `NULL::VARCHAR AS ${ORIGINAL}`];
    return `(SELECT ${[...nulls, ...own].join(", ")} WHERE false)`;
  }

  /** Replaces the columns; `extra` are columns of the layer alone, for the next one to use. */
  project(computed: readonly Computed[], extra: readonly string[] = []): void {
    this.columns = computed.map(({ name, type }) => ({ name, type: type ?? { name: "string" } }));
    this.layer([
      ...computed.map(({ name, expr }) => `${expr} AS ${sqlIdentifier(name)}`),
      ...extra,
      ...this.own(),
    ]);
  }

  /** Every column as it is, as a starting point for {@link Chain.project}. */
  asIs(): Computed[] {
    return this.columns.map(({ name, type }) => ({ name, type, expr: sqlIdentifier(name) }));
  }

  /** Sets a column: in place if it is there, else at the end. Dead rows are not computed. */
  put(columns: readonly Computed[]): void {
    const next = this.asIs();
    for (const column of columns) {
      const living = { ...column, expr: `CASE WHEN ${FATE} = 0 THEN ${column.expr} END` };
      const at = next.findIndex(({ name }) => name === column.name);
      if (at < 0) next.push(living);
      else next[at] = living;
    }
    this.project(next);
  }

  /**
   * Ends the life of rows for which a condition holds; the first one counts. `carry`: extra columns to pass on;
   * `wanted`: what a row had to fit, where that is not what it came as; `unless`: a condition under which none of them
   * holds, for the engine to ask first.
   */
  fail(
    failures: readonly Failure[],
    {
      carry = [],
      wanted = this.columns,
      unless,
    }: { carry?: readonly string[]; wanted?: readonly TypedColumn[]; unless?: string } = {},
  ): void {
    if (failures.length === 0) return;
    const branches = failures.map((failure) => {
      const fate = this.fate("rejected", failure, failure.policy === "quarantine");
      Object.assign(fate, { columns: [...wanted], ...(this.op !== undefined && { op: this.op }) });
      const dies = failure.policy === "fatal" ? this.fatal(fate.id, failure.value) : String(fate.id);
      return `WHEN ${failure.when} THEN ${dies}`;
    });
    const keeps = failures.some(({ policy }) => policy === "quarantine");
    if (unless !== undefined) branches.unshift(`WHEN ${unless} THEN 0`);
    this.mark(branches, carry, keeps ? this.rowAsJson() : undefined);
  }

  /** Takes rows out that did nothing wrong. */
  leaveOut(
    kind: "filtered" | "unmatched" | "deduplicated",
    nodeId: string,
    rule: string,
    when: string,
  ): void {
    const fate = this.fate(kind, { nodeId, rule, reason: rule }, false);
    this.mark([`WHEN ${when} THEN ${fate.id}`], []);
  }

  /** Counts rows for which a condition holds. */
  warn(nodeId: string, rule: string, reason: string, when: string): void {
    const column = `${OWN_PREFIX}w${this.warned.length}`;
    const own = this.own();
    this.layer([...this.names(), `(${FATE} = 0 AND (${when})) AS ${column}`, ...own]);
    this.warned.push({ column, nodeId, rule, reason });
  }

  /** Gives each living row the number of an output. */
  route(expr: string): void {
    this.layer([...this.names(), `CASE WHEN ${FATE} = 0 THEN ${expr} END AS ${OUTPUT}`, ...this.own()]);
    this.outputs = true;
  }

  private mark(branches: readonly string[], carry: readonly string[], original?: string): void {
    const decide = `CASE WHEN ${FATE} <> 0 THEN ${FATE} ${branches.join(" ")} ELSE 0 END AS ${NEXT}`;
    this.layer([...this.names(), ...carry, decide, ...this.own()]);
    const kept =
      original === undefined
        ? ORIGINAL
        : `CASE WHEN ${NEXT} <> ${FATE} THEN ${original} ELSE ${ORIGINAL} END`;
    const own = this.own().filter((name) => name !== FATE && name !== ORIGINAL);
    this.layer([...this.names(), ...carry, `${NEXT} AS ${FATE}`, `${kept} AS ${ORIGINAL}`, ...own]);
  }

  private fate(
    kind: Fate["kind"],
    { nodeId, rule, reason }: Pick<Fate, "nodeId" | "rule" | "reason">,
    keep: boolean,
  ): Fate {
    const fate: Fate = { id: this.book.next(), nodeId, kind, rule, reason, keep };
    this.book.fates.push(fate);
    this.entries.at(-1)?.fates.push(fate);
    return fate;
  }

  private fatal(id: number, value: string): string {
    const told = `left(CAST(${value} AS VARCHAR), 200)`;
    return `error(${sqlLiteral(FATAL_MARK)} || CAST(json_object('d', ${id}, 'n', ${ROW}, 'v', ${told}) AS VARCHAR))`;
  }

  /** The row as JSON without loss: what JSON numbers cannot hold is text. */
  private rowAsJson(): string {
    const pairs = this.columns.map(({ name, type }) => {
      const column = sqlIdentifier(name);
      const exact = ["integer", "smallint", "boolean", "json", "string"].includes(type.name);
      return `${sqlLiteral(name)}, ${exact ? column : `CAST(${column} AS VARCHAR)`}`;
    });
    return `CAST(json_object(${pairs.join(", ")}) AS VARCHAR)`;
  }

  private names(): string[] {
    return this.columns.map(({ name }) => sqlIdentifier(name));
  }

  private own(): string[] {
    return [
      ROW,
      FATE,
      ORIGINAL,
      ...(this.outputs ? [OUTPUT] : []),
      ...this.warned.map(({ column }) => column),
    ];
  }

  private layer(items: readonly string[]): void {
    const list = items.join(", ");
    this.layers.push((from) => `(SELECT ${list} FROM ${from})`);
  }
}
