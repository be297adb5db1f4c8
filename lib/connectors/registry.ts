import type { ConnectorName } from "#lib/ir/schema.ts";
import { azureBlobConnector } from "./azure-blob/azure-blob.ts";
import type { ConnectorPort, FilePort, TablePort } from "./connector.ts";
import { DataError } from "./data-error.ts";
import { ftpConnector } from "./ftp/ftp.ts";
import { gcsConnector } from "./gcs/gcs.ts";
import { httpPullConnector } from "./http-pull/http-pull.ts";
import { localFsConnector } from "./local-fs/local-fs.ts";
import { mysqlConnector } from "./mysql/mysql.ts";
import { postgresConnector } from "./postgres/postgres.ts";
import { s3Connector } from "./s3/s3.ts";
import { sftpConnector } from "./sftp/sftp.ts";
import { snowflakeConnector } from "./snowflake/snowflake.ts";

/** A port whose configuration was checked against its spec. */
type AnyPort = TablePort<never> | FilePort<never>;

const ports = {
  postgres: postgresConnector,
  mysql: mysqlConnector,
  snowflake: snowflakeConnector,
  s3: s3Connector,
  gcs: gcsConnector,
  azure_blob: azureBlobConnector,
  sftp: sftpConnector,
  ftp: ftpConnector,
  http_pull: httpPullConnector,
  local_fs: localFsConnector,
} satisfies Record<ConnectorName, AnyPort>;

/** The port of a connector. @throws DataError `unknown_connector` */
export function connectorOf(name: string): ConnectorPort<Record<string, unknown>> {
  const port = Object.hasOwn(ports, name) ? ports[name as ConnectorName] : undefined;
  if (!port) throw new DataError("unknown_connector", `There is no connector "${name}"`);
  return port as unknown as ConnectorPort<Record<string, unknown>>;
}
