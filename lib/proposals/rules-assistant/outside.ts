import { capabilities } from "#lib/ir/index.ts";
import type { Capability } from "#lib/ir/schema.ts";

type Outside = { said: RegExp; what: string; kind?: Capability["kind"]; name?: string };

/** What people ask for that is not among the everyday edits: by its place in the capability table, or not in it at all. */
/** What is done elsewhere, or what the built-in assistant leaves to others. */
const ELSEWHERE: readonly [RegExp, string][] = [
  [
    /^(?:please )?(?:run|start|trigger|execute) (?:it|this|the pipeline|this pipeline)?(?: right)? ?(?:now|immediately|once)$/i,
    "I only propose changes to the pipeline; to run it press Run now.",
  ],
  [
    /\b(?:undo|revert|roll ?back|go back|restore)\b/i,
    "I do not undo what was applied: open Versions and restore the one before.",
  ],
  [
    /\b(?:delete|remove|drop) (?:this|the|my) (?:whole |entire )?pipeline\b/i,
    "I only propose changes to the document; to delete the pipeline use its menu.",
  ],
  [
    /\b(?:why|what)\b.*\b(?:fail|failed|failing|error|went wrong|broke|broken|wrong|slow)\b|\b(?:last|latest|previous) run\b|\bhow many rows\b/i,
    "I see the pipeline's document, not its runs: open the run under Runs for its error, its log and its row counts.",
  ],
  [
    /\b(?:pause|disable|suspend)\b/i,
    'Pausing is not a change of the document: switch the schedule off on the pipeline\'s page, or say "remove the schedule".',
  ],
  [
    /\b(?:branch|route|split) (?:the )?(?:rows|data|records|pipeline)\b|\binto (?:two|several|different) tables\b/i,
    'A branch names the rows, their table and what becomes of the others: say, for instance, "route rows where amount > 100 to sales.large, the rest stays".',
  ],
  [
    /\b(?:join|look ?up|enrich)\b/i,
    'A join names both and the columns that must be equal: say, for instance, "join orders with stores on country", or "add region from stores by country". What is joined must be read here already.',
  ],
  [
    /\b(?:aggregate|group by|pivot|unpivot)\b|\b(?:count|sum|average|total)\b.*\b(?:by|per|for each)\b/i,
    'An aggregation names its groups and what is computed: say, for instance, "sum of price and number of rows per country".',
  ],
  [
    /\b(?:archive|compress|zip|move) (?:the )?(?:file|files|source)\b/i,
    'Files are archived or moved once they are loaded: say where to, for instance "archive the files to /data/archive" or "move loaded files to /data/done".',
  ],
  [
    /\b(?:EST|EDT|CST|CDT|MST|MDT|PST|PDT|CET|CEST|BST|IST|JST)\b/,
    'Abbreviations of time zones are ambiguous or leave daylight saving out: name a city, for instance "in New York" or "Berlin time".',
  ],
  [
    /\bevery (?:other|second|third|\d+(?:st|nd|rd|th)?|two|three|four) (?:day|week|month)s?\b|\b(?:bi-?weekly|fortnightly|quarterly|yearly|annually|twice)\b/i,
    "I set up schedules by minutes and hours (up to a day), days of the week and days of the month; for any other write a cron line or an rrule in the IR editor.",
  ],
];

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
  const text = message.trim().replace(/[.!?\s]+$/, "");
  const elsewhere = ELSEWHERE.find(([said]) => said.test(text))?.[1];
  if (elsewhere) return elsewhere;
  if (
    /\b(?:send|write|load|export|push|put|deliver)\b.*\b(?:to|into)\b(?: the| a)? (?:postgres(?:ql)?|mysql|snowflake|bigquery|redshift)$/i.test(
      text,
    )
  )
    return 'A target is loaded into the built-in warehouse or into a destination by its name: add the destination under Settings, then say, for instance, "write to the analytics destination".';
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
