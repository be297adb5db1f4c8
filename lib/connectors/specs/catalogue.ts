import type { ConnectorName } from "#lib/ir/schema.ts";
import type { ConnectorSpec } from "../spec.ts";
import { azureBlobSpec } from "./azure-blob.ts";
import { ftpSpec } from "./ftp.ts";
import { gcsSpec } from "./gcs.ts";
import { httpPullSpec } from "./http-pull.ts";
import { localFsSpec } from "./local-fs.ts";
import { mysqlSpec } from "./mysql.ts";
import { postgresSpec } from "./postgres.ts";
import { s3Spec } from "./s3.ts";
import { sftpSpec } from "./sftp.ts";
import { snowflakeSpec } from "./snowflake.ts";

/** Every connector of the pipeline language, in the order in which they are offered. */
export const connectorSpecs = {
  postgres: postgresSpec,
  mysql: mysqlSpec,
  snowflake: snowflakeSpec,
  s3: s3Spec,
  gcs: gcsSpec,
  azure_blob: azureBlobSpec,
  sftp: sftpSpec,
  ftp: ftpSpec,
  http_pull: httpPullSpec,
  local_fs: localFsSpec,
} satisfies Record<ConnectorName, ConnectorSpec>;
