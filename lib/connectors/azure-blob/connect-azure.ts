import type { Readable } from "node:stream";
import type { BlobItem, ContainerClient } from "@azure/storage-blob";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { objectLister } from "../files/object-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import type { AzureBlobSourceConfig } from "../specs/azure-blob.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { encoded } from "../transfer/range-request.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { webPlace } from "../transfer/web-stages.ts";
import { azureFailure, statusOf } from "./azure-failure.ts";
import { azureWriting } from "./azure-writing.ts";
import { guardedHttp } from "./guarded-http.ts";

const PAGE = 1_000;
const RETRIES = { maxTries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };

/** The address of a configured account's blobs. */
export function azureAddress({ account, endpoint }: AzureBlobSourceConfig): string {
  return (endpoint ?? `https://${account}.blob.core.windows.net`).replace(/\/+$/, "");
}

/** How failures of a configured container are put into words. */
export function azureWords(config: AzureBlobSourceConfig): Explainer {
  const place = config.endpoint === undefined ? "account" : "endpoint";
  const { finding, dataError } = explainer({
    place: webPlace(azureAddress(config)),
    network: { host: place, port: place },
    fields: {
      wrong_credentials: "account_key",
      no_access: "account_key",
      unknown_bucket: "container",
      list_denied: "container",
      read_denied: "container",
      wrong_protocol: place,
      unexpected_answer: place,
      encoded_answer: "prefix",
    },
    system: "The blob store",
  });
  return {
    finding: (stage, error) => finding(stage, azureFailure(error, config)),
    dataError: (error) => dataError(azureFailure(error, config)),
  };
}

/** The container of a configuration. Nothing is asked yet. */
export async function azureContainer(config: AzureBlobSourceConfig): Promise<ContainerClient> {
  const azure = await import("@azure/storage-blob");
  const credential = new azure.StorageSharedKeyCredential(config.account, config.account_key);
  const pipeline = azure.newPipeline(credential, { httpClient: guardedHttp, retryOptions: RETRIES });
  return new azure.ContainerClient(`${azureAddress(config)}/${config.container}`, pipeline);
}

/** The blobs of a container as files. */
export function azureFiles(
  config: AzureBlobSourceConfig,
  container: ContainerClient,
  { signal }: { signal?: AbortSignal },
): ConnectedFiles {
  const words = azureWords(config);
  const inWords = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw words.dataError(error);
    }
  };
  async function* list({ prefix, deep }: { prefix: string; deep: boolean }): AsyncIterable<FoundFile> {
    const options = { prefix, abortSignal: signal };
    const blobs = deep ? container.listBlobsFlat(options) : container.listBlobsByHierarchy("/", options);
    const pages = blobs.byPage({ maxPageSize: PAGE })[Symbol.asyncIterator]();
    for (let page = await inWords(() => pages.next()); !page.done; page = await inWords(() => pages.next()))
      for (const blob of page.value.segment.blobItems) if (isFile(blob)) yield foundFile(blob);
  }
  const properties = async (key: string) => {
    try {
      return await container.getBlobClient(key).getProperties({ abortSignal: signal });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  const head = (key: string) =>
    inWords(async (): Promise<FoundFile | undefined> => {
      const told = await properties(key);
      return (
        told && { path: key, bytes: told.contentLength ?? 0, modifiedAt: told.lastModified ?? new Date(0) }
      );
    });
  return {
    ...objectLister({ prefix: config.prefix, list, head }),
    open: (path) =>
      inWords(async () => {
        const key = path.replace(/^\/+/, "");
        const told = key.startsWith(config.prefix ?? "") ? await properties(key) : undefined;
        if (!told) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
        const name = nameOf(path);
        const {
          contentLength: bytes = 0,
          lastModified: modifiedAt = new Date(0),
          etag,
          contentEncoding,
        } = told;
        if (contentEncoding && contentEncoding !== "identity") throw encoded(name, contentEncoding);
        const from = (start: number, end: number, stop: AbortSignal) =>
          openPart(container, { key, name, etag, start, end }, stop);
        return {
          name,
          bytes,
          modifiedAt,
          stream: ({ start = 0, end = bytes } = {}) =>
            resumingStream({
              name,
              start,
              end: Math.min(end, bytes),
              from,
              explain: words.dataError,
              signal,
            }),
          close: async () => undefined,
        };
      }),
    identityOf: (path) => `${container.url}/${path.replace(/^\/+/, "")}`,
    writing: azureWriting(config, container, inWords, signal),
    close: async () => undefined,
  };
}

/** Folders of a hierarchical namespace are listed as blobs of no bytes. */
function isFile({ metadata }: BlobItem): boolean {
  return metadata?.hdi_isfolder !== "true";
}

function foundFile({ name, properties }: BlobItem): FoundFile {
  return { path: name, bytes: properties.contentLength ?? 0, modifiedAt: properties.lastModified };
}

/** A part of the very version of a blob that was opened. */
async function openPart(
  container: ContainerClient,
  { key, name, etag, start, end }: { key: string; name: string; etag?: string; start: number; end: number },
  signal: AbortSignal,
): Promise<Readable> {
  try {
    const answer = await container.getBlobClient(key).download(start, end - start, {
      conditions: { ifMatch: etag },
      maxRetryRequests: 0,
      abortSignal: signal,
    });
    return watchedPart(answer.readableStreamBody as Readable);
  } catch (error) {
    const status = statusOf(error);
    if (status === 404 || status === 412 || status === 416) throw fileChanged(name);
    throw error;
  }
}
