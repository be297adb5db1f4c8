import type pg from "pg";
import { postgresType, sqlIdentifier } from "#lib/ir/index.ts";
import { copyIn } from "./copy-in.ts";
import type { LoadInput } from "./loader.ts";

/** The table of a transaction's own in which rows are looked at before they go where they belong. */
export const STAGE = "pg_temp._penstock_stage";

/** Brings the rows there. @returns how many. */
export async function stageRows(client: pg.Client, input: LoadInput): Promise<number> {
  const types = input.rows.columns.map(({ name, type }) => `${sqlIdentifier(name)} ${postgresType(type)}`);
  await client.query(`create temporary table _penstock_stage (${types.join(", ")}) on commit drop`);
  return copyIn(client, STAGE, input, true);
}
