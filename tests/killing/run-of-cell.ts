import { createHash } from "node:crypto";
import type { Cell, LoadMode } from "./moments.ts";

/** Rows of a table as they can be compared on either engine: how many, and a digest of all of them in order. */
export type TableState = { rows: number; digest: string };
/** Answers a query that both engines understand. */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

type Row = [id: number, amount: string, note: string | undefined];

const ROWS = 6_000;
const MANY_ROWS = 100_000;
/** Makes the small file longer than one chunk of reading. */
const FILLING = "a line of some length ".repeat(4);
/** One row in so many is rejected: as a rule few, but more than are put into quarantine at once where that is the moment. */
const oneIn = ({ moment }: Cell) => (moment.rejects ? 10 : 200);
const isBad = (id: number, cell: Cell) => cell.way === "stored" && id % oneIn(cell) === 5;

/** How many rows a cell's file has, and how many of them its rule rejects. */
export function countsOf(cell: Cell): { read: number; rejected: number } {
  const { moment, way, destination } = cell;
  const read = moment.big && destination === "duckdb" ? MANY_ROWS : ROWS;
  return { read, rejected: way === "direct" ? 0 : read / oneIn(cell) };
}

/** The name of the file that a cell reads; those that come late have one each. */
export function fileOf(cell: Cell): string {
  return cell.moment.late ? `${cell.schema}-late.csv` : sharedFileOf(cell);
}

/** The same, or what it is to be once it has come. */
export function sharedFileOf(cell: Cell): string {
  const { read, rejected } = countsOf(cell);
  return `${read}-${rejected}.csv`;
}

/** The lines of such a file. */
export function* linesOf(cell: Cell): Generator<string> {
  yield "id,amount,note\n";
  for (let id = 0; id < countsOf(cell).read; id++) yield `${rowOf(id, isBad(id, cell)).join(",")}\n`;
}

function rowOf(id: number, bad: boolean): Row {
  return [id, bad ? "-1.00" : `${id % 1000}.25`, `note ${id} ${FILLING}`];
}

/** Rows that are in the table before: with some keys of the new ones where they are to be updated. */
function oldRows(mode: LoadMode): Row[] {
  const from = mode === "upsert" ? 10 : 0;
  return Array.from({ length: 15 }, (_, at) => [from - 15 + at, "0.00", undefined]);
}

/** Statements for either engine that make the table as it is before the run: it lacks the column `note`. */
export function seedOf({ schema, mode }: Cell): string {
  const values = oldRows(mode).map(([id, amount]) => `(${id}, ${amount})`);
  return `create schema "${schema}"; create table "${schema}"."t" (id bigint, amount decimal(12,2));
    insert into "${schema}"."t" values ${values.join(", ")}`;
}

const isEmptied = (mode: LoadMode) => mode === "truncate" || mode === "blue_green";

/** The high-water mark that a load of the cell leaves: the highest id that is loaded. */
export function markOf(cell: Cell): string | null {
  return cell.mode === "incremental_watermark" ? String(countsOf(cell).read - 1) : null;
}

/** What the table holds before the run, and what it shall hold after it. */
export function wantedOf(cell: Cell): { old: TableState; new: TableState } {
  const before = oldRows(cell.mode);
  const after = new Map((isEmptied(cell.mode) ? [] : before).map((row) => [row[0], row]));
  for (let id = 0; id < countsOf(cell).read; id++) if (!isBad(id, cell)) after.set(id, rowOf(id, false));
  return { old: stateOf(before), new: stateOf([...after.values()].sort(([a], [b]) => a - b)) };
}

function stateOf(rows: Row[]): TableState {
  const text = rows.map(([id, amount, note]) => `${id}|${amount}|${note ?? "~"}`).join(",");
  return { rows: rows.length, digest: createHash("md5").update(text).digest("hex") };
}

/** What a run's ledger shall say of its target. */
export function loadedOf(cell: Cell): { in: number; inserted: number; updated: number } {
  const { read, rejected } = countsOf(cell);
  const updated =
    cell.mode === "upsert" ? oldRows("upsert").filter(([id]) => id >= 0 && !isBad(id, cell)).length : 0;
  return { in: read - rejected, inserted: read - rejected - updated, updated };
}

/** What a schema holds: its tables, the rows of the loaded one and its mark, and how many rejected rows were copied. */
export async function lookAt(query: Query, { schema }: Cell) {
  const columns = await query(
    `select table_name as t, column_name as c from information_schema.columns where table_schema = '${schema}' order by 1, 2`,
  );
  const has = (table: string, column?: string) =>
    columns.some(({ t, c }) => t === table && (column === undefined || c === column));
  const note = has("t", "note") ? "coalesce(note, '~')" : "'~'";
  const text = (name: string) => `cast(${name} as varchar)`;
  const line = `${text("id")} || '|' || ${text("amount")} || '|' || ${note}`;
  const [state] = await query(
    `select ${text("count(*)")} as n, md5(string_agg(${line}, ',' order by id)) as d from "${schema}"."t"`,
  );
  const [copied] = has("rejected")
    ? await query(
        `select ${text("count(*)")} as n, ${text("count(distinct row_number)")} as d from "${schema}"."rejected"`,
      )
    : [];
  const [marks] = await query(
    `select table_schema as s, table_name as t from information_schema.tables where table_schema = '${schema}' and table_name = '_penstock_high_water'
     or table_schema = '_penstock' and table_name = 'high_water'`,
  );
  const [mark] = marks
    ? await query(`select value from "${marks.s}"."${marks.t}" where table_name = '${schema}.t'`)
    : [];
  return {
    mark: mark?.value ?? null,
    table: { rows: Number(state?.n), digest: String(state?.d) } satisfies TableState,
    evolved: has("t", "note"),
    copied: { rows: Number(copied?.n ?? 0), distinct: Number(copied?.d ?? 0) },
    tables: [...new Set(columns.map(({ t }) => String(t)))].filter((name) => !name.startsWith("_penstock_")),
  };
}

/** The pipeline of a cell. @param folder where its file is. */
export function documentOf(cell: Cell, folder: string): Record<string, unknown> {
  const { schema, mode, way } = cell;
  // A check of all rows needs them kept: the warehouse then does not read the file by itself.
  const whole = way === "stored" || cell.destination === "postgres";
  const columns = [
    { name: "id", type: "bigint" },
    { name: "amount", type: "decimal(12,2)" },
    { name: "note", type: "string" },
  ];
  return {
    kind: "pipeline",
    version: "1.0",
    id: `p-${schema}`,
    metadata: { name: cell.moment.name.slice(0, 60) },
    nodes: [
      {
        id: "src",
        kind: "source",
        connector: "local_fs",
        config: { path: `${folder}/${fileOf(cell)}`, format: { type: "csv", columns } },
      },
      {
        id: "check",
        kind: "validate",
        input: "src",
        ...(whole && { datasetLevel: { duplicateKey: { fields: ["id"] } } }),
        rowLevel: [{ id: "positive", field: "amount", rule: "gte:0" }],
        ...(way === "stored" && { quarantine: { table: `${schema}.rejected` } }),
      },
      {
        id: "out",
        kind: "target",
        input: "check",
        schema: `${schema}.t`,
        loadMode: mode,
        ...(mode === "upsert" && { upsertKey: ["id"] }),
        ...(mode === "incremental_watermark" && { watermarkColumn: "id" }),
      },
    ],
    errorHandling: { retry: { maxAttempts: 3, backoff: "fixed" } },
  };
}
