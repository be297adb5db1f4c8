import type { StreamPage } from "../shapes.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { grants, readingRights } from "./reading-rights.ts";
import type { Session } from "./session.ts";

/** Of a catalogue without a stream: what was asked for, and why nothing may be there. */
export async function emptyCauses(
  session: Session,
  { database, schema, username }: PostgresSourceConfig,
  filter: string | undefined,
  names: readonly string[] | undefined,
): Promise<Pick<StreamPage, "query" | "causes">> {
  const rights = await readingRights(session, schema);
  const conditions = [
    `tables, views, materialized views and foreign tables of the database ${database}`,
    schema === undefined ? "in every schema but PostgreSQL's own" : `in the schema ${schema}`,
    `that ${username} may SELECT`,
    filter && `with "${filter}" in the name`,
    names && `named ${names.join(", ")}`,
  ].filter(Boolean);
  const unread = rights.tables - rights.readable;
  const causes = [
    !rights.schemaThere &&
      `There is no schema named ${schema}. There are: ${rights.schemas.join(", ") || "none"}.`,
    rights.schemaThere &&
      rights.tables === 0 &&
      (schema === undefined
        ? `The database ${database} has no tables yet.`
        : `The schema ${schema} has no tables; others may have: ${rights.schemas.join(", ")}.`),
    unread > 0 &&
      `${unread} tables are there that ${username} may not read. Missing: ${grants(rights, username).join("; ")}`,
    rights.readable > 0 && `${rights.readable} others are there; none is named like that.`,
  ].filter((cause) => typeof cause === "string");
  return { query: conditions.join(", "), causes };
}
