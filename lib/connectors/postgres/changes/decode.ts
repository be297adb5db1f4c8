import { type Pgoutput, PgoutputPlugin } from "pg-logical-replication";
import type { Cells, KeyCells, RowChange } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import type { CellTexts } from "./cell-texts.ts";
import type { FollowedTable } from "./followed-table.ts";
import { parseLsn } from "./lsn.ts";

type Tuple = Record<string, string | null | undefined>;
type Message = Pgoutput.Message;

/** What a message of the log comes to here: a change of the table, the end of a transaction, or nothing. */
export type Decoded = { change: RowChange } | { committed: bigint } | undefined;

const asIs = (text: string) => text;

/** Reads pgoutput's messages (protocol version 1) as changes of one table, whose columns are those it has now. */
export class Decoder {
  private readonly plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [] });
  private readonly table: FollowedTable;
  private readonly texts: CellTexts;
  private readonly names: string[];

  constructor(table: FollowedTable, texts: CellTexts) {
    this.table = table;
    this.texts = texts;
    this.names = table.columns.map(({ name }) => name);
  }

  /** @throws DataError `table_changed` */
  read(bytes: Buffer): Decoded {
    const message: Message = this.plugin.parse(bytes);
    switch (message.tag) {
      case "relation":
        return this.relation(message);
      case "insert":
        if (message.relation.relationOid !== this.table.oid) return undefined;
        return { change: { op: "insert", row: this.row(message.new) } };
      case "update":
        if (message.relation.relationOid !== this.table.oid) return undefined;
        return { change: this.update(message) };
      case "delete":
        if (message.relation.relationOid !== this.table.oid) return undefined;
        return { change: { op: "delete", key: this.key(message.old ?? message.key ?? {}) } };
      case "truncate":
        if (!message.relations.some((relation) => relation?.relationOid === this.table.oid)) return undefined;
        return { change: { op: "truncate" } };
      case "commit":
        return { committed: parseLsn(message.commitEndLsn ?? "0/0") };
      default:
        return undefined;
    }
  }

  /** Values stay the text that they are. What was there then must be what is there now, as far as both have it. */
  private relation(message: Pgoutput.MessageRelation): undefined {
    for (const column of message.columns) column.parser = asIs;
    if (message.relationOid !== this.table.oid) return undefined;
    const then = new Map(message.columns.map((column) => [column.name, column]));
    for (const { name, typeOid } of this.table.columns) {
      const there = then.get(name);
      if (there && there.typeOid >>> 0 !== typeOid) throw this.changed(`${name} had another type`);
    }
    const told = this.table.key.every((name) => message.keyColumns.includes(name));
    if (!told) throw this.changed("it had another key");
    return undefined;
  }

  private update({ key, old, new: tuple }: Pgoutput.MessageUpdate): RowChange {
    const before = (old ?? key) as Tuple | null;
    if (!before) return { op: "update", row: this.row(tuple) };
    const whole = tuple as Tuple;
    let moved = false;
    for (const name of this.table.key) {
      // A long key that did not change is told in the old row alone.
      if (whole[name] === undefined) whole[name] = before[name];
      else if (whole[name] !== before[name]) moved = true;
    }
    const row = this.row(whole);
    return moved ? { op: "update", row, key: this.key(before) } : { op: "update", row };
  }

  private row(tuple: Tuple): Cells {
    return this.names.map((name, at) => {
      const text = tuple[name];
      if (typeof text === "string") return this.texts.turn(at, text);
      // A column that came later is NULL in what was written before.
      return text === undefined && name in tuple ? undefined : null;
    });
  }

  private key(tuple: Tuple): KeyCells {
    return this.table.key.map((name) => {
      const text = tuple[name];
      if (typeof text !== "string") throw this.changed(`the log does not tell ${name} of a row's key`);
      return this.texts.turn(this.names.indexOf(name), text);
    });
  }

  private changed(what: string): DataError {
    return new DataError(
      "table_changed",
      `${this.table.stream} was changed in a way that its log does not tell: ${what}`,
    );
  }
}
