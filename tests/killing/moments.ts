import type { Stop } from "./gate.ts";

/** Where a killed run loads: a file of the embedded warehouse, or PostgreSQL. */
export type Destination = "duckdb" | "postgres";
export const loadModes = ["append", "truncate", "upsert", "blue_green", "incremental_watermark"] as const;
export type LoadMode = (typeof loadModes)[number];

/**
 * The way rows take. `stored`: counted, checked and kept in scratch, with some rejected. `direct`: clean rows of a file
 * straight into the table, checked while they flow into PostgreSQL or while the warehouse reads them.
 */
export type Way = "stored" | "direct";

/** One kill: a run of this kind, stopped at this moment. The table is "schema"."t", rejected rows go to "rejected". */
export type Cell = { moment: Moment; mode: LoadMode; destination: Destination; way: Way; schema: string };

/** A moment at which a worker can die. */
export type Moment = {
  /** Completes the sentence "killed …". */
  name: string;
  ways: readonly Way[];
  /** True if the load mode makes a difference there. */
  inLoad?: true;
  stop: (cell: Omit<Cell, "moment">) => Stop;
  /** What the table then holds: what it held before the run, what it shall hold, or one of both. */
  leaves: "old" | "new" | "either";
  /** Attempts that the run takes until its end, this one included. */
  attempts: 1 | 2;
  /** How many workers it is to have lost. */
  lost: 0 | 1;
  /** The file is only there once the worker is dead: its first attempt fails. */
  late?: true;
  /** More rejected rows than are put into quarantine at once. */
  rejects?: true;
  /** Whenever it is: how far the run came, and whether it had ended, nobody knows. */
  anytime?: true;
  /** More rows, so that there is time to be killed in a statement. */
  big?: true;
};

const both: readonly Way[] = ["stored", "direct"];
const stored: readonly Way[] = ["stored"];
const killedOnce = { attempts: 2, lost: 1 } as const;
const inLoad = { ...killedOnce, inLoad: true, ways: both } as const;

const parquet = { on: /FORMAT parquet/ };
/** The thorough attempt begins with the rows' way to scratch; an attempt at the direct way came before it. */
const begin = ({ way }: { way: Way }) => (way === "stored" ? [parquet] : []);
const table = ({ schema }: { schema: string }) => `"${schema}"\\."t"`;
/** Modes whose rows are looked at before they go into the table. */
const isStaged = (mode: LoadMode) => mode === "upsert" || mode === "incremental_watermark";
/** The table that the rows of the other modes go into. */
const filled = (cell: { schema: string; mode: LoadMode }) =>
  cell.mode === "blue_green" ? `"${cell.schema}"\\."t__next"` : table(cell);
const mark = { on: /^insert into \S*_penstock.loads.*["']out["']/is };
const commit = { on: /^commit/i, same: true } as const;
const finished = { on: /INSERT INTO \S*"AuditLog".*"run\.finished"/s };

/** Every moment of a run's life, in order. */
export const moments: readonly Moment[] = [
  {
    name: "when it has fetched the job and not yet claimed the run",
    ways: stored,
    leaves: "old",
    attempts: 1,
    lost: 0,
    stop: () => ({
      steps: [{ on: /UPDATE pgboss\.\S+ j SET\s+state = 'active'/, answers: (rows) => rows > 0 }],
      at: "answered",
    }),
  },
  {
    name: "when it has claimed the run",
    ways: stored,
    leaves: "old",
    ...killedOnce,
    stop: () => ({ steps: [{ on: /^\s*insert into "RunLog".*began/s }], at: "before" }),
  },
  {
    name: "while the source is being read",
    ways: both,
    leaves: "old",
    ...killedOnce,
    stop: (cell) => ({ steps: [...begin(cell), { on: /^fifo chunk 2$/ }], at: "sent" }),
  },
  {
    name: "when the rows are stored",
    ways: stored,
    leaves: "old",
    ...killedOnce,
    stop: () => ({ steps: [parquet], at: "answered" }),
  },
  {
    name: "while rejected rows go to quarantine",
    ways: stored,
    leaves: "old",
    rejects: true,
    ...killedOnce,
    stop: () => ({ steps: [parquet, { on: /INSERT INTO \S*"QuarantineRow"/ }], at: "answered" }),
  },
  {
    name: "while the whole dataset is checked",
    ways: stored,
    leaves: "old",
    ...killedOnce,
    stop: () => ({ steps: [parquet, { on: /count\(DISTINCT/ }], at: "sent" }),
  },
  {
    name: "when the rejected rows are in their table",
    ways: stored,
    leaves: "old",
    ...killedOnce,
    stop: () => ({
      steps: [{ on: /^insert into \S*_penstock.loads.*check#quarantine/is }, commit],
      at: "answered",
    }),
  },
  {
    name: "while rows go into the table, or its staging table",
    leaves: "old",
    big: true,
    ...inLoad,
    stop: (cell) => {
      const { destination, mode } = cell;
      if (destination === "postgres") {
        const into = isStaged(mode) ? "pg_temp._penstock_stage" : filled(cell);
        return { steps: [...begin(cell), { on: new RegExp(`^copy ${into} `) }], at: "flowing" };
      }
      const into = isStaged(mode) ? "TEMP TABLE _penstock_stage" : `INSERT INTO ${filled(cell)}`;
      return { steps: [...begin(cell), { on: new RegExp(into) }], at: "working" };
    },
  },
  {
    name: "when the table is half changed: a column added, emptied, updated but not inserted into, dropped, filled but for the mark",
    leaves: "old",
    ...inLoad,
    stop: (cell) => {
      const change = {
        append: `alter table ${table(cell)} add column`,
        truncate: `(truncate|delete from) ${table(cell)}`,
        upsert: `(with changed as \\(update|merge into) ${table(cell)}`,
        blue_green: `drop table ${table(cell)}`,
        incremental_watermark: `insert into ${table(cell)}`,
      };
      return {
        steps: [...begin(cell), { on: new RegExp(`^${change[cell.mode]}`, "i") }],
        at: "answered",
      };
    },
  },
  {
    name: "when all rows have arrived, before they are merged or marked as loaded",
    leaves: "old",
    ...inLoad,
    stop: (cell) => ({
      steps: [
        ...begin(cell),
        cell.mode === "upsert"
          ? { on: /^analyze pg_temp\._penstock_stage|lag\(.+ OVER \(\) AS up FROM _penstock_stage\)/ }
          : mark,
      ],
      at: "before",
    }),
  },
  {
    name: "when everything is done but the commit",
    leaves: "old",
    ...inLoad,
    stop: (cell) => ({ steps: [...begin(cell), mark], at: "answered" }),
  },
  {
    name: "while the load is committed",
    leaves: "either",
    ...inLoad,
    stop: (cell) => ({ steps: [...begin(cell), mark, commit], at: "sent" }),
  },
  {
    name: "when the load is committed, and nobody knows yet",
    leaves: "new",
    ...inLoad,
    stop: (cell) => ({ steps: [...begin(cell), mark, commit], at: "answered" }),
  },
  {
    name: "while the run's end is written",
    ways: stored,
    leaves: "new",
    ...killedOnce,
    stop: () => ({ steps: [finished], at: "answered" }),
  },
  {
    name: "when the run has ended, before its job has",
    ways: stored,
    leaves: "new",
    attempts: 1,
    lost: 0,
    stop: () => ({ steps: [finished, commit], at: "answered" }),
  },
  {
    name: "while a failed run waits to be tried again",
    ways: stored,
    leaves: "old",
    attempts: 2,
    lost: 0,
    late: true,
    stop: () => ({ steps: [{ on: /INSERT INTO \S*"RunLog".*Attempt 1 of/s }, commit], at: "answered" }),
  },
];

/** About as long as a run takes, from its request to its end, in milliseconds. */
const RUN_MS = 700;

/** So many cells of each load mode, killed at moments that are spread over a run without a pattern. */
export function anytimeCells(destination: Destination, count: number): Cell[] {
  return loadModes.flatMap((mode, at) =>
    Array.from({ length: count }, (_, index): Cell => {
      const after = Math.round((((index + at / loadModes.length) * 0.618_034) % 1) * RUN_MS);
      const moment: Moment = {
        name: `after ${after} ms`,
        ...{ ways: both, leaves: "either", ...killedOnce, anytime: true },
        stop: () => ({ after }),
      };
      const way = index % 2 === 0 ? "stored" : "direct";
      return { moment, mode, destination, way, schema: `${destination.slice(0, 1)}any${at}_${index}` };
    }),
  );
}

/** Every cell there is for a destination; each has a schema of its own. */
export function allCells(destination: Destination): Cell[] {
  const cells = moments.flatMap((moment) =>
    moment.ways
      .filter((way) => way === "stored" || destination === "postgres" || moment.inLoad)
      .flatMap((way) => loadModes.map((mode) => ({ moment, way, mode, destination }))),
  );
  return cells.map((cell, index) => ({ ...cell, schema: `${destination.slice(0, 1)}${index}` }));
}

/**
 * Enough of them for every test run. At a moment of a load: each load mode, the destinations in turn, so that both have
 * each moment and each mode. At any other: one mode and one destination, in turn. Every second load goes straight from
 * the file.
 */
export function chosenCells(destination: Destination): Cell[] {
  return allCells(destination).filter(({ moment, mode, way }) => {
    const at = moments.indexOf(moment);
    const turn = at + loadModes.indexOf(mode);
    const here = ((moment.inLoad ? turn : at) % 2 === 0) === (destination === "duckdb");
    if (!moment.inLoad) return here && way === "stored" && turn % loadModes.length === 0;
    const straight = turn % 4 === (destination === "postgres" ? 1 : 2);
    return here && (way === "direct") === straight;
  });
}
