import type { S3Client } from "@aws-sdk/client-s3";
import type { FileWriting } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import { fileExists, fileGone, notWhole, writeDenied } from "../files/write-errors.ts";
import { partsOf } from "../transfer/parts.ts";
import type { FoundObject, S3Requests } from "./s3-store.ts";

/** Of one request: S3 copies no more than 5 GB in one, and takes no smaller parts than 5 MiB but the last. */
const COPY_BYTES = 1_073_741_824;
const PART_BYTES = 16 * 1_048_576;

type Sdk = typeof import("@aws-sdk/client-s3");
type Given = Pick<S3Requests, "head" | "words"> & {
  client: S3Client;
  sdk: Sdk;
  bucket: string;
  prefix?: string;
  signal?: AbortSignal;
  /** Largest object that is copied by one request. */
  copyBytes?: number;
};

/** Writing to a bucket. It knows no names to change: a move is a checked copy, and a deletion. */
export function s3Writing({
  client,
  sdk,
  bucket,
  prefix = "",
  head,
  words,
  signal,
  copyBytes = COPY_BYTES,
}: Given): FileWriting {
  const options = { abortSignal: signal };
  const keyOf = (path: string) => {
    const key = path.replace(/^\/+/, "");
    if (key.startsWith(prefix)) return key;
    throw writeDenied(
      path,
      `The source looks only at what begins with "${prefix}": choose a folder below it`,
    );
  };
  const inWords = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw words.dataError(error, { act: "write", key });
    }
  };
  /** Sends parts to an upload that appears whole, or is given up. */
  const inParts = async (
    key: string,
    send: (upload: { Bucket: string; Key: string; UploadId: string }) => Promise<(string | undefined)[]>,
  ) => {
    const { UploadId = "" } = await client.send(
      new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key }),
      options,
    );
    const upload = { Bucket: bucket, Key: key, UploadId };
    try {
      const tags = await send(upload);
      const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      await client.send(
        new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
        options,
      );
    } catch (error) {
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  };
  const copy = async ({ path: from, bytes, etag }: FoundObject, to: string) => {
    const source = {
      CopySource: `${bucket}/${from.split("/").map(encodeURIComponent).join("/")}`,
      ...(etag && { CopySourceIfMatch: etag }),
    };
    if (bytes <= copyBytes)
      return void (await client.send(
        new sdk.CopyObjectCommand({ Bucket: bucket, Key: to, ...source }),
        options,
      ));
    await inParts(to, async (upload) => {
      const tags: (string | undefined)[] = [];
      for (let at = 0; at < bytes; at += copyBytes) {
        const CopySourceRange = `bytes=${at}-${Math.min(at + copyBytes, bytes) - 1}`;
        const part = { ...upload, ...source, CopySourceRange, PartNumber: tags.length + 1 };
        const answer = await client.send(new sdk.UploadPartCopyCommand(part), options);
        tags.push(answer.CopyPartResult?.ETag);
      }
      return tags;
    });
  };
  const remove = (key: string) =>
    inWords(
      key,
      async () =>
        void (await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }), options)),
    );
  return {
    move: async (from, to) => {
      const [source, target] = [keyOf(from), keyOf(to)];
      const before = await head(source);
      if (!before) throw fileGone(from);
      if (await head(target)) throw fileExists(to);
      await inWords(target, () => copy(before, target));
      const made = await head(target);
      if (made?.bytes !== before.bytes || !sameContent(before.etag, made.etag)) {
        await remove(target);
        throw notWhole(to);
      }
      const now = await head(source);
      if (now && (now.etag !== before.etag || now.bytes !== before.bytes)) {
        await remove(target);
        throw new DataError("file_changed", changed(from), { retryable: true });
      }
      await remove(source);
    },
    write: async (path, content) => {
      const key = keyOf(path);
      if (await head(key)) throw fileExists(path);
      let bytes = 0;
      await inWords(key, async () => {
        const parts = partsOf(content, PART_BYTES);
        const { value: first, done } = await parts.next();
        const Body = done ? Buffer.of() : first;
        bytes = Body.length;
        if (Body.length < PART_BYTES)
          return void (await client.send(
            new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body }),
            options,
          ));
        await inParts(key, async (upload) => {
          const tags: (string | undefined)[] = [];
          const send = async (part: Buffer) => {
            const given = { ...upload, PartNumber: tags.length + 1, Body: part };
            tags.push((await client.send(new sdk.UploadPartCommand(given), options)).ETag);
          };
          await send(Body);
          for await (const part of parts) {
            bytes += part.length;
            await send(part);
          }
          return tags;
        });
      });
      if ((await head(key))?.bytes !== bytes) throw notWhole(path);
      return bytes;
    },
    remove: (path) => remove(keyOf(path)),
    checkFolder: async (folder) => void keyOf(`${folder.replace(/\/+$/, "")}/`),
  };
}

/** As far as the tags tell: of what came in parts, or is encrypted, they are no digests. */
function sameContent(one: string | undefined, other: string | undefined): boolean {
  const plain = (tag: string | undefined) =>
    /^"?[0-9a-f]{32}"?$/.test(tag ?? "") ? tag?.replaceAll('"', "") : undefined;
  const [a, b] = [plain(one), plain(other)];
  return a === undefined || b === undefined || a === b;
}
