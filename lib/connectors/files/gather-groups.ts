import type { FileFormat } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { FoundFile } from "../connector.ts";
import type { FileLister } from "./file-lister.ts";
import { type FileGroup, groupFiles } from "./group-files.ts";

/** Share of the time for a page after which no further files are listed: their columns have to be looked at too. */
const LISTING = 0.5;

/** The streams of a store, as far as it was listed. */
export type Gathered = {
  groups: FileGroup[];
  /** How many files were seen. */
  seen: number;
  /** Why not all of them were, if so. */
  cut?: string;
};

/**
 * Lists files and puts them together into streams: at most `limits.discoveredNames` files, and for half of
 * `limits.discoverMs`.
 * @param folder only what is below it.
 * @param format of files whose names do not tell it.
 */
export async function gatherGroups(
  lister: FileLister,
  { folder = "", format, signal }: { folder?: string; format?: FileFormat; signal?: AbortSignal },
): Promise<Gathered> {
  const files: FoundFile[] = [];
  const until = performance.now() + limits.discoverMs * LISTING;
  let cut: string | undefined;
  const everything = { folder, deep: true, begins: "", wanted: () => true, passOver: true };
  for await (const file of lister.walk(everything)) {
    signal?.throwIfAborted();
    files.push(file);
    const seen = files.length.toLocaleString("en");
    if (files.length >= limits.discoveredNames) cut = `Only the first ${seen} files were looked at`;
    else if (performance.now() > until) cut = `Listing takes long: only ${seen} files were looked at`;
    if (cut) break;
  }
  return { groups: groupFiles(files, format), seen: files.length, ...(cut && { cut }) };
}
