import { sqlIdentifier } from "#lib/ir/index.ts";
import { codeOf } from "../network/coded-error.ts";
import { type Finding, ownWords } from "../staged-check.ts";
import { FoundError } from "./findings.ts";
import { MAY_READ, READABLE_KINDS } from "./reading-rights.ts";
import type { Session } from "./session.ts";

/** Tables that are tried for a first row, plain tables with rows first. */
const TRIED = 5;
const TRIED_MS = 5_000;

/** Reads one row of one readable table, and says of which; one that is empty, locked or broken is passed over. */
export async function readFirstRow(session: Session, schema: string | undefined): Promise<string> {
  const { client } = session;
  const { rows } = await client.query<{ schema: string; name: string; columns: string | null }>(
    `select n.nspname as schema, c.relname as name,
       (select string_agg(quote_ident(a.attname), ', ') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
         and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'SELECT')) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${READABLE_KINDS} and ($1::text is null or n.nspname = $1) and ${MAY_READ}
     order by array_position('{r,m,p,v,f}', c.relkind::text), c.reltuples = 0, c.relname limit ${TRIED}`,
    [schema ?? null],
  );
  if (rows.length === 0) return "There is nothing to read yet.";
  let failed: FoundError | undefined;
  for (const { schema: inside, name, columns } of rows) {
    try {
      const table = `${sqlIdentifier(inside)}.${sqlIdentifier(name)}`;
      if (await hasRow(session, `select ${columns ?? "1"} from ${table} limit 1`))
        return `Read a row of ${inside}.${name}.`;
    } catch (error) {
      if (!/^[0-9A-Z]{5}$/.test(codeOf(error)) || codeOf(error).startsWith("57P")) throw error;
      failed ??= new FoundError(unreadable(`${inside}.${name}`, error));
    }
  }
  if (failed) throw failed;
  return "What was looked into has no rows yet.";
}

function unreadable(table: string, error: unknown): Finding {
  if (["57014", "55P03"].includes(codeOf(error)))
    return {
      code: "slow_server",
      message: `${table} did not give a row in ${TRIED_MS / 1000} seconds.`,
      fix: "Try again when the server is less busy or the table no longer locked.",
    };
  return {
    code: "unreadable_row",
    message: `A row of ${table} cannot be read: ${ownWords(error)}`,
    fix: `Look at ${table} on the server; if it is a view, at what it computes and reads.`,
  };
}

/** Within a time: a view may take minutes to its first row, and a table may be locked. */
async function hasRow({ client }: Session, question: string): Promise<boolean> {
  try {
    const answers = (await client.query(
      `begin read only; set local statement_timeout = ${TRIED_MS}; ${question}; commit`,
    )) as unknown as { rows: unknown[] }[];
    return answers.some(({ rows }) => rows.length > 0);
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
