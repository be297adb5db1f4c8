import type { Capability } from "./capability.ts";
import { PROVEN_LOADS } from "./proven-loads.ts";

const can =
  (kind: Capability["kind"]) =>
  (name: string, limits?: string): Capability => ({
    kind,
    name,
    executable: true,
    ...(limits && { limits }),
  });
const cannot =
  (kind: Capability["kind"]) =>
  (name: string, limits?: string): Capability => ({
    kind,
    name,
    executable: false,
    ...(limits && { limits }),
  });

/**
 * What the runtime executes today, in one list. What is not listed is not executable. The validator, the
 * assistant's prompt, the help and the API read it; when an executor lands, its line moves here.
 */
export const capabilities: readonly Capability[] = [
  can("node")("source"),
  can("node")("transform"),
  can("node")("validate"),
  can("node")("target"),
  can("node")("branch"),
  can("node")("join"),
  can("node")("enrich", "with another node, or with a table of a saved source"),
  can("node")(
    "archive",
    "once the rows are loaded: to a folder of this machine that may be written to, or of the source's own store",
  ),

  can("connector")("local_fs", "inside the folders the operator allows"),
  can("connector")("s3", "through a saved source"),
  can("connector")("gcs", "through a saved source; tried against a server of ours, not against Google"),
  can("connector")("azure_blob", "through a saved source; tried against Azurite, not against Azure"),
  can("connector")("sftp", "through a saved source"),
  can("connector")("ftp", "through a saved source"),
  can("connector")("http_pull", "through a saved source"),
  can("connector")("postgres", "tables and views, through a saved source"),
  can("connector")("mysql", "tables and views, through a saved source; MariaDB too"),
  can("connector")(
    "snowflake",
    "tables and views, through a saved source; tried against a server of ours, not against Snowflake",
  ),

  ...["csv", "tsv", "json", "jsonl", "parquet"].map((name) => can("format")(name)),
  ...["gz", "zst"].map((name) => can("compression")(name, "read as they are, by the file's name")),
  ...["utf-8", "utf-16", "latin-1"].map((name) => can("encoding")(name)),

  can("config_key")("path"),
  can("config_key")("pattern:glob"),
  can("config_key")("pattern:regex"),
  can("config_key")("pattern:date_template"),
  can("config_key")("ordering:all"),
  can("config_key")("ordering:latest_by_mtime"),
  can("config_key")("ordering:fifo_by_name"),
  can("config_key")("format"),
  can("config_key")("syncMode:full_refresh"),
  can("config_key")("syncMode:incremental", "by a column that only grows; deleted rows are not noticed"),
  can("config_key")("columns"),
  can("config_key")("waitPolicy", "the run is put off, and holds no worker while it waits"),
  can("config_key")(
    "atomicity",
    "not for http_pull; objects of s3, gcs and azure_blob are copied, then deleted",
  ),
  can("config_key")("quarantine.table"),
  can("config_key")("fkIntegrity.references.node"),
  can("config_key")("fkIntegrity.references.table", "a table in the destination of the targets below"),
  can("config_key")("enrich.with:node"),
  can("config_key")(
    "enrich.with:sourceRef",
    "a table or view of a saved postgres, mysql or snowflake source",
  ),
  can("config_key")("schemaEvolution:evolve"),
  can("config_key")("schemaEvolution:freeze"),
  can("config_key")("allowEmpty"),
  can("config_key")("errorHandling.dlq"),
  can("config_key")("errorHandling.retry"),

  can("op")("cast"),
  can("op")("expression"),
  can("op")("rename"),
  can("op")("drop"),
  can("op")("add_field"),
  can("op")("hash"),
  can("op")("mask_pii"),
  can("op")("map_values"),
  can("op")("split"),
  can("op")("merge"),
  can("op")("filter"),
  can("op")("deduplicate"),
  can("op")("aggregate"),
  can("op")("lookup_join"),
  can("op")("summarize"),

  can("rule")("not_null"),
  can("rule")("gt"),
  can("rule")("gte"),
  can("rule")("lt"),
  can("rule")("lte"),
  can("rule")("eq"),
  can("rule")("neq"),
  can("rule")("between"),
  can("rule")("in"),
  can("rule")("regex"),
  can("rule")("length_min"),
  can("rule")("length_max"),
  can("rule")("email"),
  can("rule")("url"),
  can("rule")("uuid"),
  can("rule")("date"),

  can("dataset_check")("rowCount"),
  can("dataset_check")("freshness"),
  can("dataset_check")("fkIntegrity"),
  can("dataset_check")("cardinality"),
  can("dataset_check")("duplicateKey"),

  can("load_mode")("append"),
  can("load_mode")("truncate"),
  can("load_mode")("upsert"),
  can("load_mode")(
    "blue_green",
    "an ordinary table; in PostgreSQL none that views, triggers, policies, publications or other tables' keys are bound to",
  ),
  can("load_mode")(
    "incremental_watermark",
    "by a whole number, decimal, date, timestamp or text, which is compared by its characters",
  ),
  can("load_mode")(
    "cdc_mirror",
    "a table with a key, read directly; tried against MariaDB, not against MySQL",
  ),

  ...PROVEN_LOADS.map((name) => can("load")(name)),

  can("schedule")("cron"),
  can("schedule")("interval"),
  can("schedule")("rrule"),
  can("schedule")(
    "file_arrival",
    "at one source of files; a file is taken when it stood still between two looks",
  ),
  ...["once", "skip", "all"].map((name) => can("config_key")(`schedule.onMissed:${name}`)),
  ...["queue", "skip"].map((name) => can("config_key")(`schedule.overlap:${name}`)),

  can("hook")("postgres: analyze"),
  can("hook")("postgres: refresh_materialized_view"),
  can("hook")("postgres: create_schema"),
  can("hook")("postgres: create_index"),
  can("hook")("duckdb: analyze"),
  can("hook")("duckdb: create_schema"),
  cannot("hook")("duckdb: refresh_materialized_view"),
  cannot("hook")("duckdb: create_index"),
];

const executable = new Set(
  capabilities.filter((line) => line.executable).map(({ kind, name }) => `${kind} ${name}`),
);

/** True if the table lists it as executable. */
export function isExecutable(kind: Capability["kind"], name: string): boolean {
  return executable.has(`${kind} ${name}`);
}

/** Names of what can be executed of one kind. */
export function executableNames(kind: Capability["kind"]): string[] {
  return capabilities.filter((line) => line.kind === kind && line.executable).map(({ name }) => name);
}
