import type { ContainerClient } from "@azure/storage-blob";
import type { FileWriting } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import { fileExists, fileGone, notWhole, writeDenied } from "../files/write-errors.ts";
import type { AzureBlobSourceConfig } from "../specs/azure-blob.ts";
import { partsOf } from "../transfer/parts.ts";
import { statusOf } from "./azure-failure.ts";

/** A blob has at most 50,000 blocks. */
const BLOCK_BYTES = 8 * 1_048_576;
const POLL_MS = 200;

/**
 * Writing to a container. A move is a copy that the store makes by itself, only where nothing is, and a deletion of the
 * very version that was copied.
 */
export function azureWriting(
  { prefix = "" }: AzureBlobSourceConfig,
  container: ContainerClient,
  inWords: <Result>(work: () => Promise<Result>) => Promise<Result>,
  signal?: AbortSignal,
): FileWriting {
  const abortSignal = signal;
  const blobOf = (path: string) => {
    const key = path.replace(/^\/+/, "");
    if (key.startsWith(prefix)) return container.getBlockBlobClient(key);
    throw writeDenied(
      path,
      `The source looks only at what begins with "${prefix}": choose a folder below it`,
    );
  };
  const remove = async (path: string, ifMatch?: string) => {
    try {
      await blobOf(path).delete({ abortSignal, ...(ifMatch && { conditions: { ifMatch } }) });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  };
  const copy = async (from: string, to: string, etag: string | undefined) => {
    try {
      const poller = await blobOf(to).beginCopyFromURL(blobOf(from).url, {
        abortSignal,
        intervalInMs: POLL_MS,
        conditions: { ifNoneMatch: "*" },
        sourceConditions: { ifMatch: etag },
      });
      await poller.pollUntilDone();
    } catch (error) {
      const status = statusOf(error);
      if (status === 409 || (status === 412 && (await blobOf(to).exists()))) throw fileExists(to);
      if (status === 412) throw new DataError("file_changed", changed(from), { retryable: true });
      throw status === 404 ? fileGone(from) : error;
    }
  };
  return {
    move: (from, to) =>
      inWords(async () => {
        const before = await blobOf(from)
          .getProperties({ abortSignal })
          .catch((error) => {
            throw statusOf(error) === 404 ? fileGone(from) : error;
          });
        await copy(from, to, before.etag);
        const made = await blobOf(to).getProperties({ abortSignal });
        if (made.contentLength !== before.contentLength || (made.copyStatus ?? "success") !== "success") {
          await remove(to);
          throw notWhole(to);
        }
        await remove(from, before.etag).catch(async (error) => {
          if (statusOf(error) !== 412) throw error;
          await remove(to);
          throw new DataError("file_changed", changed(from), { retryable: true });
        });
      }),
    write: (path, content) =>
      inWords(async () => {
        const blob = blobOf(path);
        if (await blob.exists({ abortSignal })) throw fileExists(path);
        const blocks: string[] = [];
        let bytes = 0;
        for await (const part of partsOf(content, BLOCK_BYTES)) {
          const id = Buffer.from(String(blocks.length).padStart(6, "0")).toString("base64");
          await blob.stageBlock(id, part, part.length, { abortSignal });
          blocks.push(id);
          bytes += part.length;
        }
        await blob
          .commitBlockList(blocks, { abortSignal, conditions: { ifNoneMatch: "*" } })
          .catch((error) => {
            throw statusOf(error) === 409 || statusOf(error) === 412 ? fileExists(path) : error;
          });
        const { contentLength } = await blob.getProperties({ abortSignal });
        if (contentLength !== bytes) throw notWhole(path);
        return bytes;
      }),
    remove: (path) => inWords(() => remove(path)),
    checkFolder: async (folder) => void blobOf(`${folder.replace(/\/+$/, "")}/`),
  };
}
