import { capabilities } from "#lib/ir/index.ts";
import type { Capability } from "#lib/ir/schema.ts";

type Outside = { said: RegExp; what: string; kind?: Capability["kind"]; name?: string };

/** What people ask for that is not among the everyday edits: by its place in the capability table, or not in it at all. */
const OUTSIDE: readonly Outside[] = [
  { said: /\bs3\b|s3:\/\//i, what: "reading from s3", kind: "connector", name: "s3" },
  { said: /\bgcs\b|gs:\/\/|google cloud storage/i, what: "reading from gcs", kind: "connector", name: "gcs" },
  { said: /\bazure\b/i, what: "reading from azure_blob", kind: "connector", name: "azure_blob" },
  { said: /\bsftp\b/i, what: "reading over sftp", kind: "connector", name: "sftp" },
  { said: /\bftp\b|ftp:\/\//i, what: "reading over ftp", kind: "connector", name: "ftp" },
  { said: /https?:\/\//i, what: "reading over http_pull", kind: "connector", name: "http_pull" },
  { said: /\bpostgres(ql)?\b/i, what: "reading tables of postgres", kind: "connector", name: "postgres" },
  { said: /\b(mysql|mariadb)\b/i, what: "reading tables of mysql", kind: "connector", name: "mysql" },
  { said: /\bsnowflake\b/i, what: "reading tables of snowflake", kind: "connector", name: "snowflake" },
  { said: /\bblue[ _-]?green\b/i, what: "the load mode blue_green", kind: "load_mode", name: "blue_green" },
  {
    said: /\bcdc\b|change data capture/i,
    what: "the load mode cdc_mirror",
    kind: "load_mode",
    name: "cdc_mirror",
  },
  { said: /\bkafka\b/i, what: "Kafka" },
  { said: /\b(kinesis|pulsar|rabbitmq|mqtt|pub\/?sub)\b/i, what: "message queues" },
  { said: /\b(mongo(db)?|dynamodb|cassandra|redis|elasticsearch)\b/i, what: "document and key-value stores" },
  { said: /\b(bigquery|redshift|databricks|oracle|sql server|mssql)\b/i, what: "that database" },
  { said: /\b(salesforce|hubspot|stripe|shopify|google sheets?|slack|jira)\b/i, what: "that service" },
  { said: /\b(excel|xlsx?|xml|avro|orc)\b/i, what: "that file format" },
  { said: /\b(python|javascript|shell|bash|dbt|spark)\b/i, what: "running code" },
  { said: /\b(real[- ]?time|streaming)\b/i, what: "streaming" },
  { said: /\b(send|e-?mail|slack|notify|webhook)\b.*\b(me|us|team|alert|when)\b/i, what: "notifications" },
];

/** The sentence about a limit that a message runs into, if it names something that the runtime cannot execute. */
export function limitOf(message: string): string | undefined {
  for (const { said, what, kind, name } of OUTSIDE) {
    if (!said.test(message)) continue;
    if (!kind)
      return `${capitalise(what)} is outside what pipelines can do today: the capability table does not list it.`;
    const line = capabilities.find((one) => one.kind === kind && one.name === name);
    if (line?.executable) continue;
    const why = line?.limits ? ` (${line.limits})` : "";
    return `${capitalise(what)} cannot be executed today${why}: the capability table lists it as not executable.`;
  }
  return undefined;
}

const capitalise = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
