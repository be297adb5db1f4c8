import type { Readable } from "node:stream";
import type { OpenedFile } from "../connector.ts";
import { DataError, isDataError } from "../data-error.ts";
import { type ConnectedFiles, type FileLister, nameOf } from "../files/file-lister.ts";
import { objectLister } from "../files/object-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import type { S3SourceConfig } from "../specs/s3.ts";
import { s3Requests } from "./s3-requests.ts";
import type { FoundObject, S3Requests } from "./s3-store.ts";

/** Lists tell fractions of a second, headers do not. */
const CLOCK_MS = 1_000;

/** A bucket that requests can be sent to. */
export type Bucket = ConnectedFiles & Pick<S3Requests, "address" | "words" | "probe">;

/** Prepares a client for a bucket; nothing is sent yet. */
export async function connectS3(
  config: S3SourceConfig,
  options: { signal?: AbortSignal; trying?: boolean; copyBytes?: number } = {},
): Promise<Bucket> {
  const requests = await s3Requests(config, options);
  const { address, words, probe, list, head } = requests;
  const lister = objectLister({ prefix: config.prefix, head, list });
  // Files that were listed are opened without asking for them again.
  const listed = new Map<string, FoundObject>();
  return {
    address,
    words,
    probe,
    find: async (path) => noted(await lister.find(path), listed),
    walk: async function* (request: Parameters<FileLister["walk"]>[0]) {
      for await (const file of lister.walk(request)) yield noted(file, listed);
    },
    open: async (path) => {
      const key = path.replace(/^\/+/, "");
      const known = listed.get(key);
      const found = known ?? (await head(key));
      if (!found) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
      return opened(found, requests, known !== undefined, options.signal);
    },
    identityOf: (path) => `${address} ${config.bucket} ${path.replace(/^\/+/, "")}`,
    writing: requests.writing,
    close: async () => requests.close(),
  };
}

function noted<T extends FoundObject | undefined>(file: T, listed: Map<string, FoundObject>): T {
  if (file) listed.set(file.path, file);
  return file;
}

function opened(
  found: FoundObject,
  { head, get, words }: S3Requests,
  ofListing: boolean,
  signal: AbortSignal | undefined,
): OpenedFile {
  let object = found;
  let unsure = ofListing;
  const { path: key, bytes, modifiedAt } = found;
  const from = async (start: number, end: number, stop: AbortSignal): Promise<Readable> => {
    try {
      const part = await get(object, start, end, stop);
      unsure = false;
      return part;
    } catch (error) {
      if (!unsure || !isDataError(error) || error.code !== "file_changed") throw error;
      // Some stores list another version tag than they give.
      unsure = false;
      const now = await head(key);
      const apart = Math.abs((now?.modifiedAt.getTime() ?? 0) - modifiedAt.getTime());
      if (now?.bytes !== bytes || apart > CLOCK_MS) throw error;
      object = now;
      return get(object, start, end, stop);
    }
  };
  return {
    name: nameOf(key),
    bytes,
    modifiedAt,
    stream: ({ start = 0, end = bytes } = {}) =>
      resumingStream({
        name: key,
        start,
        end: Math.min(end, bytes),
        from,
        explain: (error) => words.dataError(error, { act: "read", key }),
        signal,
      }),
    close: async () => undefined,
  };
}
