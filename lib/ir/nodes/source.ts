import { z } from "zod";
import { ColumnName, ColumnNames, Id, TableName } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

export const FILE_CONNECTORS = ["local_fs", "s3", "gcs", "azure_blob", "sftp", "ftp", "http_pull"] as const;
export const TABLE_CONNECTORS = ["postgres", "mysql", "snowflake"] as const;
export const FILE_FORMATS = ["csv", "tsv", "json", "jsonl", "parquet"] as const;

export type FileConnector = (typeof FILE_CONNECTORS)[number];
export type TableConnector = (typeof TABLE_CONNECTORS)[number];
export type ConnectorName = FileConnector | TableConnector;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** A declared column: its name as in the file and an IR type (see types.ts). */
export const DeclaredColumn = z.strictObject({
  name: ColumnName,
  type: z.string().min(1).max(64).describe("a type name such as string, integer, decimal(12,2), date"),
});

const path = z.string().min(1).max(1024);

/** How the files are read. Defaults: header true; delimiter `,` for csv; quote `"`; encoding utf-8. */
export const FormatConfig = z.strictObject({
  type: z.enum(FILE_FORMATS),
  header: z.boolean().optional().describe("the first line names the columns; default true"),
  delimiter: z.string().min(1).max(4).optional(),
  quote: z.string().length(1).optional(),
  encoding: z.string().min(1).max(32).optional().describe("default utf-8"),
  nullValues: z.array(z.string().max(64)).max(32).optional().describe("texts read as NULL"),
  columns: z.array(DeclaredColumn).min(1).max(2000).optional(),
});

export const PatternConfig = z.strictObject({
  type: z.enum(["glob", "regex", "date_template"]),
  value: z.string().min(1).max(512).describe("matched against the file name inside `path`"),
  timezone: z.string().min(1).max(64).optional().describe("IANA zone of date_template; default UTC"),
});

export const FileSourceConfig = z.strictObject({
  path: path.optional().describe("a file, or the folder in which `pattern` is looked for"),
  pattern: PatternConfig.optional(),
  ordering: z.enum(["latest_by_mtime", "fifo_by_name", "all"]).optional().describe("default all"),
  waitPolicy: z
    .strictObject({
      maxRetries: z.int().min(0).max(100),
      intervalMinutes: z.int().min(1).max(1440),
      onMissAction: z.enum(["alert", "skip", "fail"]),
    })
    .optional(),
  atomicity: z
    .strictObject({
      stagingFolder: path.optional(),
      successFolder: path.optional(),
      failureFolder: path.optional(),
    })
    .optional(),
  format: FormatConfig.optional().describe("default: told from the file's name"),
});
export type FileSourceConfig = z.infer<typeof FileSourceConfig>;

export const TableSourceConfig = z.strictObject({
  stream: TableName.describe("schema.table"),
  columns: ColumnNames.optional().describe("default: all"),
  syncMode: z.enum(["full_refresh", "incremental"]),
  cursorField: ColumnName.optional().describe("needed by incremental"),
  primaryKey: ColumnNames.optional(),
});
export type TableSourceConfig = z.infer<typeof TableSourceConfig>;

const sourceRef = z.string().min(1).max(64).optional().describe("a saved source of this tenant");

export const FileSourceNode = z.strictObject({
  id: Id,
  kind: z.literal("source"),
  connector: z.enum(FILE_CONNECTORS),
  config: FileSourceConfig,
  sourceRef,
});
export type FileSourceNode = z.infer<typeof FileSourceNode>;

export const TableSourceNode = z.strictObject({
  id: Id,
  kind: z.literal("source"),
  connector: z.enum(TABLE_CONNECTORS),
  config: TableSourceConfig,
  sourceRef,
});
export type TableSourceNode = z.infer<typeof TableSourceNode>;

/** Reads rows from files or from one table. */
export const SourceNode = z.discriminatedUnion("connector", [FileSourceNode, TableSourceNode]);
export type SourceNode = z.infer<typeof SourceNode>;

/** True for the connectors that read files. */
export function isFileSource(node: SourceNode): node is FileSourceNode {
  return (FILE_CONNECTORS as readonly string[]).includes(node.connector);
}

export const sourceKind: NodeKindDescription<SourceNode> = {
  schema: SourceNode,
  title: "Source",
  summary: "Reads rows from files or from one table.",
  edges: () => [],
  example: { id: "orders", kind: "source", connector: "local_fs", config: { path: "/tmp/orders.csv" } },
};
