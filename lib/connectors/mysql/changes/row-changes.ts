import type { KeyCells, RowChange } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import { EVENT, inflated, type LogEvent, packedNumber, parseTableMap, tableIdOf } from "./log-events.ts";
import type { FollowedTable } from "./logged-statement.ts";
import type { Cursor } from "./number-text.ts";
import { type RowReader, rowReader, type Wanted } from "./row-reader.ts";
import type { TableShape } from "./table-shape.ts";
import type { DecodeText } from "./text-values.ts";

type Operation = RowChange["op"];

/** Events that hold rows, by their number: what happened to them, and how they are laid out. */
const ROWS = new Map<number, { op: Operation; longHead: boolean; packed: boolean }>(
  [
    ...([
      ["insert", EVENT.insert1, EVENT.insert2, EVENT.insert1Compressed, EVENT.insert2Compressed],
    ] as const),
    ...([
      ["update", EVENT.update1, EVENT.update2, EVENT.update1Compressed, EVENT.update2Compressed],
    ] as const),
    ...([
      ["delete", EVENT.delete1, EVENT.delete2, EVENT.delete1Compressed, EVENT.delete2Compressed],
    ] as const),
  ].flatMap(([op, one, two, onePacked, twoPacked]) => [
    [one, { op, longHead: false, packed: false }] as const,
    [two, { op, longHead: true, packed: false }] as const,
    [onePacked, { op, longHead: false, packed: true }] as const,
    [twoPacked, { op, longHead: true, packed: true }] as const,
  ]),
);

/** Makes changes of one table of the events that hold rows. */
export type RowChanges = {
  /** Adds what an event holds; false if it holds nothing of the table. */
  take: (event: LogEvent, changes: RowChange[]) => boolean;
  /** Rows that come now are logged as the table stands now. */
  switchToNow: () => void;
  /** Another file has other numbers for tables. */
  forget: () => void;
};

/** @param shapes the table as it was where reading begins, and as it is now */
export function rowChanges(
  { database, table }: FollowedTable,
  shapes: { before: TableShape; now: TableShape },
  wanted: Wanted,
  charsets: ReadonlyMap<string, DecodeText>,
): RowChanges {
  let shape = shapes.before;
  const readers = new Map<number, { map: Buffer; reader: RowReader }>();
  const keyPlaces = wanted.key.map((name) => wanted.columns.indexOf(name));

  const take = (event: LogEvent, changes: RowChange[]): boolean => {
    if (event.type === EVENT.tableMap) {
      learn(event);
      return false;
    }
    const kind = ROWS.get(event.type);
    const known = kind && readers.get(tableIdOf(event.body));
    if (!known) return false;
    const cursor = openRows(event.body, known.reader.columns, kind);
    const { reader } = known;
    const { bytes } = cursor;
    if (kind.op === "insert") {
      while (cursor.at < bytes.length) changes.push({ op: "insert", row: reader.row(cursor) });
    } else if (kind.op === "delete") {
      while (cursor.at < bytes.length) changes.push({ op: "delete", key: reader.key(cursor) });
    } else {
      while (cursor.at < bytes.length) changes.push(update(reader, cursor));
    }
    return true;
  };

  const update = (reader: RowReader, cursor: Cursor): RowChange => {
    const key: KeyCells = reader.key(cursor);
    const row = reader.row(cursor);
    const moved = keyPlaces.some((place, i) => (row[place] ?? "") !== key[i]);
    return moved ? { op: "update", row, key } : { op: "update", row };
  };

  /** Most statements name the same table in the same way as the one before. */
  const learn = (event: LogEvent) => {
    const id = tableIdOf(event.body);
    const known = readers.get(id);
    if (known?.map.equals(event.body)) return;
    const map = parseTableMap(event);
    if (map.database !== database || map.table !== table) readers.delete(id);
    else readers.set(id, { map: Buffer.from(event.body), reader: rowReader(map, shape, wanted, charsets) });
  };

  return {
    take,
    switchToNow: () => {
      shape = shapes.now;
      readers.clear();
    },
    forget: () => readers.clear(),
  };
}

/** Where rows begin: behind the table's number, flags, and the columns that they hold, which have to be all. */
function openRows(
  body: Buffer,
  columns: number,
  { op, longHead, packed }: { op: Operation; longHead: boolean; packed: boolean },
): Cursor {
  const cut = { at: 8 };
  if (longHead) cut.at += body.readUInt16LE(8);
  packedNumber(body, cut);
  const bytes = (columns + 7) >> 3;
  for (let image = 0; image < (op === "update" ? 2 : 1); image++) {
    for (let i = 0; i < columns; i++) {
      if (!((body[cut.at + (i >> 3)] ?? 0) & (1 << (i & 7)))) throw incomplete();
    }
    cut.at += bytes;
  }
  return packed ? { bytes: inflated(body.subarray(cut.at)), at: 0 } : { bytes: body, at: cut.at };
}

const incomplete = () =>
  new DataError(
    "no_change_log",
    "The server's binary log holds rows of which only some columns were logged.",
    {
      hint: "A session or the server had another binlog_row_image than FULL: SET GLOBAL binlog_row_image='FULL'. Then begin the mirror anew.",
    },
  );
