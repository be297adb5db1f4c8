import type { TablePort } from "../connector.ts";
import { type PostgresSourceConfig, postgresSpec } from "../specs/postgres.ts";
import { followPostgres } from "./changes/follow.ts";
import { checkPostgres } from "./check.ts";
import { discoverPostgres, postgresNames } from "./discover.ts";
import { previewPostgres } from "./preview.ts";
import { postgresHighest, readPostgres } from "./read.ts";

/** PostgreSQL as a source. */
export const postgresConnector: TablePort<PostgresSourceConfig> = {
  family: "table",
  spec: postgresSpec,
  check: checkPostgres,
  discover: discoverPostgres,
  names: postgresNames,
  preview: previewPostgres,
  read: readPostgres,
  highest: postgresHighest,
  follow: followPostgres,
};
