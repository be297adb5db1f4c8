import type { FollowRequest } from "../../connector.ts";
import type { MysqlSourceConfig } from "../../specs/mysql.ts";
import type { MysqlLink } from "../connect-mysql.ts";
import { type Chosen, chooseRows } from "../select-mysql.ts";
import { requireFollowable } from "./readiness.ts";
import { readFacts, type TableFacts, tableChanged } from "./table-shape.ts";

/**
 * The table as it stands.
 * @throws DataError if it cannot be read, or its changes cannot be followed
 */
export async function describeFollowed(
  link: MysqlLink,
  config: MysqlSourceConfig,
  request: FollowRequest,
): Promise<{ chosen: Chosen; facts: TableFacts }> {
  const { database } = config;
  const chosen = await chooseRows(link, config, request);
  const { name: table } = chosen.table;
  const facts = await readFacts(link, database, table);
  if (!facts) throw tableChanged("it is gone");
  requireFollowable(facts, { database, table, columns: chosen.columns.map(({ name }) => name) });
  return { chosen, facts };
}
