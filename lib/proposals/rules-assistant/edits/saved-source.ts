import { describeSchedule, isFileSource, parseTableName, scheduleOf, sourceFormat } from "#lib/ir/index.ts";
import {
  FILE_CONNECTORS,
  type FileSourceNode,
  type SourceNode,
  type TableSourceNode,
  type TargetNode,
} from "#lib/ir/schema.ts";
import { filePlace } from "../../file-place.ts";
import { CannotDo, type Draft, freeId, type Recogniser } from "../draft.ts";
import { limitOf } from "../outside.ts";
import { whole } from "../words.ts";
import { destinationNamed } from "./destination.ts";

const OFTEN = "(?:(?<often>daily|hourly|weekly|nightly|monthly) )?";
const SYSTEM = "(?:(?<system>postgres(?:ql)?|mysql|mariadb|snowflake|s3|gcs|azure|sftp|ftp|http) )?";
const WHAT = `(?:the )?${SYSTEM}(?:tables? |files? |view )?(?<what>"[^"]+"|'[^']+'|[A-Za-z_*][\\w./*{}?-]*)(?: table| file)?`;
const FROM =
  "(?: in)? (?:from|of|in|at) (?:the |our |my )?(?:(?:saved )?(?:source|connection|database|bucket|server) )?(?:(?<system2>postgres(?:ql)?|mysql|mariadb|snowflake|s3|gcs|azure|sftp|ftp|http) )?(?:(?:saved )?(?:source|connection|database|bucket|server) )?[\"'`]?(?<ref>[A-Za-z][\\w-]*)[\"'`]?(?: (?:source|connection|database|bucket))?,?";
const INTO =
  " (?:in)?to (?:the )?(?:table )?(?<table>[A-Za-z_]\\w*(?:\\.[A-Za-z_]\\w*)?)(?: table)?" +
  "(?: (?:in|on|of|at) (?:the )?(?:(?:built-?in )?(?<warehouse>warehouse)|destination (?<d1>[\\w-]+)|(?<d2>[\\w-]+) destination))?";
const BEGIN =
  "(?:(?:add|create|set ?up|build|make|schedule|start|configure|define)(?: me)?(?: an?| another| the| new)?(?: new)? ?" +
  `${OFTEN}(?:(?:ingestion|ingest|import|load|pipeline|feed|sync|job|copy)(?: job| pipeline)? (?:of|for|from|that (?:loads|reads|copies)|loading|reading) )?|` +
  "(?:ingest|load|import|read|copy|pull|bring|get|sync|put|move|replicate|take)(?: in)? )";
const LOAD = whole(
  `${BEGIN}(?:all |every )?${WHAT}${FROM}${INTO}(?: (?<often2>daily|hourly|weekly|nightly|monthly))?`,
);

const ALIASES: Readonly<Record<string, string>> = {
  postgresql: "postgres",
  mariadb: "mysql",
  azure: "azure_blob",
  http: "http_pull",
};

/** "add a daily load of public.orders from the source shop into sales.orders", "load in/*.csv from lake into a.b". */
export const savedSource: Recogniser = (clause) => {
  const said = LOAD.exec(clause)?.groups;
  const {
    what: given = "",
    ref = "",
    table = "",
    system,
    system2,
    often,
    often2,
    warehouse,
    d1,
    d2,
  } = said ?? {};
  const what = given.replace(/^(["'])(.*)\1$/, "$2");
  if (!said || !parseTableName(table) || NO_SOURCE.test(ref) || NO_STREAM.test(what)) return undefined;
  if (what.startsWith("/") || what.includes("://")) return undefined;
  return (draft) => {
    const saved = sourceNamed(draft, ref, system ?? system2);
    const name = table.split(".").at(-1) ?? table;
    const destination = warehouse ? undefined : destinationNamed(draft, d1 ?? d2);
    const source = nodeOf(freeId(draft, name), saved, what);
    refuseTwice(draft, source, table);
    draft.ir.nodes.push(source);
    const target: TargetNode = {
      id: freeId(draft, `load_${name}`),
      kind: "target",
      input: source.id,
      ...(destination ? { destination } : {}),
      schema: table,
      ...(isFileSource(source) ? { loadMode: "append" } : { loadMode: "truncate", allowEmpty: true }),
    };
    draft.ir.nodes.push(target);
    draft.target = target.id;
    if (draft.isNew && draft.ir.nodes.length === 2) draft.ir.metadata.name = titleOf(name, often ?? often2);
    const does = isFileSource(source)
      ? "and appends their rows to"
      : "whole at each run, in place of what is in";
    const sentences = [`Reads ${what} from the saved source ${saved.ref} ${does} ${table}.`];
    const schedule = scheduleOf(often ?? often2 ?? "", draft.ir.schedule);
    if (schedule) {
      draft.ir.schedule = schedule;
      sentences.push(`Schedules the pipeline: ${describeSchedule(schedule)}.`);
    }
    return sentences.join(" ");
  };
};

const NO_SOURCE =
  /^(?:the|a|an|our|my|this|that|it|table|file|source|database|warehouse|folder|here|there|disk)$/i;
const NO_STREAM =
  /^(?:it|this|that|them|data|rows|everything|all|file|files|table|tables|my|our|some|new|only)$/i;

/** A saved source of this tenant, by its name and, if said, by its system. @throws CannotDo */
export function sourceNamed(draft: Draft, name: string, system?: string): { ref: string; connector: string } {
  const found = draft.known.sources.find(({ ref }) => ref.toLowerCase() === name.toLowerCase());
  const names =
    draft.known.sources.map(({ ref, connector }) => `${ref} (${connector})`).join(", ") || "none so far";
  if (!found)
    throw new CannotDo(
      `There is no saved source "${name}" (there is: ${names}). ${limitOf(name) ?? "Set it up under Sources first."}`,
    );
  const wanted = system && (ALIASES[system.toLowerCase()] ?? system.toLowerCase());
  if (wanted && wanted !== found.connector)
    throw new CannotDo(`The saved source ${found.ref} is ${found.connector}, not ${wanted}.`);
  return found;
}

function nodeOf(
  id: string,
  { ref, connector }: { ref: string; connector: string },
  what: string,
): SourceNode {
  if (!(FILE_CONNECTORS as readonly string[]).includes(connector)) {
    if (!parseTableName(what))
      throw new CannotDo(`${ref} holds tables, and "${what}" cannot be the name of one.`);
    const config = { stream: what, syncMode: "full_refresh" as const };
    return {
      id,
      kind: "source",
      sourceRef: ref,
      connector: connector as TableSourceNode["connector"],
      config,
    };
  }
  const place = what.includes("/") ? filePlace(what) : filePlace(`./${what}`);
  if ("problem" in place) throw new CannotDo(place.problem);
  const { path, ...pattern } = place;
  const config = what.includes("/") ? { path, ...pattern } : pattern.pattern ? pattern : { path: what };
  if (sourceFormat(config) === undefined)
    throw new CannotDo(
      `I cannot tell the format of ${what} by its name: its end should be .csv, .tsv, .json, .jsonl or .parquet.`,
    );
  return { id, kind: "source", sourceRef: ref, connector: connector as FileSourceNode["connector"], config };
}

function refuseTwice(draft: Draft, source: SourceNode, table: string): void {
  const key = (node: SourceNode) =>
    "stream" in node.config
      ? `${node.sourceRef} ${node.config.stream}`
      : `${node.sourceRef} ${node.config.path} ${node.config.pattern?.value}`;
  const same = draft.ir.nodes.some((node) => {
    if (node.kind !== "target" || node.schema !== table) return false;
    const read = draft.ir.nodes.find(({ id }) => id === node.input);
    return read?.kind === "source" && key(read) === key(source);
  });
  if (same) throw new CannotDo(`This pipeline loads that into ${table} already.`);
}

const titleOf = (name: string, often: string | undefined) =>
  `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("_", " ")}${often ? `, ${often.toLowerCase()}` : ""}`;
