import type { TableColumn } from "./describe.ts";

const UPDATED =
  /(^|_)(updated|modified|changed|edited|last_?update\w*|last_?modified|last_?change\w*|mtime|row_?version)(_|$)/i;
const CAMEL_UPDATED = /^(lastU|u)pdated?[A-Z_]|^(lastM|m)odified[A-Z_]|^(lastC|c)hanged[A-Z_]/;
const CREATED =
  /(^|_)(created|inserted|added|occurred|recorded|loaded|event_?time|ctime|timestamp|ts)(_|$)|^created[A-Z]/i;
const MOMENTS = new Set(["timestamp", "timestamptz"]);
const NUMBERS = new Set(["smallint", "integer", "bigint"]);

/**
 * Columns that can tell what is new, best first: moments of change, then numbers that count up (identity, sequence,
 * primary key), then moments of creation, then other moments.
 */
export function cursorFieldsOf(columns: readonly TableColumn[], primaryKey: readonly string[]): string[] {
  const ranked = columns.flatMap((column, at) => {
    const rank = rankOf(column, primaryKey);
    return rank === undefined ? [] : [{ name: column.name, rank, at }];
  });
  return ranked.sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ name }) => name);
}

function rankOf({ name, type, counts }: TableColumn, primaryKey: readonly string[]): number | undefined {
  if (MOMENTS.has(type.name)) {
    if (UPDATED.test(name) || CAMEL_UPDATED.test(name)) return 0;
    return CREATED.test(name) ? 2 : 3;
  }
  if (!NUMBERS.has(type.name)) return undefined;
  if (counts || (primaryKey.length === 1 && primaryKey[0] === name)) return 1;
  return undefined;
}
