import type { FileSourceConfig } from "#lib/ir/schema.ts";

/** Where a path that somebody wrote points: a file, or a folder with a pattern for the names in it. */
export type FilePlace = Pick<FileSourceConfig, "pattern"> & { path: string };

/** Reads a path with `*` or `{YYYYMMDD}` in its file name; `problem` says why it is no such path. */
export function filePlace(path: string): FilePlace | { problem: string } {
  const cut = path.lastIndexOf("/");
  const folder = path.slice(0, cut) || "/";
  const name = path.slice(cut + 1);
  if (/[*?[{]/.test(folder))
    return { problem: `A pattern may stand in the file's name only, not in the folder ${folder}.` };
  if (name === "") return { problem: folderProblem(path) };
  if (/\{[YMDHms-]+\}/.test(name)) return { path: folder, pattern: { type: "date_template", value: name } };
  if (/[*?[]/.test(name)) return { path: folder, pattern: { type: "glob", value: name } };
  return { path };
}

const FORMAT = "csv|tsv|jsonl|ndjson|json|parquet";
const ALL = `(?:all|every|each|any)(?: of)?(?: the)?(?: new)? (?<one>${FORMAT})s?(?: files?)?`;
const FOLDER =
  "(?:in|from|under|inside|within|below|of|at) (?:the )?(?:(?:folder|directory|dir) )?" +
  "(?<place>\"[^\"\\n]+\"|'[^'\\n]+'|`[^`\\n]+`|[^\\s\"'`,;()]+)";
const SEVERAL = [
  `\\b(?:${ALL}|(?<many>${FORMAT})(?:s| files)) (?:(?:that|which) (?:are|lie|come|arrive) )?${FOLDER}`,
  `\\b${FOLDER},? (?:load|import|ingest|read|copy|take|get|fetch|pull) ${ALL}`,
].map((pattern) => new RegExp(pattern, "gi"));

/** A message with the pattern for what it means by a folder: "every csv file in /in" means `/in/*.csv`. */
export function withPatterns(message: string): string {
  return SEVERAL.reduce((text, pattern) => text.replace(pattern, withPattern), message);
}

function withPattern(said: string, ...rest: unknown[]): string {
  const { one, many, place } = rest.at(-1) as { one?: string; many?: string; place: string };
  const [folder = ""] = /[^"'`]*[^"'`.?!:]/.exec(place) ?? [];
  const isFolder = folder.includes("/") && !/:\/\/|[*?[{]|\.\w{2,7}(?:\.(?:gz|zst))?$/.test(folder);
  if (!isFolder) return said;
  const end = said.lastIndexOf(folder) + folder.length;
  return `${said.slice(0, end).replace(/\/$/, "")}/*.${(one ?? many ?? "").toLowerCase()}${said.slice(end)}`;
}

/** What is said of a path that is a folder, where files are wanted. */
export const folderProblem = (path: string): string =>
  `${path} is a folder. Say which files in it, for instance ${path.replace(/\/$/, "")}/*.csv.`;

/** The same place with every date of a template open: a file of another day has the same columns. */
export function anyDate(place: FilePlace): FilePlace {
  if (place.pattern?.type !== "date_template") return place;
  const value = place.pattern.value
    .split(/(\{[YMDHms-]+\})/)
    .map((part, at) =>
      at % 2 === 0
        ? part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        : part.slice(1, -1).replace(/[YMDHms]/g, "\\d"),
    )
    .join("");
  return { path: place.path, pattern: { type: "regex", value: `^${value}$` } };
}
