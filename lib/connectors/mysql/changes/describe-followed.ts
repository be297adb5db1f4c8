import type { FollowRequest } from "../../connector.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import type { MysqlLink } from "../connect-mysql.ts";
import { quoteName } from "../quote.ts";
import { type Chosen, chooseRows } from "../select-mysql.ts";
import { requireFollowable } from "./readiness.ts";
import { readFacts, type TableFacts, tableChanged } from "./table-shape.ts";
import { type DecodeText, readCharsets } from "./text-values.ts";

/**
 * The table as it stands.
 * @throws DataError if it cannot be read, or its changes cannot be followed
 */
export async function describeFollowed(
  link: MysqlLink,
  config: MysqlSourceConfig,
  request: FollowRequest,
): Promise<{ chosen: Chosen; facts: TableFacts; charsets: Map<string, DecodeText> }> {
  const { database } = config;
  const chosen = await chooseRows(link, config, request);
  const { name: table } = chosen.table;
  // The catalogue hides columns that the account may not read, and the log's rows have them all.
  await link.query(`SELECT * FROM ${quoteName(database)}.${quoteName(table)} LIMIT 0`);
  const facts = await readFacts(link, database, table);
  if (!facts) throw tableChanged("it is gone");
  const columns = chosen.columns.map(({ name }) => name);
  requireFollowable(facts, { database, table, columns });
  const texts = facts.shape.columns.filter(({ name }) => columns.includes(name));
  const charsets = await readCharsets(
    link,
    texts.flatMap(({ charset }) => charset ?? []),
  );
  return { chosen, facts, charsets };
}
