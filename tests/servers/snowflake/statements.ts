import type { Duckdb } from "#lib/duckdb.ts";
import { refuse } from "./refusal.ts";
import type { Session, SnowflakeAccount } from "./sessions.ts";

const PARAMETERS = new Set([
  ...["TIMEZONE", "DATE_OUTPUT_FORMAT", "TIME_OUTPUT_FORMAT", "TIMESTAMP_NTZ_OUTPUT_FORMAT", "QUERY_TAG"],
  ...["TIMESTAMP_LTZ_OUTPUT_FORMAT", "TIMESTAMP_TZ_OUTPUT_FORMAT", "BINARY_OUTPUT_FORMAT"],
]);

/** What a statement gives: the names of its columns and its rows, every value as text. */
export type Answered = { columns: string[]; rows: (string | null)[][] };

/** Runs a statement of a session: in DuckDB, but for what sets the session. */
export async function runStatement(
  account: SnowflakeAccount,
  duckdb: Duckdb,
  session: Session,
  sql: string,
): Promise<Answered> {
  const set = setSession(account, session, sql);
  if (set) return { columns: ["status"], rows: [["status", set]] };
  if (!session.warehouse && !/INFORMATION_SCHEMA|^SHOW /.test(sql)) {
    refuse(
      "000606",
      "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
      "57P03",
    );
  }
  const blind = account.blindRoles?.includes(session.role) && !/INFORMATION_SCHEMA|^SHOW /.test(sql);
  const table = /FROM "[^"]*"\."[^"]*"\."([^"]*)"/.exec(sql)?.[1];
  if (blind && table) {
    refuse(
      "003001",
      `SQL access control error:\nInsufficient privileges to operate on table '${table}'`,
      "42501",
    );
  }
  const database = account.database;
  const run = sql
    .replaceAll(`"${database}".INFORMATION_SCHEMA.`, "snowflake_views.")
    .replace(/^SHOW PRIMARY KEYS IN SCHEMA "[^"]*"\.("[^"]*")$/, (_all, schema: string) => {
      const name = schema.slice(1, -1).replaceAll("'", "''");
      return `SELECT * FROM snowflake_views.primary_keys WHERE schema_name='${name}'`;
    });
  // A session of its own: a second query on the same one would end the first in mid-answer, without a word.
  const engine = await duckdb.session();
  const rows: Answered["rows"] = [];
  let columns: string[] = [];
  try {
    const described = await engine.rows<{ column_name: string }>(`describe ${run}`);
    columns = described.map((row) => row.column_name);
    for await (const batch of engine.batches(run)) {
      for (const row of batch)
        rows.push(columns.map((name) => (row[name] == null ? null : String(row[name]))));
    }
  } finally {
    engine.close();
  }
  return { columns, rows };
}

/** USE and ALTER SESSION; what is not there is refused as Snowflake refuses it. */
function setSession(account: SnowflakeAccount, session: Session, sql: string): string | undefined {
  const missing = () =>
    refuse(
      "002043",
      "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
      "02000",
    );
  const use = /^USE (WAREHOUSE|DATABASE|SCHEMA) (?:"([^"]*)"\.)?"([^"]*)"$/.exec(sql);
  if (use) {
    const [, kind, parent, name = ""] = use;
    const { warehouses, database, schemas } = account;
    if (kind === "WAREHOUSE") {
      if (!warehouses[name]) missing();
      if (warehouses[name] === "running") session.warehouse = name;
    } else if (kind === "DATABASE") {
      if (name !== database) missing();
      session.database = name;
    } else {
      if (parent !== database || !schemas.includes(name)) missing();
      session.schema = name;
    }
    return "Statement executed successfully.";
  }
  if (!sql.startsWith("ALTER SESSION SET ")) return undefined;
  for (const [, name = ""] of sql.slice(18).matchAll(/([A-Z_]+)='[^']*'/g)) {
    if (!PARAMETERS.has(name))
      refuse("001008", `SQL compilation error:\ninvalid parameter '${name}'`, "22023");
  }
  return "Statement executed successfully.";
}
