import type { Destination } from "../killing/moments.ts";

/** What a row of a table is made of, as text that every engine writes alike. */
export type RowText = (string | null)[];

/** A server that mirrors are tested against, and what is said to it in its own words. */
export type MirrorSource = {
  connector: "postgres" | "mysql";
  /** A saved source's fields. Tables are in its schema, or database, `shop`. */
  fields: Record<string, string | number>;
  /** Runs statements, several if need be. */
  run: (sql: string) => Promise<unknown>;
  /** The columns of a table that {@link change} works on, and what more is said of it where it is made. */
  worked: { columns: string; more: string };
  /** One transaction of some random changes; a few are rolled back. `emptying`: now and then the table is emptied. */
  change: (table: string, random: () => number, emptying?: boolean) => Promise<unknown>;
  /** Such a table's rows in order of the key. */
  rows: (table: string) => Promise<RowText[]>;
  /** The query for the same rows at a destination; in every column text. */
  mirrored: (destination: Destination, table: string) => string;
  /** To be selected from: the numbers `n` from one to another. */
  numbers: (from: number, to: number) => string;
  /** Has the source lose what it kept of changes. */
  lose: () => Promise<unknown>;
  /** How it is said that they are lost. */
  lost: RegExp;
  /** For how many followers the source keeps something, where it does. */
  followers?: () => Promise<number>;
  /** The server goes away and comes back. */
  restart?: () => Promise<void>;
  stop: () => Promise<void>;
};

/** A kind of them. */
export type MirrorSourceKind = {
  title: string;
  installed: () => boolean;
  start: () => Promise<MirrorSource>;
};

/** Makes the table that {@link MirrorSource.change} works on. */
export async function makeWorked({ run, worked }: MirrorSource, table: string): Promise<void> {
  await run(`create table ${table} (${worked.columns}); ${worked.more.replaceAll("TABLE", table)}`);
}

/** A row of an answer in which every column is text. */
export const rowText = (row: Record<string, unknown>): RowText => Object.values(row) as RowText;
