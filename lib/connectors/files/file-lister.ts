import type { FileWriting, FoundFile, OpenedFile } from "../connector.ts";

/** What is looked for in a store. Folders and names are parted by `/`. */
export type WalkRequest = {
  /** Where to look, relative to the store's root and without a `/` at its end; empty: the root. */
  folder: string;
  /** Also in the folders below. */
  deep: boolean;
  /** What the part of a path below `folder` begins with: a hint that may spare looking elsewhere. */
  begins: string;
  /** Whether a file is wanted, by the part of its path below `folder`. */
  wanted: (below: string) => boolean;
  /** Leave out what may not be looked at, instead of failing. */
  passOver?: boolean;
};

/**
 * What every store of files has to be able to do; which files a source node names and which streams there are is made
 * of it. Errors are `DataError`s.
 */
export type FileLister = {
  /** The file at a path; undefined if there is none. @throws DataError `path_is_folder` where that can be told */
  find: (path: string) => Promise<FoundFile | undefined>;
  /** Wanted files in any order, paths as `find` and `open` take them. Whoever has enough stops listening. */
  walk: (request: WalkRequest) => AsyncIterable<FoundFile>;
};

/** An open connection to a system with files. */
export type ConnectedFiles = FileLister & {
  open: (path: string) => Promise<OpenedFile>;
  /** What a file is called among all files of all stores. */
  identityOf: (path: string) => string;
  writing?: FileWriting;
  close: () => Promise<void>;
};

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folder that a path is in; empty: the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** A path below a folder; the root's name is empty. */
export function below(folder: string, name: string): string {
  if (name === "") return folder;
  return folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}
