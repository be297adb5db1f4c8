import { sqlIdentifier } from "#lib/ir/index.ts";
import { DataError } from "../../data-error.ts";
import { codeOf } from "../../network/coded-error.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import type { Session } from "../session.ts";
import type { FollowedTable } from "./followed-table.ts";

/** Those that tell every change of a table, whole: our own first, then those of the fewest tables. */
const USABLE = `select p.pubname as name from pg_publication p
  join pg_publication_tables t on t.pubname = p.pubname
  left join pg_publication_rel r on r.prpubid = p.oid and r.prrelid = $1::oid
  where (t.schemaname, t.tablename) = (select n.nspname, c.relname from pg_class c
      join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid)
    and p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate
    and to_jsonb(r)->>'prqual' is null and to_jsonb(r)->>'prattrs' is null
  order by p.pubname <> $2, (select count(*) from pg_publication_tables o where o.pubname = p.pubname) limit 1`;

/** A privilege that is missing, or a server that only follows another one. */
const MAY_NOT = ["42501", "25006"];

/** The publication that tells a table's changes, if there is one. */
export async function findPublication(
  session: Session,
  { oid }: FollowedTable,
  name: string,
): Promise<string | undefined> {
  const { rows } = await session.client.query<{ name: string }>(USABLE, [oid, name]);
  return rows[0]?.name;
}

/**
 * Makes one for the table alone; who may not, uses one that is there.
 * @throws DataError `no_publication`
 */
export async function ensurePublication(
  session: Session,
  { username }: PostgresSourceConfig,
  table: FollowedTable,
  name: string,
): Promise<void> {
  const statement = (as: string) => `CREATE PUBLICATION ${sqlIdentifier(as)} FOR TABLE ${table.sql}`;
  if ((await findPublication(session, table, name)) === name) return;
  try {
    await session.client.query(`drop publication if exists ${sqlIdentifier(name)}`);
    await session.client.query(statement(name));
  } catch (error) {
    if (!MAY_NOT.includes(codeOf(error))) throw error;
    if (await findPublication(session, table, name)) return;
    throw new DataError(
      "no_publication",
      `${username} may not publish ${table.stream}, and no publication tells all of its changes`,
      { hint: `Have the table's owner run: ${statement("penstock")}`, cause: error },
    );
  }
}

/** Removes our own, where we may. */
export async function dropPublication(session: Session, name: string): Promise<void> {
  await session.client.query(`drop publication if exists ${sqlIdentifier(name)}`).catch((error: unknown) => {
    if (!MAY_NOT.includes(codeOf(error))) throw error;
  });
}
