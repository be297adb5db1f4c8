import { setTimeout as delay } from "node:timers/promises";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { DataError } from "../../data-error.ts";
import { codeOf } from "../../network/coded-error.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import type { Session } from "../session.ts";
import { connected } from "../with-session.ts";
import { parseLsn } from "./lsn.ts";

const LET_GO_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** What the server keeps for a follower. */
export type Slot = { active: number | null; lost: boolean; confirmed: bigint };

/** @throws DataError `no_change_log`: the server writes no log that could be followed */
export async function requireChangeLog(session: Session): Promise<void> {
  const { rows } = await session.client.query<{ level: string; version: number }>(
    "select current_setting('wal_level') as level, current_setting('server_version_num')::int as version",
  );
  const { level, version } = rows[0] ?? { level: "", version: 0 };
  if (version < 130_000)
    throw new DataError(
      "no_change_log",
      "Changes can be followed from PostgreSQL 13 on, and this server is older",
    );
  if (level !== "logical")
    throw new DataError(
      "no_change_log",
      `The server's wal_level is ${level}: its log does not tell the changes of rows`,
      {
        hint: "Have whoever runs it set wal_level = logical and restart it (in managed services often a parameter named logical_replication)",
      },
    );
}

/** Looks at a slot of this database. */
export async function findSlot(session: Session, name: string): Promise<Slot | undefined> {
  const { rows } = await session.client.query<{
    active: number | null;
    status: string | null;
    confirmed: string | null;
  }>(
    `select active_pid as active, wal_status as status, confirmed_flush_lsn::text as confirmed
     from pg_replication_slots where slot_name = $1 and database = current_database()`,
    [name],
  );
  const [found] = rows;
  if (!found) return undefined;
  const { active, status, confirmed } = found;
  return { active, lost: status === "lost" || confirmed === null, confirmed: parseLsn(confirmed ?? "0/0") };
}

/** Ends whoever still reads from a slot: nobody but a worker that is no more. @throws DataError `slot_busy` */
export async function freeSlot(
  session: Session,
  name: string,
  signal?: AbortSignal,
): Promise<Slot | undefined> {
  const until = performance.now() + LET_GO_MS;
  for (;;) {
    const slot = await findSlot(session, name);
    if (!slot || slot.active === null) return slot;
    await session.client.query("select pg_terminate_backend($1)", [slot.active]).catch(() => undefined);
    if (performance.now() > until)
      throw new DataError("slot_busy", `Somebody else reads from the replication slot ${name}`, {
        retryable: true,
        hint: "Wait until the server notices that the reader is gone, or end it by pg_terminate_backend",
      });
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** Removes a slot; nothing there, nothing happens. */
export async function dropSlot(session: Session, name: string, signal?: AbortSignal): Promise<void> {
  if (!(await freeSlot(session, name, signal))) return;
  try {
    await session.client.query("select pg_drop_replication_slot($1)", [name]);
  } catch (error) {
    if (codeOf(error) !== "42704") throw error;
  }
}

/** Opens a session that can read the log. @throws DataError `no_replication`, `no_free_slot`, or of signing in */
export async function openSender(config: PostgresSourceConfig, signal?: AbortSignal): Promise<Session> {
  try {
    return await connected(config, { signal, replication: true });
  } catch (error) {
    throw slotError(config, error) ?? error;
  }
}

/**
 * Makes a slot. The state of the database at its position can be read until the session does anything else.
 * @throws DataError `no_replication`, `no_free_slot`
 */
export async function createSlot(
  sender: Session,
  config: PostgresSourceConfig,
  name: string,
): Promise<{ position: string; snapshot: string }> {
  try {
    const { rows } = await sender.client.query<{ consistent_point: string; snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT ${sqlIdentifier(name)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
    );
    const [made] = rows;
    if (!made) throw new Error("The server made no slot");
    return { position: made.consistent_point, snapshot: made.snapshot_name };
  } catch (error) {
    throw slotError(config, error) ?? error;
  }
}

function slotError({ username }: PostgresSourceConfig, error: unknown): DataError | undefined {
  const cause = error instanceof DataError && error.cause ? error.cause : error;
  const state = codeOf(cause);
  const words = cause instanceof Error ? cause.message : String(cause);
  if (state === "42501")
    return new DataError("no_replication", `${username} may not read the change log: ${words}`, {
      hint: `Have a superuser run: ALTER ROLE ${sqlIdentifier(username)} REPLICATION (in managed services a role such as rds_replication is granted instead)`,
      cause,
    });
  if (state === "53400" || (state === "53300" && /wal.?sender/i.test(words)))
    return new DataError("no_free_slot", `The server lets nobody else follow its changes: ${words}`, {
      hint: "Have whoever runs it raise max_replication_slots and max_wal_senders, or drop slots that nobody uses",
      retryable: true,
      cause,
    });
  return undefined;
}
