import type { FileFormat } from "#lib/ir/schema.ts";
import type { DiscoverRequest, FoundFile, OpenedFile } from "../connector.ts";
import { isDataError } from "../data-error.ts";
import type { Stream, StreamPage } from "../shapes.ts";
import type { ConnectedFiles } from "./file-lister.ts";
import { type Gathered, gatherGroups } from "./gather-groups.ts";
import type { FileGroup } from "./group-files.ts";
import { type InspectedFile, inspectOpenedFile } from "./inspect-opened-file.ts";

/** Files that are looked into side by side. */
const SIDE_BY_SIDE = 4;
const WILDCARD = /[*?[]/;

/**
 * One page of the streams of a store, by name. Columns are those of a stream's newest file, which is looked into; what
 * cannot be read is told in its note.
 * @param format of files whose names do not tell it; without it they are left out.
 * @throws DataError as the store's listing does
 */
export async function discoverFiles(
  store: ConnectedFiles,
  { filter = "", names, limit, cursor, format, signal }: DiscoverRequest & { format?: FileFormat },
): Promise<StreamPage> {
  const gathered = await gatherGroups(store, { folder: folderOf(names), format, signal });
  const asked = new Set(names);
  const sought = filter.toLowerCase();
  const matching = gathered.groups.filter(
    ({ name }) => (names === undefined || asked.has(name)) && name.toLowerCase().includes(sought),
  );
  const rest = cursor === undefined ? matching : matching.filter(({ name }) => name > cursor);
  const page = rest.slice(0, limit);
  const streams: Stream[] = [];
  for (let at = 0; at < page.length; at += SIDE_BY_SIDE) {
    signal?.throwIfAborted();
    const some = page.slice(at, at + SIDE_BY_SIDE);
    streams.push(...(await Promise.all(some.map((group) => streamOf(store, group, gathered.cut)))));
  }
  return {
    streams,
    nextCursor: rest.length > limit ? (page.at(-1)?.name ?? null) : null,
    total: gathered.cut === undefined ? matching.length : null,
    ...(matching.length === 0 && { causes: causesOf(gathered, filter) }),
  };
}

/** The names of all streams of a store, by name. @throws DataError as the store's listing does */
export async function nameFiles(
  store: ConnectedFiles,
  options: { format?: FileFormat; signal?: AbortSignal } = {},
): Promise<string[]> {
  return (await gatherGroups(store, options)).groups.map(({ name }) => name);
}

/** The folder below which all files of these streams lie. */
export function folderOf(names: readonly string[] | undefined): string {
  const folders = (names ?? []).map((name) => {
    const parts = name.split("/").slice(0, -1);
    const wild = parts.findIndex((part) => WILDCARD.test(part));
    return wild < 0 ? parts : parts.slice(0, wild);
  });
  const [first = []] = folders;
  const shared = first.findIndex((part, at) => folders.some((folder) => folder[at] !== part));
  return (shared < 0 ? first : first.slice(0, shared)).join("/");
}

/** The file of a stream that was written last. */
export function newestOf({ files }: FileGroup): FoundFile {
  return files.reduce((best, file) => (file.modifiedAt >= best.modifiedAt ? file : best));
}

/** Looks into a file of a store. @throws DataError */
export async function lookInto(
  store: Pick<ConnectedFiles, "open">,
  path: string,
  options: { format: FileFormat; rows?: boolean },
): Promise<InspectedFile> {
  let file: OpenedFile | undefined;
  try {
    file = await store.open(path);
    return await inspectOpenedFile(file, { shownAs: path, ...options });
  } finally {
    await file?.close();
  }
}

async function streamOf(store: ConnectedFiles, group: FileGroup, cut: string | undefined): Promise<Stream> {
  const { name, files, format, also } = group;
  const notes = [`${files.length === 1 ? "One file" : `${files.length.toLocaleString("en")} files`}`];
  if (also) notes.push(`The pattern also takes ${also}`);
  if (cut) notes.push(cut);
  let found: InspectedFile | undefined;
  try {
    found = await lookInto(store, newestOf(group).path, { format });
  } catch (error) {
    if (!isDataError(error)) throw error;
    notes.push(error.message);
  }
  return {
    name,
    kind: "files",
    columns: found?.columns ?? [],
    primaryKey: [],
    rowEstimate: null,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    syncModes: ["full_refresh"],
    cursorFields: [],
    files: withDelimiter(group, found),
    note: `${notes.join(". ")}.`,
  };
}

/** Of delimited files that are parted by anything but a comma, the sign has to be said. */
function withDelimiter({ config, format }: FileGroup, found: InspectedFile | undefined): FileGroup["config"] {
  const delimiter = found?.delimiter;
  if (format !== "csv" || delimiter === undefined || delimiter === ",") return config;
  return { ...config, format: { type: format, delimiter } };
}

function causesOf({ seen, groups, cut }: Gathered, filter: string): string[] {
  const causes: string[] = [];
  if (seen === 0) causes.push("There are no files");
  else if (groups.length === 0)
    causes.push(
      `There are ${seen.toLocaleString("en")} files, but none whose name ends in .csv, .tsv, .json, .jsonl or .parquet (also with .gz or .zst)`,
    );
  else if (filter !== "") causes.push(`No name holds "${filter}"`);
  else causes.push("None of the names asked for is there any more");
  if (cut) causes.push(cut);
  return causes;
}
