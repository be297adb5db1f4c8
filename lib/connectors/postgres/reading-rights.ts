import { sqlIdentifier } from "#lib/ir/index.ts";
import { FoundError } from "./findings.ts";
import type { PostgresLogin } from "./login.ts";
import type { Session } from "./session.ts";

/** Everything that can be read like a table; partitions are read with the table that they are of. */
export const READABLE_KINDS =
  "c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'";

/** Whether the user may read any of its columns. */
export const MAY_READ =
  "(has_schema_privilege(n.oid, 'USAGE') and (has_table_privilege(c.oid, 'SELECT') or has_any_column_privilege(c.oid, 'SELECT')))";

/** What a user may read: the figures, and names for the sentences about what is missing. */
export type ReadingRights = {
  /** Whether the schema asked for is there; true without one. */
  schemaThere: boolean;
  /** Whether the schema asked for may be entered; true without one. */
  enterable: boolean;
  /** Schemas that are there, a few. */
  schemas: string[];
  tables: number;
  readable: number;
  /** The first schema that holds tables and may not be entered. */
  closedSchema: string | null;
  /** The first schema that may be entered and holds tables that may not be read. */
  unreadSchema: string | null;
};

/** Counts what is there and what of it may be read, in one schema or in all. */
export async function readingRights(session: Session, schema: string | undefined): Promise<ReadingRights> {
  const { rows } = await session.client.query<ReadingRights>(
    `with seen as (
       select n.nspname, has_schema_privilege(n.oid, 'USAGE') as usable, ${MAY_READ} as readable
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where ${READABLE_KINDS} and ($1::text is null or n.nspname = $1))
     select ($1::text is null or exists (select from pg_namespace where nspname = $1)) as "schemaThere",
       coalesce((select has_schema_privilege(oid, 'USAGE') from pg_namespace where nspname = $1), true) as enterable,
       array(select nspname::text from pg_namespace where nspname <> 'information_schema' and nspname !~ '^pg_'
         order by 1 limit 10) as schemas,
       count(*)::int as tables, (count(*) filter (where readable))::int as readable,
       min(nspname) filter (where not usable) as "closedSchema",
       min(nspname) filter (where usable and not readable) as "unreadSchema"
     from seen`,
    [schema ?? null],
  );
  return rows[0] as ReadingRights;
}

/** @throws FoundError `unknown_schema`, `no_usage`, `no_select`, where nothing at all can be read because of it */
export function judgeRights(rights: ReadingRights, login: PostgresLogin, schema: string | undefined): string {
  const { username, database } = login;
  const { tables, readable } = rights;
  if (!rights.schemaThere)
    throw new FoundError({
      code: "unknown_schema",
      field: "schema",
      message: `There is no schema named ${schema} in the database ${database}.`,
      fix: `Leave the schema out, or choose one of: ${rights.schemas.join(", ") || "none is there"}.`,
    });
  if (!rights.enterable && schema !== undefined)
    throw lacksGrant({ ...rights, closedSchema: schema }, username);
  if (tables === 0) return `${username} may look, but there is no table${within(schema)} yet.`;
  if (readable > 0)
    return `${username} can read ${readable === tables ? `all ${tables}` : `${readable} of ${tables}`} tables and views${within(schema)}.`;
  throw lacksGrant(rights, username);
}

function lacksGrant(rights: ReadingRights, username: string): FoundError {
  const { closedSchema, unreadSchema } = rights;
  const [code, missing] =
    unreadSchema === null
      ? (["no_usage", `may not enter the schema ${closedSchema}`] as const)
      : (["no_select", `may not read any table in the schema ${unreadSchema}`] as const);
  return new FoundError({
    code,
    field: "username",
    message: `${username} ${missing}. Missing: ${grants(rights, username)[0]}`,
    fix: `Have the schema's owner run: ${grants(rights, username).join("; ")}`,
  });
}

const within = (schema: string | undefined) => (schema === undefined ? "" : ` in the schema ${schema}`);

/** The statements that would let the user read, the first missing one first. */
export function grants({ closedSchema, unreadSchema }: ReadingRights, username: string): string[] {
  const name = unreadSchema ?? closedSchema;
  if (name === null) return [];
  const [schema, user] = [sqlIdentifier(name), sqlIdentifier(username)];
  const select = `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user}`;
  return unreadSchema === null ? [`GRANT USAGE ON SCHEMA ${schema} TO ${user}`, select] : [select];
}
