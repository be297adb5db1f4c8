import { describeSchedule, parseTableName, scheduleOf } from "#lib/ir/index.ts";
import type { FileFormat, FileSourceConfig } from "#lib/ir/schema.ts";
import { FILE_FORMATS } from "#lib/ir/schema.ts";
import { filePlace } from "../../file-place.ts";
import type { KnownFile } from "../../prompt-document.ts";
import { CannotDo, type Draft, freeId, type Recogniser } from "../draft.ts";
import { whole } from "../words.ts";
import { destinationNamed } from "./destination.ts";

const OFTEN = "(?:(daily|hourly|weekly|nightly|monthly) )?";
const FORMAT = "(?:(csv|tsv|jsonl?|parquet|json ?lines|ndjson) )?";
const PATH = "(?<path>\"[^\"]+\"|'[^']+'|`[^`]+`|[^\\s,;\"'`]+)";
const TABLE =
  "(?:in)?to (?:the )?(?:table )?(?<table>[A-Za-z_]\\w*(?:\\.[A-Za-z_]\\w*)?)(?: table)?" +
  "(?: (?:in|on|of|at) (?:the )?(?:(?:built-?in )?(?<warehouse>warehouse)|destination (?<d1>[\\w-]+)|(?<d2>[\\w-]+) destination))?";

const NOUN = whole(
  `(?:add|create|set ?up|build|make|schedule|start|configure|define)(?: me)?(?: an?| another| the| new)?(?: new)? ?${OFTEN}${FORMAT}${OFTEN}(?:file )?` +
    "(?:ingestion|ingest|import|load|pipeline|source|feed|sync|job|copy)(?: job| pipeline)? ?" +
    `(?:of|from|for|reading|loading|to load|to ingest|that (?:loads|reads|ingests|imports|copies|takes)|which (?:loads|reads|ingests|imports|copies))? (?:the )?${FORMAT}(?:files? )?(?:from |at |in )?${PATH} (?:and (?:loads?|writes?|puts?)(?: it| them)? )?${TABLE}`,
);
const VERB = whole(
  `(?:ingest|load|import|read|copy|pull|bring|sync|put|insert|move)(?: in)? (?:the |all |every |each )?(?:data |rows |contents )?${FORMAT}(?:files? |data )?(?:from |in |at |of |under |matching )*(?:the )?${FORMAT}(?:files? )?${PATH} ${TABLE}`,
);

/** "add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders", "load /data/*.parquet into sales.x". */
export const ingestion: Recogniser = (clause) => {
  const match = NOUN.exec(clause) ?? VERB.exec(clause);
  const { path: given, table, warehouse, d1, d2 } = match?.groups ?? {};
  if (!match || !given || !table || !parseTableName(table)) return undefined;
  const path = given.replace(/^(["'`])(.*)\1$/, "$2");
  if (!path.includes("/") || path.includes("://")) return undefined;
  const words = match
    .slice(1)
    .filter((word) => word !== undefined)
    .map((word) => word.toLowerCase());
  const often = words.find((word) => /^(dai|hour|week|night|month)ly$/.test(word));
  const said = words.find((word) => /^(csv|tsv|json|parquet|ndjson)/.test(word) && !word.includes("/"));
  return (draft) => {
    const file = draft.known.files.find((one) => one.path === path);
    const where = filePlace(path);
    if ("problem" in where) throw new CannotDo(where.problem);
    if (file?.readable === false && file.forbidden) throw new CannotDo(`${file.why.replace(/\.$/, "")}.`);
    const format = formatOf(path, said, file?.readable ? file.format : undefined);
    const known = file?.readable && file.columns.length > 0 ? file.columns : undefined;
    const config: FileSourceConfig = {
      ...where,
      format: { type: format, ...(file?.readable ? shapeOf(file, format) : {}) },
    };
    refuseTwice(draft, config, table);
    const destination = warehouse ? undefined : destinationNamed(draft, d1 ?? d2);
    const name = table.split(".").at(-1) ?? table;
    const source = freeId(draft, name);
    draft.ir.nodes.push({ id: source, kind: "source", connector: "local_fs", config });
    const target = freeId(draft, `load_${name}`);
    draft.ir.nodes.push({
      id: target,
      kind: "target",
      input: source,
      ...(destination ? { destination } : {}),
      schema: table,
      loadMode: "append",
    });
    draft.target = target;
    if (draft.isNew && draft.ir.nodes.length === 2) draft.ir.metadata.name = title(name, often);
    const sentences = [`Reads ${format.toUpperCase()} from ${path} and appends its rows to ${table}.`];
    const schedule = often ? scheduleOf(often, draft.ir.schedule) : undefined;
    if (schedule) {
      draft.ir.schedule = schedule;
      sentences.push(`Schedules the pipeline: ${describeSchedule(schedule)}.`);
    }
    if (known)
      sentences.push(
        `The ${known.length} columns and their types are those found at the beginning of ${file?.readable && file.example ? file.example : "the file"}.`,
      );
    else sentences.push(unseen(path, file?.readable === false ? file.why : undefined));
    return sentences.join(" ");
  };
};

/** How the file is written, as far as it is not the default of its format. */
function shapeOf(file: Extract<KnownFile, { readable: true }>, format: FileFormat) {
  const usual = format === "csv" ? "," : "\t";
  const delimited = format === "csv" || format === "tsv";
  return {
    ...(delimited && file.header === false ? { header: false } : {}),
    ...(delimited && file.delimiter && file.delimiter !== usual ? { delimiter: file.delimiter } : {}),
    ...(file.columns.length > 0 ? { columns: file.columns } : {}),
  };
}

function unseen(path: string, why: string | undefined): string {
  const reason = why ? ` (${why.replace(/\.$/, "")})` : "";
  return `I do not know the columns of ${path}${reason}, so none are listed: they are read from the file at each run.`;
}

const title = (name: string, often: string | undefined) =>
  `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("_", " ")}${often ? `, ${often}` : ""}`;

function formatOf(path: string, said: string | undefined, found: string | undefined): FileFormat {
  const ending =
    path
      .toLowerCase()
      .replace(/\.(gz|zst)$/, "")
      .split(".")
      .at(-1) ?? "";
  const byName = ending === "ndjson" ? "jsonl" : FILE_FORMATS.find((format) => format === ending);
  const named = said && (/lines|nd|jsonl/.test(said) ? "jsonl" : said);
  const format = FILE_FORMATS.find((one) => one === (named ?? byName ?? found));
  if (named && byName && named !== byName && !(named === "json" && byName === "jsonl")) {
    throw new CannotDo(
      `You say ${named.toUpperCase()}, but ${path} is named like ${byName.toUpperCase()}. Which one is it?`,
    );
  }
  if (named === "json" && byName === "jsonl") return "jsonl";
  if (!format)
    throw new CannotDo(`I cannot tell the format of ${path}. Say csv, tsv, json, jsonl or parquet.`);
  return format;
}

function refuseTwice(draft: Draft, config: FileSourceConfig, table: string): void {
  const same = draft.ir.nodes.some((node) => {
    if (node.kind !== "target" || node.schema !== table) return false;
    const source = draft.ir.nodes.find((other) => other.id === node.input);
    if (source?.kind !== "source" || source.connector !== "local_fs") return false;
    const { path, pattern } = source.config as FileSourceConfig;
    return path === config.path && pattern?.value === config.pattern?.value;
  });
  if (same) throw new CannotDo(`This pipeline loads that into ${table} already.`);
}
