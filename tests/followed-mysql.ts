import { text } from "node:stream/consumers";
import type { BegunChanges, Cells, OpenedTable, RowChange } from "#lib/connectors/connector.ts";
import { mysqlConnector } from "#lib/connectors/mysql/mysql.ts";
import type { MysqlSourceConfig } from "#lib/connectors/specs/mysql.ts";

const port = mysqlConnector.follow as NonNullable<typeof mysqlConnector.follow>;

/** A record of CSV as COPY reads it: nothing is NULL, quoted nothing is empty text. */
export function parseCopyCsv(csv: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n"]*))([,\n])/gs)) {
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** All rows of an opened table, in any order. */
export async function rowsOf(opened: OpenedTable): Promise<(string | null)[][]> {
  const { stream, done } = await opened.csv();
  const csv = await text(stream);
  await done;
  await opened.close();
  return parseCopyCsv(csv);
}

/** Follows one table in memory, as a destination would: what it holds is what its source says. */
export class FollowedTable {
  readonly config: MysqlSourceConfig;
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  /** The changes of the last reading. */
  changes: RowChange[] = [];
  /** How many parts they came in, and how many of those ended with a transaction. */
  parts = { all: 0, ended: 0 };
  position = "";
  shape = "";
  #names: string[] = [];
  #key: number[] = [];
  #rows = new Map<string, Cells>();

  constructor(config: MysqlSourceConfig, table: string, columns?: readonly string[]) {
    this.config = config;
    this.table = table;
    this.columns = columns;
  }

  get #request() {
    return { table: this.table, name: "test", ...(this.columns && { columns: this.columns }) };
  }

  /** @param meanwhile what happens between the snapshot's beginning and its reading */
  async begin(meanwhile: (begun: BegunChanges) => Promise<unknown> = async () => undefined): Promise<this> {
    const begun = await port.begin({ tenant: "t", config: this.config }, this.#request);
    await meanwhile(begun);
    this.#names = begun.snapshot.columns.map(({ name }) => name);
    this.#key = begun.key.map((name) => this.#names.indexOf(name));
    this.position = begun.position;
    this.shape = begun.shape;
    this.#rows.clear();
    for (const row of await rowsOf(begun.snapshot)) this.#rows.set(this.#keyOf(row), row);
    return this;
  }

  /** Takes what came since; what was told before an error counts. */
  async catchUp(signal?: AbortSignal): Promise<this> {
    const request = { ...this.#request, from: this.position, shape: this.shape, ...(signal && { signal }) };
    const opened = await port.changes({ tenant: "t", config: this.config }, request);
    this.#takeColumns(
      opened.columns.map(({ name }) => name),
      opened.key,
    );
    this.changes = [];
    this.parts = { all: 0, ended: 0 };
    let waiting: RowChange[] = [];
    try {
      for await (const { changes, position } of opened.batches) {
        this.parts.all++;
        waiting.push(...changes);
        if (position === undefined) continue;
        this.parts.ended++;
        this.changes.push(...waiting);
        for (const change of waiting) this.#apply(change);
        waiting = [];
        this.position = position;
        this.shape = opened.shape;
      }
    } finally {
      await opened.close();
    }
    return this;
  }

  /** What it holds, by key. */
  rows(): Cells[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  /** What the source holds, in the same order. */
  async sourceRows(): Promise<Cells[]> {
    const opened = await mysqlConnector.read(
      { tenant: "t", config: this.config },
      { table: this.table, ...(this.columns && { columns: this.columns }) },
    );
    const rows = await rowsOf(opened);
    return rows.sort((a, b) => (this.#keyOf(a) < this.#keyOf(b) ? -1 : 1));
  }

  /** A column that came is empty in the rows that are there. */
  #takeColumns(names: string[], key: string[]): void {
    const from = names.map((name) => this.#names.indexOf(name));
    const rows = [...this.#rows.values()].map((row) => from.map((place) => row[place] ?? null));
    this.#names = names;
    this.#key = key.map((name) => names.indexOf(name));
    this.#rows = new Map(rows.map((row) => [this.#keyOf(row), row]));
  }

  #keyOf(row: Cells): string {
    return JSON.stringify(this.#key.map((place) => row[place] ?? ""));
  }

  #apply(change: RowChange): void {
    if (change.op === "truncate") this.#rows.clear();
    else if (change.op === "insert") this.#rows.set(this.#keyOf(change.row), change.row);
    else {
      const old = "key" in change && change.key ? JSON.stringify(change.key) : undefined;
      if (change.op === "delete") {
        if (!this.#rows.delete(old ?? "")) throw new Error(`No row ${old} to delete`);
        return;
      }
      const key = this.#keyOf(change.row);
      if (!this.#rows.delete(old ?? key)) throw new Error(`No row ${old ?? key} to change`);
      this.#rows.set(key, change.row);
    }
  }
}
