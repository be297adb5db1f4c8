import type { ChangeBatch, RowChange } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import {
  EVENT,
  eventReader,
  type GroupStart,
  type LogEvent,
  parseMariadbGtid,
  parseQuery,
  parseRotate,
} from "./log-events.ts";
import { type FilePlace, formatPosition, type LogPosition, passed, reached } from "./log-position.ts";
import { effectOf, type FollowedTable, firstWords } from "./logged-statement.ts";
import { changesLost } from "./open-log.ts";
import type { rowChanges } from "./row-changes.ts";
import { tableChanged } from "./table-shape.ts";

/** Changes, and bytes of the log that they were in, from which they are handed on. */
const ENOUGH = { changes: 2_000, bytes: 4_194_304 };

/** What a log is read for. `rows` makes changes of the events that hold rows. */
export type Reading = {
  table: FollowedTable;
  /** Where reading begins; it is moved on. */
  position: LogPosition;
  /** Where it ends. */
  end: FilePlace;
  rows: ReturnType<typeof rowChanges>;
};

/** Makes batches of a log's events, one by one. */
export class ChangeReader {
  readonly #reading: Reading;
  readonly #read = eventReader();
  #file = "";
  #group: GroupStart | undefined;
  /** A transaction is open: its rows count when it commits. */
  #inside = false;
  #changes: RowChange[] = [];
  #bytes = 0;
  /** How many of `#changes` and `#bytes` are of transactions that have ended, and how many of the open one were handed on. */
  #settled = 0;
  #settledBytes = 0;
  #handedOn = 0;
  /** How many changes of the open transaction came before each. */
  #savepoints = new Map<string, number>();
  /** Rows of transactions that wait for a word of their own, by the name that it calls them. */
  #prepared = new Map<string, RowChange[]>();
  #ended = false;

  constructor(reading: Reading) {
    this.#reading = reading;
    if (reading.position.kind === "file") this.#file = reading.position.file;
  }

  /** True once the place is reached where reading ends. */
  get ended(): boolean {
    return this.#ended;
  }

  /** True when there is enough to hand on: of transactions that have ended, or of the open one. */
  get ready(): boolean {
    const settled = this.#settled;
    const most = Math.max(settled, this.#changes.length - settled);
    return most >= ENOUGH.changes || this.#bytes >= ENOUGH.bytes;
  }

  /** What is handed on now: without a position where there is nothing but a transaction that goes on. */
  take(): ChangeBatch | undefined {
    if (this.#settled > 0 || this.#changes.length === 0) return this.settled();
    // Rows of a prepared transaction count only if it is committed, whenever that is.
    if (this.#group?.prepared) return undefined;
    this.#handedOn += this.#changes.length;
    this.#bytes = 0;
    return { changes: this.#cut(this.#changes.length) };
  }

  /** All that is certain, with its position. */
  settled(): ChangeBatch {
    this.#bytes -= this.#settledBytes;
    return { changes: this.#cut(this.#settled), position: formatPosition(this.#reading.position) };
  }

  #cut(count: number): RowChange[] {
    const changes = count === this.#changes.length ? this.#changes : this.#changes.slice(0, count);
    this.#changes = this.#changes.slice(count);
    this.#settled = 0;
    this.#settledBytes = 0;
    return changes;
  }

  /** All that was left, with the place where reading ends: of files before it nothing is needed any more. */
  last(): ChangeBatch {
    passed(this.#reading.position, undefined, this.#reading.end);
    return this.settled();
  }

  /** @throws DataError `table_changed`, `changes_lost`, `nul_character`, … */
  push(payload: Buffer): void {
    const event = this.#read(payload);
    switch (event.type) {
      case EVENT.rotate:
        this.#file = parseRotate(event).file;
        return;
      case EVENT.format:
        this.#reading.rows.forget();
        return;
      case EVENT.mariadbGtid:
        if (this.#isBehindEnd(event)) return;
        this.#group = parseMariadbGtid(event);
        this.#inside = !this.#group.standalone;
        return;
      case EVENT.gtid:
      case EVENT.anonymousGtid:
      case EVENT.taggedGtid:
        this.#isBehindEnd(event);
        return;
      case EVENT.query:
      case EVENT.queryCompressed:
        this.#statement(event);
        return;
      case EVENT.xid:
        this.#commit(event);
        return;
      case EVENT.xaPrepare:
        this.#prepare(event);
        return;
      case EVENT.incident:
        throw changesLost("the log has a gap, an INCIDENT event");
      case EVENT.payload:
      case EVENT.partialUpdate:
        throw unreadable(event.type);
      default:
        if (this.#reading.rows.take(event, this.#changes)) this.#bytes += event.body.length;
    }
  }

  /** What begins there was not in the log yet when it was opened. */
  #isBehindEnd({ start }: LogEvent): boolean {
    this.#ended ||= reached({ file: this.#file, at: start }, this.#reading.end);
    return this.#ended;
  }

  #statement(event: LogEvent): void {
    const statement = parseQuery(event);
    const words = firstWords(statement.sql);
    const [first] = words.split(" ");
    if (first === "BEGIN" || words === "START TRANSACTION") {
      this.#inside = !this.#isBehindEnd(event);
    } else if (first === "COMMIT") this.#commit(event);
    else if (words === "ROLLBACK TO") this.#backTo(nameOf(statement.sql));
    else if (first === "ROLLBACK") {
      this.#dropFrom(this.#settled);
      this.#commit(event);
    } else if (first === "SAVEPOINT") {
      this.#savepoints.set(nameOf(statement.sql), this.#handedOn + this.#changes.length - this.#settled);
    } else if (first === "XA") this.#distributed(words, statement.sql, event);
    else {
      this.#effect(effectOf(statement, this.#reading.table), statement.sql);
      if (!this.#inside) this.#commit(event);
    }
  }

  #effect(effect: ReturnType<typeof effectOf>, sql: string): void {
    if (effect === "truncated") this.#changes.push({ op: "truncate" });
    if (effect === "added") this.#reading.rows.switchToNow();
    if (effect === "changed") throw tableChanged(`the log has "${sql.trim().slice(0, 200)}"`);
  }

  #backTo(savepoint: string): void {
    const kept = this.#savepoints.get(savepoint);
    if (kept === undefined) throw unreadable(EVENT.query);
    this.#dropFrom(this.#settled + kept - this.#handedOn);
  }

  /** Takes back what did not happen after all. */
  #dropFrom(index: number): void {
    if (index < this.#settled || (index === this.#settled && this.#handedOn > 0)) {
      throw tableChanged("a transaction was taken back that was handed on in part");
    }
    this.#changes.length = index;
  }

  #distributed(words: string, sql: string, event: LogEvent): void {
    const name = nameOf(sql, 2);
    if (words === "XA COMMIT") {
      const changes = this.#prepared.get(name);
      if (!changes)
        throw tableChanged("a transaction was committed that had been prepared before reading began");
      for (const change of changes) this.#changes.push(change);
    }
    if (words === "XA COMMIT" || words === "XA ROLLBACK") {
      this.#prepared.delete(name);
      this.#commit(event);
    } else if (words === "XA START") this.#inside = true;
  }

  #prepare(event: LogEvent): void {
    const { body } = event;
    const once = body[0] !== 0;
    if (!once) {
      const [format, first, second] = [body.readUInt32LE(1), body.readUInt32LE(5), body.readUInt32LE(9)];
      const hex = (from: number, bytes: number) => `X'${body.toString("hex", from, from + bytes)}'`;
      const name = `${hex(13, first)},${hex(13 + first, second)},${format}`;
      if (this.#handedOn > 0) throw tableChanged("a prepared transaction was handed on in part");
      this.#prepared.set(name.toLowerCase(), this.#changes.splice(this.#settled));
    }
    this.#commit(event);
  }

  #commit({ end }: LogEvent): void {
    passed(this.#reading.position, this.#group, { file: this.#file, at: end });
    this.#settled = this.#changes.length;
    this.#settledBytes = this.#bytes;
    this.#handedOn = 0;
    this.#inside = false;
    this.#group = undefined;
    if (this.#savepoints.size > 0) this.#savepoints.clear();
  }
}

/** What stands behind the first words, as the log repeats it. */
const nameOf = (sql: string, words = sql.trim().toUpperCase().startsWith("ROLLBACK") ? 2 : 1) =>
  sql
    .trim()
    .replace(new RegExp(`^(?:\\w+\\s+){${words}}`), "")
    .toLowerCase();

const unreadable = (type: number) =>
  new DataError(
    "no_change_log",
    `The server's binary log holds events of a kind (${type}) that cannot be read.`,
    {
      hint: "Turn binlog_transaction_compression and binlog_row_value_options off at the server, and begin the mirror anew.",
    },
  );
