import type { Socket } from "node:net";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { Session } from "../session.ts";
import { formatLsn } from "./lsn.ts";

/** How values are written in the log, and that we may take our time with them. */
const SETTINGS = `set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'iso_8601';
  set extra_float_digits = 3; set bytea_output = 'hex'; set statement_timeout = 0; set wal_sender_timeout = '10min'`;

const DATA = 0x77;
const KEEPALIVE = 0x6b;
const STATUS = 0x72;
const STATUS_MS = 5_000;
const PROD_MS = 100;
/** PostgreSQL counts from 2000. */
const EPOCH_MS = 946_684_800_000;

type Wire = {
  on: (event: "copyData", listener: (message: { chunk: Buffer }) => void) => void;
  stream: Socket;
  sendCopyFromChunk: (chunk: Buffer) => void;
  endCopyFrom: () => void;
};

/** What is done with what the log tells. */
export type Listening = {
  /** One message of the output plugin. */
  message: (bytes: Buffer) => void;
  /** Everything up to here was told. */
  reached: (lsn: bigint) => void;
  /** The log ended, with an error if it did not do so because of us. */
  ended: (error?: unknown) => void;
};

/** A log that flows: PostgreSQL's streaming replication protocol (section 55.4), by its own messages. */
export type LogFlow = {
  pause: () => void;
  resume: () => void;
  /** Everything up to here is kept elsewhere. */
  confirm: (lsn: bigint) => void;
  /** Ends the flow; what was confirmed is known to the server then. */
  stop: () => Promise<void>;
};

/** Starts the log at a position. @param from what is at or before it is not told */
export async function startFlow(
  { client }: Session,
  { slot, publication, from }: { slot: string; publication: string; from: bigint },
  listening: Listening,
): Promise<LogFlow> {
  await client.query(SETTINGS);
  const wire = (client as unknown as { connection: Wire }).connection;
  let confirmed = from;
  let stopped = false;
  let heard = false;
  let paused = false;
  const status = (answer: boolean) => {
    if (stopped || wire.stream.destroyed) return;
    const bytes = Buffer.alloc(34);
    bytes[0] = STATUS;
    for (const at of [1, 9, 17]) bytes.writeBigUInt64BE(confirmed, at);
    bytes.writeBigInt64BE(BigInt(Date.now() - EPOCH_MS) * 1000n, 25);
    bytes[33] = answer ? 1 : 0;
    wire.sendCopyFromChunk(bytes);
  };
  const timer = setInterval(() => status(false), STATUS_MS);
  // A sender that has nothing to tell says how far it is only when it is asked.
  const prod = setInterval(() => {
    if (!heard && !paused) status(true);
    heard = false;
  }, PROD_MS);
  const quiet = () => {
    clearInterval(timer);
    clearInterval(prod);
  };
  wire.on("copyData", ({ chunk }) => {
    heard = true;
    if (stopped) return;
    if (chunk[0] === DATA) listening.message(chunk.subarray(25));
    else if (chunk[0] === KEEPALIVE) {
      if (chunk[17] === 1) status(false);
      listening.reached(chunk.readBigUInt64BE(1));
    }
  });
  const sql = `START_REPLICATION SLOT ${sqlIdentifier(slot)} LOGICAL ${formatLsn(from)} (proto_version '1', publication_names ${sqlLiteral(sqlIdentifier(publication))})`;
  const over = client.query(sql).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  void over.then((failed) => {
    quiet();
    if (!stopped) listening.ended(failed ? failed.error : new Error("The server ended the log"));
  });
  status(true);
  return {
    pause: () => {
      paused = true;
      wire.stream.pause();
    },
    resume: () => {
      paused = false;
      heard = true;
      wire.stream.resume();
    },
    confirm: (lsn) => {
      if (lsn > confirmed) confirmed = lsn;
      status(false);
    },
    stop: async () => {
      if (stopped) return;
      status(false);
      stopped = true;
      quiet();
      if (wire.stream.destroyed) return;
      wire.endCopyFrom();
      wire.stream.resume();
      await over;
    },
  };
}
