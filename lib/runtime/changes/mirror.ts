import { DataError, type OpenedTable } from "#lib/connectors/index.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { LoadCounts } from "../loaders/loader.ts";
import { CHANGED, GONE, MOVED, opOf } from "./change-lines.ts";
import type { Compacted } from "./compact.ts";

/** How far a mirror is, as it is kept in the destination, in the transaction of what it is about. */
export type Kept = {
  /** What is followed, and the name that the source knows the follower by. */
  reads: string;
  feed: string;
  position: string;
  shape: string;
  /** The run that wrote it, and what that run has done by then. */
  runId: string;
  counts: LoadCounts;
};

/** What a destination knows of a mirror. `done`: this run has ended there, with these counts. */
export type MirrorState = { kept?: Kept; there: boolean; done?: LoadCounts };

/** A destination's table in one transaction. Everything is undone where the work in it throws. */
export type MirrorTransaction = {
  state: () => Promise<MirrorState>;
  hook: (which: "preHook" | "postHook") => Promise<void>;
  /** Makes the table fit. @returns what was changed, in words. @throws DataError `schema_frozen`, `type_mismatch` */
  prepare: (columns: readonly TypedColumn[], key: readonly string[]) => Promise<RunWarning[]>;
  /** Puts these rows in the place of all that are there. @returns how many */
  fill: (table: OpenedTable, filling: Filling) => Promise<number>;
  /** Brings the table to what the changes left. @throws DataError `mirror_diverged` if it is not as it was before them */
  apply: (part: Compacted, columns: readonly TypedColumn[], key: readonly string[]) => Promise<Applied>;
  keep: (kept: Kept) => Promise<void>;
  /** This run has ended here. */
  end: (counts: LoadCounts) => Promise<void>;
};

/** How rows on their way are looked at: `see` is shown every chunk, `explain` says what an error of the source means. */
export type Filling = {
  see: (chunk: Buffer, binary: boolean) => void;
  explain: (error: unknown) => unknown;
};

/** What became of the states of one part. `emptied`: rows that went because the table was emptied. */
export type Applied = { emptied: number; deleted: number; updated: number; inserted: number };

/** A target's table, open for changes. */
export type Mirror = {
  transaction: <T>(work: (tx: MirrorTransaction) => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
};

/** The name of positions' table in PostgreSQL, in the schema of the tables that they are about. */
export const POSITIONS_TABLE = "_penstock_changes";
const KEY = ["pipeline_id", "node_id", "table_name"] as const;
const VALUES = ["reads", "feed", "position", "shape", "run_id", "counts"] as const;
/** The columns of that table, for both engines. */
export const POSITIONS_COLUMNS = `${[...KEY, ...VALUES].map((name) => `${name} text not null`).join(", ")},
  updated_at timestamptz not null default now(), primary key (${KEY.join(", ")})`;

/** Whose position it is. */
export type PositionKey = { pipelineId: string; nodeId: string; table: string };

/** A kept position's statements, for values written by `value`. */
export function positionStatements(table: string, key: PositionKey, value: (text: string) => string) {
  const own = [key.pipelineId, key.nodeId, key.table].map(value);
  const where = KEY.map((column, at) => `${column} = ${own[at]}`).join(" and ");
  return {
    look: `select ${VALUES.join(", ")} from ${table} where ${where}`,
    keep: ({ reads, feed, position, shape, runId, counts }: Kept) => {
      const values = [reads, feed, position, shape, runId, JSON.stringify(counts)].map(value);
      const set = VALUES.map((column) => `${column} = excluded.${column}`).join(", ");
      return `insert into ${table} (${[...KEY, ...VALUES].join(", ")}) values (${[...own, ...values].join(", ")})
        on conflict (${KEY.join(", ")}) do update set ${set}, updated_at = now()`;
    },
  };
}

type KeptRow = Record<(typeof VALUES)[number], string>;

/** A row of positions. */
export function keptOf(row: KeptRow | undefined): Kept | undefined {
  if (!row) return undefined;
  const { reads, feed, position, shape, run_id: runId, counts } = row;
  return { reads, feed, position, shape, runId, counts: JSON.parse(counts) as LoadCounts };
}

/** Names of the columns beside those of the data in which changes are staged. */
export const OP = sqlIdentifier("__ps_op");
export const HOLES = sqlIdentifier("__ps_holes");
export const fromColumn = (at: number) => sqlIdentifier(`__ps_from_${at}`);

/** The parts of the statements that bring a table to staged states; the same in both engines. */
export function applyStatements(
  table: string,
  stage: string,
  columns: readonly TypedColumn[],
  key: readonly string[],
  holes: readonly number[],
) {
  const names = columns.map(({ name }) => sqlIdentifier(name));
  const list = names.join(", ");
  const match = key.map((name) => `t.${sqlIdentifier(name)} = s.${sqlIdentifier(name)}`).join(" and ");
  const values = columns.filter(({ name }) => !key.includes(name)).map(({ name }) => sqlIdentifier(name));
  const fromMatch = key.map((name, at) => `t.${sqlIdentifier(name)} = s.${fromColumn(at)}`).join(" and ");
  const filled = holes.map((at) => {
    const name = names[at];
    return `${name} = case when substr(s.${HOLES}, ${at + 1}, 1) = '1' then t.${name} else s.${name} end`;
  });
  // A table of nothing but its key has nothing to set: its rows are only to be there.
  const set = values.length > 0 ? values : key.map(sqlIdentifier);
  return {
    fillHoles: `update ${stage} as s set ${filled.join(", ")} from ${table} t where s.${HOLES} is not null and ${fromMatch}`,
    empty: `delete from ${table}`,
    remove: `delete from ${table} as t using ${stage} s where s.${OP} = '${GONE}' and ${match}`,
    update: `update ${table} as t set ${set.map((name) => `${name} = s.${name}`).join(", ")} from ${stage} s where s.${OP} = '${CHANGED}' and ${match}`,
    move: `insert into ${table} (${list}) select ${list} from ${stage} s where s.${OP} = '${MOVED}'`,
  };
}

/** Runs the statements of a part. `stage` brings its states, `insert` its new rows. */
export async function applyPart(
  part: Compacted,
  sql: ReturnType<typeof applyStatements>,
  {
    run,
    stage,
    insert,
  }: {
    run: (sql: string) => Promise<number>;
    stage: () => Promise<void>;
    insert: () => Promise<number>;
  },
): Promise<Applied> {
  const { states, inserts } = part;
  const applied: Applied = { emptied: 0, deleted: 0, updated: 0, inserted: 0 };
  if (part.emptied) applied.emptied = await run(sql.empty);
  if (states.length > 0) {
    await stage();
    const count = (op: string) => states.filter((state) => opOf(state) === op).length;
    const incomplete = states.filter(({ cells }) => cells?.includes(undefined)).length;
    if (incomplete > 0) requireAll(incomplete, await run(sql.fillHoles));
    const [gone, changed, moved] = [count(GONE), count(CHANGED), count(MOVED)];
    if (gone > 0) applied.deleted = requireAll(gone, await run(sql.remove));
    if (changed > 0) applied.updated = requireAll(changed, await run(sql.update));
    if (moved > 0) applied.inserted = await run(sql.move);
  }
  if (inserts.length > 0) applied.inserted += await insert();
  return applied;
}

/** The columns that some state leaves as the table has them. */
export function holesOf({ states }: Compacted): number[] {
  const holes = new Set<number>();
  for (const { cells } of states) {
    if (!cells?.includes(undefined)) continue;
    for (const [at, cell] of cells.entries()) if (cell === undefined) holes.add(at);
  }
  return [...holes];
}

/** What is wrong with a mirror to which somebody else has written. */
export const diverged = (what: string, cause?: unknown): DataError =>
  new DataError("mirror_diverged", `The table is not as it was left: ${what}`, { cause });

function requireAll(wanted: number, found: number): number {
  if (found === wanted) return found;
  throw diverged(`of ${wanted} rows that changed at the source it has ${found}`);
}
