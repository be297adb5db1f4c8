import { fileFormatOf } from "#lib/ir/index.ts";
import type { FileFormat, FileSourceConfig } from "#lib/ir/schema.ts";
import type { FoundFile } from "../connector.ts";
import { nameOf } from "./file-lister.ts";
import { nameTest } from "./match-name.ts";

/** Files that are read as one: of one name but for dates, numbers and ids in it, and of one ending. */
export type FileGroup = {
  /** The path of the only file, or folder and pattern. */
  name: string;
  /** What a source node is set to; the format only where names do not tell it. */
  config: FileSourceConfig;
  format: FileFormat;
  files: FoundFile[];
  /** A file of another group that the pattern takes too. */
  also?: string;
};

/** Digits (also with what parts them in dates and times), and ids as programs make them. */
const VARYING =
  /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{12,}(?![0-9a-z])|\d+(?:[-_.:T]\d+(?!(?!T\d|Z\b)[0-9a-z]))*Z?/gi;
/** What programs leave beside their data. */
const ASIDE = /^[._]|\.crc$/i;
/** More patterns than this are written the strict way without asking whether the short one is clear. */
const COMPARED = 200;

/** What a group is called while it is put together: each segment of the path with its varying parts taken out. */
type Gathered = { segments: string[]; files: FoundFile[]; format: FileFormat };

/**
 * Puts files together into streams, by name. Left out: what has another ending than those that are read, hidden files,
 * and names that begin with `_`.
 * @param format of files whose names do not tell it; without it they are left out.
 */
export function groupFiles(files: Iterable<FoundFile>, format?: FileFormat): FileGroup[] {
  const gathered = new Map<string, Gathered>();
  for (const file of files) {
    const name = nameOf(file.path);
    const told = fileFormatOf(name).format ?? format;
    if (!told || ASIDE.test(name)) continue;
    const key = file.path.replace(VARYING, "*");
    const group = gathered.get(key);
    if (group) group.files.push(file);
    else gathered.set(key, { segments: key.split("/"), files: [file], format: told });
  }
  const all = [...gathered.values()];
  const several = all.filter((group) => group.files.length > 1).length;
  return all
    .map((group) => described(group, all, several > COMPARED))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function described(group: Gathered, all: readonly Gathered[], strict: boolean): FileGroup {
  const { files, format } = group;
  const path = files[0]?.path ?? "";
  const set = fileFormatOf(path).format === undefined ? { format: { type: format } } : {};
  if (files.length === 1) return { name: path, config: { path, ...set }, format, files };
  const others = (pattern: Pattern) => {
    const taken = taker(pattern);
    return all.find((other) => other !== group && taken(other.files[0]?.path ?? ""));
  };
  const short = patternOf(group, "*");
  const digits = strict || others(short) ? patternOf(group, "[0-9]*") : undefined;
  const { folder, value } = digits && files.every((file) => taker(digits)(file.path)) ? digits : short;
  const also = strict ? undefined : others({ folder, value })?.files[0];
  return {
    name: folder === "" ? value : `${folder}/${value}`,
    config: { ...(folder !== "" && { path: folder }), pattern: { type: "glob", value }, ...set },
    format,
    files,
    ...(also && { also: also.path }),
  };
}

type Pattern = { folder: string; value: string };

/** The folder that all have in common, and the pattern in it: only what differs becomes a wildcard. */
function patternOf({ segments, files }: Gathered, wildcard: string): Pattern {
  const paths = files.map((file) => file.path.split("/"));
  const first = paths[0] ?? [];
  const same = segments.map((_, at) => paths.every((path) => path[at] === first[at]));
  const fixed = same.indexOf(false);
  const value = segments.slice(fixed).map((segment, at) => {
    if (same[fixed + at]) return literal(first[fixed + at] ?? "");
    return segment.split("*").map(literal).join(wildcard);
  });
  return { folder: first.slice(0, fixed).join("/"), value: value.join("/") };
}

/** Characters that mean something in a pattern stand for any one character. */
function literal(text: string): string {
  return text.replace(/[[\]{}*?\\]/g, "?");
}

function taker({ folder, value }: Pattern): (path: string) => boolean {
  const { test } = nameTest({ type: "glob", value }, new Date(0));
  const start = folder === "" ? "" : `${folder}/`;
  return (path) => path.startsWith(start) && test(path.slice(start.length));
}
