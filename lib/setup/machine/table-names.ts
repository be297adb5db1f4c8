import { parsePipelineIR, parseTableName } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import type { Setup } from "../state.ts";
import { specOf } from "./connector.ts";

/** A plain identifier made of any text: small letters, digits and `_`; at most 40, so that a number fits behind it. */
export function identifierOf(text: string, otherwise: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40)
    .replace(/_+$/, "");
  if (plain === "") return otherwise;
  return /^\d/.test(plain) ? `t_${plain}` : plain;
}

/** What a connection is called until somebody calls it otherwise: "PostgreSQL shop". */
export function usualTitle(setup: Setup): string {
  const { config } = setup;
  const place =
    config.database ?? config.bucket ?? config.container ?? hostOf(config.url) ?? config.host ?? config.path;
  return `${specOf(setup.connector)?.title ?? "Source"}${place === undefined ? "" : ` ${place}`}`.slice(
    0,
    100,
  );
}

const hostOf = (url: unknown): string | undefined =>
  typeof url === "string" ? /^https?:\/\/([^/:?#]+)/i.exec(url)?.[1] : undefined;

/** The schema that tables go to until another one is said. */
export function usualSchema(title: string): string {
  const name = identifierOf(title, "source");
  return tableProblem(`${name}.t`) ? `from_${name}` : name;
}

/** The table that a stream goes to; `taken` are those of the others. */
export function targetTable(stream: string, schema: string, taken: ReadonlySet<string>): string {
  const parts = stream
    .replace(/\.(?:csv|tsv|json|jsonl|ndjson|parquet)(?:\.(?:gz|zst))?$/i, "")
    .split(/[./]/)
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
  const short = ownName(schema, identifierOf(parts.at(-1) ?? "", "table"));
  const long = ownName(schema, identifierOf(parts.slice(-2).join("_"), "table"));
  const plain = [short, long].find((name) => !taken.has(`${schema}.${name}`));
  if (plain) return `${schema}.${plain}`;
  let number = 2;
  while (taken.has(`${schema}.${long}_${number}`)) number++;
  return `${schema}.${long}_${number}`;
}

/** The name, or another one where it belongs to a database system. */
const ownName = (schema: string, name: string): string =>
  tableProblem(`${schema}.${name}`) ? `t_${name}` : name;

/** Why a text cannot be the name of a target's table, in words of the pipeline language; undefined if it can. */
export function tableProblem(table: string): string | undefined {
  const parsed = parsePipelineIR(
    {
      kind: "pipeline",
      version: "1.0",
      id: "p",
      metadata: { name: "p" },
      nodes: [{ id: "t", kind: "target", input: "s", schema: table, loadMode: "append" }],
    },
    { strength: "saved" },
  );
  if (parsed.ok) return undefined;
  return "That cannot be a table's name: use letters, digits and _, at most 63, and none that belongs to the system.";
}

/** True for a stream that a pipeline can name: files, and tables with plain names. */
export function nameable(stream: { kind: string; name: string }): boolean {
  if (stream.kind === "files") return true;
  return parseTableName(stream.name) !== undefined && tableProblem(stream.name) === undefined;
}

/** Why a schedule cannot be; undefined if it can. */
export function scheduleProblem(schedule: Schedule): string | undefined {
  const parsed = parsePipelineIR(
    { kind: "pipeline", version: "1.0", id: "p", metadata: { name: "p" }, schedule, nodes: [] },
    { strength: "executable" },
  );
  const wrong = parsed.ok ? undefined : parsed.issues.find(({ path }) => path.startsWith("/schedule"));
  return wrong && "That schedule cannot be: say a time and days that come, and a time zone that exists.";
}
