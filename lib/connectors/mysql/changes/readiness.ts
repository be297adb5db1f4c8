import { DataError } from "../../data-error.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import { ownWords } from "../../staged-check.ts";
import type { MysqlLink } from "../connect-mysql.ts";
import { quoteName } from "../quote.ts";
import type { FilePlace } from "./log-position.ts";
import type { TableFacts } from "./table-shape.ts";
import { baseOf, isFollowed } from "./value-decoders.ts";

/** Where a server's log ends now, and what it is known by. */
export type LogState = { end: FilePlace; caseless: boolean; server: string };

/**
 * Whether a server logs the changes of a database row by row, with all their values.
 * @throws DataError `no_change_log`, `no_change_log`, `no_replication`
 */
export async function requireLog(link: MysqlLink, config: MysqlSourceConfig): Promise<LogState> {
  const { mariadb } = link.greeting;
  const [settings] = await link.query(
    "SELECT @@log_bin,@@global.binlog_format,@@global.binlog_row_image,@@lower_case_table_names,@@log_slave_updates," +
      (mariadb ? "@@server_id,@@gtid_slave_pos,''" : "@@server_uuid,'',@@global.binlog_row_value_options"),
  );
  const [logs, format, image, lower, relays, server, replicated, partial] = settings ?? [];
  if (logs !== "1") {
    throw new DataError("no_change_log", "The server keeps no binary log, so nothing can be followed.", {
      hint: "Set log_bin and binlog_format=ROW in the server's configuration, and start it anew.",
    });
  }
  const wrong = [
    ...(format?.toUpperCase() === "ROW" ? [] : [`binlog_format is ${format} and has to be ROW`]),
    ...(image?.toUpperCase() === "FULL" ? [] : [`binlog_row_image is ${image} and has to be FULL`]),
    ...(partial ? [`binlog_row_value_options is ${partial} and has to be empty`] : []),
    ...(replicated && relays !== "1" ? ["log_slave_updates is off, and this server is a replica"] : []),
  ];
  if (wrong.length > 0) {
    throw new DataError("no_change_log", `The server's binary log lacks something: ${wrong.join("; ")}.`, {
      hint: "SET GLOBAL binlog_format='ROW', binlog_row_image='FULL'; and the same in its configuration. Sessions that are open keep what they had.",
    });
  }
  const [state] = await link.query(endStatement(link.greeting)).catch((error: unknown) => {
    throw missingPrivilege(config, error) ?? error;
  });
  const [file, at, only, ignored] = state ?? [];
  const lists = (names: string | null | undefined) => (names ?? "").split(",").filter(Boolean);
  if (
    lists(ignored).includes(config.database) ||
    (lists(only).length > 0 && !lists(only).includes(config.database))
  ) {
    throw new DataError("no_change_log", `The server's binary log leaves out ${config.database}.`, {
      hint: "Take it out of binlog_ignore_db, or put it into binlog_do_db, in the server's configuration.",
    });
  }
  return {
    end: { file: file ?? "", at: Number(at ?? 0) },
    ...{ caseless: lower !== "0", server: server ?? "" },
  };
}

/** MySQL has another name for it from 8.2 on, and only that one from 8.4 on. */
function endStatement({ mariadb, version }: MysqlLink["greeting"]): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return !mariadb && (major > 8 || (major === 8 && minor >= 2))
    ? "SHOW BINARY LOG STATUS"
    : "SHOW MASTER STATUS";
}

/** Errors of the server about privileges: ER_SPECIFIC_ACCESS_DENIED_ERROR, and that of an account without any. */
const DENIED = [1227, 1045];

/** The error with what to do about it, where the account may not read the log; else undefined. */
export function missingPrivilege(config: MysqlSourceConfig, error: unknown): DataError | undefined {
  if (!(error instanceof Error && "errno" in error && DENIED.includes(Number(error.errno)))) return undefined;
  const name = `'${config.username}'@'%'`;
  const message = `The account may not read the server's binary log. (${ownWords(error)})`;
  return new DataError("no_replication", message, {
    hint: `Let somebody who may run: GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${name};`,
    cause: error,
  });
}

/**
 * Whether the changes of a table are told by the log, and whether its rows can be told apart.
 * @throws DataError `not_followable`, `no_key`, `key_not_read`
 */
export function requireFollowable(
  facts: TableFacts,
  { database, table, columns }: { database: string; table: string; columns: readonly string[] },
): void {
  const name = `${database}.${table}`;
  const refuse = (message: string, hint: string) => new DataError("not_followable", message, { hint });
  if (facts.kind === "VIEW")
    throw refuse(`${name} is a view: it has no changes of its own.`, "Follow its tables.");
  if (facts.kind !== "BASE TABLE") {
    throw refuse(
      `${name} keeps its own history, and the log has that as rows.`,
      "Load it with upsert or truncate.",
    );
  }
  if (!facts.transactional) {
    throw refuse(
      `${name} is kept by ${facts.engine}, which knows no transactions: no reading of it stands at one place of the log.`,
      `ALTER TABLE ${quoteName(database)}.${quoteName(table)} ENGINE=InnoDB`,
    );
  }
  if (facts.cascades.length > 0) {
    throw refuse(
      `Foreign keys change rows of ${name} without a word in the log: ${facts.cascades.join(", ")}.`,
      "Let the application delete and change them itself (ON DELETE RESTRICT, ON UPDATE RESTRICT), or load it with upsert or truncate.",
    );
  }
  const { key } = facts.shape;
  if (key.length === 0) {
    throw new DataError(
      "not_followable",
      `${name} has no primary key: the log does not tell which row changed.`,
      {
        hint: `ALTER TABLE ${quoteName(database)}.${quoteName(table)} ADD PRIMARY KEY (…)`,
      },
    );
  }
  const left = key.filter((column) => !columns.includes(column));
  if (left.length > 0) {
    throw new DataError("key_not_read", `The key of ${name} is not among its columns: ${left.join(", ")}.`, {
      hint: "Add it to the columns that are read.",
    });
  }
  for (const { name: column, type } of facts.shape.columns) {
    if (!columns.includes(column) || (isFollowed(type) && !/mariadb-5\.3/.test(type))) continue;
    throw new DataError("not_followable", `Changes of ${column} (${baseOf(type)}) cannot be followed.`, {
      hint: /mariadb-5\.3/.test(type)
        ? `ALTER TABLE ${quoteName(database)}.${quoteName(table)} FORCE gives it today's form.`
        : "Leave it out, or load the table with upsert or truncate.",
    });
  }
}
