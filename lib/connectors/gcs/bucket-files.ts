import type { Readable } from "node:stream";
import type { z } from "zod";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { objectLister } from "../files/object-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import { encoded, rangeRequest } from "../transfer/range-request.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import type { Access, StoredObject } from "./access.ts";
import { refusal } from "./gcs-failure.ts";
import { gcsWriting } from "./gcs-writing.ts";

/** The objects of a bucket as files. */
export function bucketFiles(access: Access): ConnectedFiles {
  const { config, base, page, look, authorized, words, account, signal } = access;
  async function* list({ prefix, deep }: { prefix: string; deep: boolean }): AsyncIterable<FoundFile> {
    let token: string | undefined;
    do {
      signal?.throwIfAborted();
      const { items, nextPageToken } = await page({ prefix, deep, token });
      for (const item of items) yield foundFile(item);
      token = nextPageToken;
    } while (token !== undefined);
  }
  const head = async (key: string) => {
    const found = await look(key);
    return found && foundFile(found);
  };
  return {
    ...objectLister({ prefix: config.prefix, list, head }),
    open: async (path) => {
      const key = path.replace(/^\/+/, "");
      const found = key.startsWith(config.prefix ?? "") ? await look(key) : undefined;
      if (!found) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
      const name = nameOf(path);
      const { size: bytes, updated: modifiedAt, generation, contentEncoding } = found;
      if (contentEncoding && contentEncoding !== "identity") throw encoded(name, contentEncoding);
      const url = `${base}/${encodeURIComponent(key)}?alt=media&generation=${generation}`;
      const refuse = async (response: Response) =>
        response.status === 404 ? fileChanged(name) : refusal(response, config, account);
      const from = (at: number, end: number, stop: AbortSignal): Promise<Readable> =>
        authorized(async (headers) =>
          watchedPart(
            await rangeRequest({
              url,
              headers,
              name,
              from: at,
              end,
              version: { bytes },
              refuse,
              signal: stop,
            }),
          ),
        );
      return {
        name,
        bytes,
        modifiedAt,
        stream: ({ start = 0, end = bytes } = {}) =>
          resumingStream({ name, start, end: Math.min(end, bytes), from, explain: words.dataError, signal }),
        close: async () => undefined,
      };
    },
    identityOf: (path) => `${base}/${path.replace(/^\/+/, "")}`,
    writing: gcsWriting(access, access.authorizedToWrite),
    close: async () => undefined,
  };
}

function foundFile({ name, size, updated }: z.infer<typeof StoredObject>): FoundFile {
  return { path: name, bytes: size, modifiedAt: updated };
}
