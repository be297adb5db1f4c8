import type { Cells, ChangeBatch, OpenedChanges } from "../../connector.ts";
import { DataError } from "../../data-error.ts";
import { codeOf } from "../../network/coded-error.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import { EXACT_TEXT } from "../read.ts";
import type { Session } from "../session.ts";
import { connected, readingError } from "../with-session.ts";
import { BatchQueue } from "./batch-queue.ts";
import { CellTexts } from "./cell-texts.ts";
import { Decoder } from "./decode.ts";
import { type FollowedTable, followedTable, requireFit, shapeOf } from "./followed-table.ts";
import { formatLsn, parseLsn } from "./lsn.ts";
import { findPublication } from "./publication.ts";
import { type LogFlow, startFlow } from "./sender.ts";
import { freeSlot, openSender, requireChangeLog } from "./slot.ts";

type Request = {
  table: string;
  columns?: readonly string[];
  name: string;
  from: string;
  shape: string;
  signal?: AbortSignal;
};

/** How long the server may take to end the log when it is told to. */
const STOP_MS = 5_000;

/** Opens a followed table's changes after a position, up to where the log ends now. */
export async function openChanges(config: PostgresSourceConfig, request: Request): Promise<OpenedChanges> {
  const { signal, name, from } = request;
  const explain = (error: unknown): Error => (signal?.aborted ? signal.reason : readingError(config, error));
  const sessions: Session[] = [];
  const close = async () => {
    await Promise.all(sessions.map((session) => session.close()));
  };
  try {
    const session = await connected(config, { signal });
    sessions.push(session);
    await session.client.query(EXACT_TEXT.replaceAll("set local", "set"));
    const head = await prepare(session, request);
    const table = await followedTable(session, config, request);
    requireFit(table, request.shape);
    const publication = await findPublication(session, table, name);
    if (publication === undefined) throw lost(`no publication tells all changes of ${table.stream} any more`);
    const told = { columns: columnsOf(table), key: table.key, shape: shapeOf(table) };
    const start = parseLsn(from);
    if (head <= start)
      return { ...told, batches: nothingNew(from), acknowledge: async () => undefined, close };
    const sender = await openSender(config, signal);
    sessions.push(sender);
    const texts = new CellTexts(table.columns);
    let flow: LogFlow | undefined;
    const queue = new BatchQueue((held) => (held ? flow?.pause() : flow?.resume()));
    const decoder = new Decoder(table, texts);
    let open = false;
    flow = await startFlow(
      sender,
      { slot: name, publication, from: start },
      {
        message: (bytes) => {
          try {
            const decoded = decoder.read(bytes);
            if (bytes[0] === BEGIN) open = true;
            if (!decoded) return;
            if ("change" in decoded) queue.add(decoded.change, bytes.length);
            else {
              open = false;
              if (decoded.committed >= head) queue.end({ position: formatLsn(decoded.committed) });
              else queue.committed(formatLsn(decoded.committed));
            }
          } catch (error) {
            queue.end({ error: explain(error) });
          }
        },
        reached: (lsn) => {
          if (lsn >= head && !open) queue.end({ position: formatLsn(head) });
        },
        ended: (error) => queue.end({ error: explain(lostError(error, name) ?? error) }),
      },
    );
    const { confirm, stop } = flow;
    return {
      ...told,
      batches: asked(queue.batches(), texts, session, explain),
      acknowledge: async (position) => confirm(parseLsn(position)),
      close: async () => {
        const late = new Promise((resolve) => setTimeout(resolve, STOP_MS, "late").unref());
        if ((await Promise.race([stop(), late])) === "late") await sender.abort();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw explain(error);
  }
}

const BEGIN = 0x42;

/** Looks whether the log still has everything after a position. @returns where it ends now */
async function prepare(session: Session, { name, from, signal }: Request): Promise<bigint> {
  await requireChangeLog(session);
  const slot = await freeSlot(session, name, signal);
  if (!slot) throw lost(`the replication slot ${name} is not there any more`);
  if (slot.lost)
    throw lost(`the replication slot ${name} was given up by the server (max_slot_wal_keep_size)`);
  if (slot.confirmed > parseLsn(from))
    throw lost(`the replication slot ${name} is further than the destination`);
  return logEnd(session);
}

const UNWRITTEN = `select case when pg_is_in_recovery() then false else pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() end as unwritten`;
const END = `select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end)::text as head`;
/** A transaction of nothing that waits until the log is written: all that was committed before it is written then, too. */
const WRITE =
  "begin; set local synchronous_commit = local; select pg_logical_emit_message(true, 'penstock', ''); commit";

/** Where the log ends, with all that can be seen now in it: a commit with `synchronous_commit = off` is written later. */
async function logEnd(session: Session): Promise<bigint> {
  const { rows: before } = await session.client.query<{ unwritten: boolean }>(UNWRITTEN);
  // Who may not write there finds in the next run what is not written yet.
  if (before[0]?.unwritten) await session.client.query(WRITE).catch(() => session.client.query("rollback"));
  const { rows } = await session.client.query<{ head: string }>(END);
  return parseLsn(rows[0]?.head ?? "0/0");
}

const columnsOf = ({ columns }: FollowedTable): OpenedChanges["columns"] =>
  columns.map(({ name, type, note }) => ({ name, type, ...(note && { note }) }));

async function* nothingNew(position: string): AsyncGenerator<ChangeBatch> {
  yield { changes: [], position };
}

async function* asked(
  batches: AsyncIterable<ChangeBatch>,
  texts: CellTexts,
  session: Session,
  explain: (error: unknown) => Error,
): AsyncGenerator<ChangeBatch> {
  for await (const batch of batches) {
    if (texts.asks) {
      const rows = batch.changes.flatMap((change): Cells[] => ("row" in change ? [change.row] : []));
      await texts.ask(session, rows).catch((error: unknown) => {
        throw explain(error);
      });
    }
    yield batch;
  }
}

function lost(why: string, cause?: unknown): DataError {
  return new DataError("changes_lost", `Changes of the source are lost: ${why}`, {
    hint: "The table is read anew",
    cause,
  });
}

/** What the server says when it cannot go on from there. */
function lostError(error: unknown, slot: string): DataError | undefined {
  const words = error instanceof Error ? error.message : String(error);
  if (!["42704", "55000", "58P01"].includes(codeOf(error))) return undefined;
  return lost(`the replication slot ${slot} cannot be read: ${words}`, error);
}
