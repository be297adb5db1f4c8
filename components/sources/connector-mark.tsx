import { Group, Text } from "@mantine/core";
import {
  IconBrandAws,
  IconBrandAzure,
  IconBrandGoogle,
  IconBrandMysql,
  IconBrandSnowflake,
  IconDatabase,
  IconFolder,
  IconPlug,
  IconServer,
  IconTransfer,
  IconWorldDownload,
} from "@tabler/icons-react";
import type { ConnectorName } from "#lib/ir/schema.ts";

// Beside the specs, which bring their whole schemas along: a list needs a name and a picture.
const marks = {
  postgres: ["PostgreSQL", IconDatabase],
  mysql: ["MySQL", IconBrandMysql],
  snowflake: ["Snowflake", IconBrandSnowflake],
  s3: ["Amazon S3", IconBrandAws],
  gcs: ["Google Cloud Storage", IconBrandGoogle],
  azure_blob: ["Azure Blob Storage", IconBrandAzure],
  sftp: ["SFTP", IconServer],
  ftp: ["FTP", IconTransfer],
  http_pull: ["HTTP", IconWorldDownload],
  local_fs: ["Local files", IconFolder],
} satisfies Record<ConnectorName, [string, typeof IconDatabase]>;

/** The name of a connector as people write it. Unknown ones are shown as they are. */
export function connectorTitle(name: string): string {
  return marks[name as ConnectorName]?.[0] ?? name;
}

/** A connector's picture; its name stands beside it. */
export function ConnectorIcon({ name, size = 16 }: { name: string; size?: number }) {
  const Icon = marks[name as ConnectorName]?.[1] ?? IconPlug;
  return <Icon size={size} stroke={1.7} aria-hidden style={{ flex: "none" }} />;
}

/** A connector by picture and name. */
export function ConnectorMark({ name }: { name: string }) {
  return (
    <Group gap={7} wrap="nowrap" component="span" display="inline-flex">
      <ConnectorIcon name={name} />
      <Text component="span" inherit style={{ whiteSpace: "nowrap" }}>
        {connectorTitle(name)}
      </Text>
    </Group>
  );
}
