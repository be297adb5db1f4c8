import type { ConnectorName, TableRef } from "#lib/ir/schema.ts";

/** What a dataset is called outside of Penstock: https://openlineage.io/docs/spec/naming */
export type DatasetName = { namespace: string; name: string };

/** What of a connection tells where it leads; secrets are not asked for. */
export type PlaceFields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

const server = ({ host, port }: PlaceFields, usual: number): string => {
  const name = text(host) ?? "unknown";
  return `${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}:${text(port) ?? usual}`;
};

/** A table of a PostgreSQL: its name holds database and schema. */
export function postgresTableName(config: PlaceFields, { schema, name }: TableRef): DatasetName {
  const database = text(config.database) ?? "postgres";
  return {
    namespace: `postgres://${server(config, 5432)}`,
    name: `${database}.${schema ?? text(config.schema) ?? "public"}.${name}`,
  };
}

/**
 * The name of a table that a saved source reads, by its connection.
 * @param config the source's fields; secrets may be missing.
 */
export function tableDatasetName(
  connector: ConnectorName,
  config: PlaceFields,
  table: TableRef,
): DatasetName {
  if (connector === "mysql")
    return {
      namespace: `mysql://${server(config, 3306)}`,
      name: `${table.schema ?? text(config.database) ?? "mysql"}.${table.name}`,
    };
  if (connector === "snowflake") {
    const schema = table.schema ?? text(config.schema);
    return {
      namespace: `snowflake://${text(config.account) ?? "unknown"}`,
      name: [text(config.database), schema, table.name].filter(Boolean).join("."),
    };
  }
  return postgresTableName(config, table);
}

/** A file, or the folder and the pattern by which files are found in it, as one path. */
const joined = (...parts: (string | undefined)[]): string =>
  parts
    .filter(Boolean)
    .join("/")
    .replace(/\/{2,}/g, "/");
const key = (...parts: (string | undefined)[]): string => joined(...parts).replace(/^\//, "");

/**
 * The name of the files that a source node reads. Several files of one pattern are one dataset, called by the pattern.
 * @param config the saved source's fields; undefined for files of this machine.
 */
export function fileDatasetName(
  connector: ConnectorName,
  config: PlaceFields | undefined,
  { path, pattern }: { path?: string; pattern?: { value: string } },
): DatasetName {
  const fields = config ?? {};
  const value = pattern?.value;
  switch (connector) {
    case "s3":
      return { namespace: `s3://${text(fields.bucket) ?? "unknown"}`, name: key(path, value) };
    case "gcs":
      return { namespace: `gs://${text(fields.bucket) ?? "unknown"}`, name: key(path, value) };
    case "azure_blob":
      return {
        namespace: `wasbs://${text(fields.container) ?? "unknown"}@${text(fields.account) ?? "unknown"}.dfs.core.windows.net`,
        name: key(path, value),
      };
    case "sftp":
    case "ftp":
      return {
        namespace: `file://${text(fields.host) ?? "unknown"}`,
        name: joined(path ?? text(fields.path), value),
      };
    case "http_pull": {
      const url = URL.canParse(text(fields.url) ?? "") ? new URL(String(fields.url)) : undefined;
      // The origin alone: what stands before the host, or after the path, may be a secret.
      const folder = url?.pathname.endsWith("/") ?? true;
      return {
        namespace: url?.origin ?? "http://unknown",
        name: folder ? joined(url?.pathname, path, value) || "/" : (url?.pathname ?? "/"),
      };
    }
    default:
      return { namespace: "file", name: joined(path, value) || "/" };
  }
}
