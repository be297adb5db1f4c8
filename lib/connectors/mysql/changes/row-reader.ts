import type { Cells } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import type { TableMap } from "./log-events.ts";
import type { Cursor, Decode } from "./number-text.ts";
import type { TableShape } from "./table-shape.ts";
import { tableChanged } from "./table-shape.ts";
import type { DecodeText } from "./text-values.ts";
import { decoderOf, skipperOf } from "./value-decoders.ts";

/** Reads the images of rows of one table, as one number of the log has it. */
export type RowReader = {
  columns: number;
  /** A whole row, in the order of the columns that were asked for. */
  row: (cursor: Cursor) => Cells;
  /** The key alone. */
  key: (cursor: Cursor) => string[];
};

/** What is read of the log's rows: the names of columns, and those of the key among them. */
export type Wanted = { columns: readonly string[]; key: readonly string[] };

/**
 * @param shape the table as it was when these rows were logged
 * @throws DataError `table_changed` if the log's columns are not the shape's
 */
export function rowReader(
  map: TableMap,
  shape: TableShape,
  { columns, key }: Wanted,
  charsets: ReadonlyMap<string, DecodeText>,
): RowReader {
  const count = map.types.length;
  if (count !== shape.columns.length) throw tableChanged(`its rows have ${count} columns in the log`);
  const decoders = shape.columns.map((column, i) => {
    if (!columns.includes(column.name)) return undefined;
    const decode = decoderOf(column, map.types[i], charsets);
    if (!decode) throw tableChanged(`${column.name} has another type in the log`);
    return decode;
  });
  const skippers = map.types.map((type, i) => {
    const skip = skipperOf(type);
    if (!skip && !decoders[i]) {
      throw new DataError(
        "unsupported_type",
        `${shape.columns[i]?.name} has a type whose values in the log are unknown.`,
        {
          hint: "Changes of this table cannot be followed; load it with upsert or truncate.",
        },
      );
    }
    return skip ?? (() => undefined);
  });
  const nullBytes = (count + 7) >> 3;
  /** For each column of the table, where its value goes. */
  const places = (names: readonly string[]) => shape.columns.map(({ name }) => names.indexOf(name));
  const read = <T extends string | null>(
    cursor: Cursor,
    slots: readonly number[],
    cells: (T | null)[],
  ): (T | null)[] => {
    const nulls = cursor.at;
    cursor.at += nullBytes;
    for (let i = 0; i < count; i++) {
      if ((cursor.bytes[nulls + (i >> 3)] as number) & (1 << (i & 7))) continue;
      const slot = slots[i] as number;
      if (slot < 0) (skippers[i] as (cursor: Cursor) => void)(cursor);
      else cells[slot] = (decoders[i] as Decode)(cursor) as T | null;
    }
    return cells;
  };
  const rowPlaces = places(columns);
  const keyPlaces = places(key);
  return {
    columns: count,
    row: (cursor) => read(cursor, rowPlaces, new Array<string | null>(columns.length).fill(null)),
    key: (cursor) =>
      read<string>(cursor, keyPlaces, new Array<string | null>(key.length).fill(null)).map(
        (cell) => cell ?? "",
      ),
  };
}
