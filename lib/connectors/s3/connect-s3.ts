import type { Readable } from "node:stream";
import type { GetObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { limits } from "#lib/limits.ts";
import { outboundAgents } from "#lib/outbound.ts";
import type { FoundFile, OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { objectLister } from "../files/object-lister.ts";
import { changed, resumingStream } from "../files/resuming-stream.ts";
import type { S3SourceConfig } from "../specs/s3.ts";
import { watchedPart } from "../transfer/watched-part.ts";
import { type S3Words, s3Words } from "./explain-s3.ts";
import { s3ErrorOf } from "./s3-error.ts";

/** A bucket that requests can be sent to. */
export type Bucket = ConnectedFiles & {
  /** Where they go, the bucket's name in it or not. */
  address: string;
  words: S3Words;
  /** The answer to asking for one key at most. @throws what the client says */
  probe: () => Promise<void>;
};

/**
 * Prepares a client for a bucket; nothing is sent yet.
 * @param attempts how often a request is tried; once where it is to be found out what is wrong.
 */
export async function connectS3(
  config: S3SourceConfig,
  { signal, attempts = 3 }: { signal?: AbortSignal; attempts?: number } = {},
): Promise<Bucket> {
  const sdk = await import("@aws-sdk/client-s3");
  const agents = outboundAgents();
  const client = new sdk.S3Client({
    region: config.region,
    credentials: { accessKeyId: config.access_key_id, secretAccessKey: config.secret_access_key },
    ...(config.endpoint && { endpoint: config.endpoint }),
    forcePathStyle: config.path_style,
    followRegionRedirects: false,
    maxAttempts: attempts,
    // Other stores than Amazon's do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      requestTimeout: limits.transferIdleMs,
      throwOnRequestTimeout: true,
    },
  });
  const { bucket: Bucket } = config;
  const address = addressOf(client, config);
  const words = s3Words(config, address);
  const options = { abortSignal: signal };
  const list = (prefix: string, more: { token?: string; deep: boolean; keys?: number }) =>
    client.send(
      new sdk.ListObjectsV2Command({
        Bucket,
        Prefix: prefix,
        EncodingType: "url",
        ...(more.token && { ContinuationToken: more.token }),
        ...(more.keys && { MaxKeys: more.keys }),
        ...(!more.deep && { Delimiter: "/" }),
      }),
      options,
    );
  const head = async (key: string): Promise<(FoundFile & { etag?: string }) | undefined> => {
    try {
      const {
        ContentLength = 0,
        LastModified,
        ETag,
      } = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: key }), options);
      return { path: key, bytes: ContentLength, modifiedAt: LastModified ?? new Date(0), etag: ETag };
    } catch (error) {
      signal?.throwIfAborted();
      if (s3ErrorOf(error)?.status === 404) return undefined;
      throw words.dataError(error, { act: "read", key });
    }
  };
  const get = (input: Omit<GetObjectCommandInput, "Bucket">, abortSignal: AbortSignal) =>
    client.send(new sdk.GetObjectCommand({ Bucket, ...input }), { abortSignal });
  return {
    address,
    words,
    probe: async () => {
      const answer = await list(config.prefix ?? "", { deep: true, keys: 1 });
      if (answer.IsTruncated === undefined && answer.KeyCount === undefined)
        throw new DataError("wrong_protocol", "What answers there does not speak S3.", {
          hint: "Check the endpoint: it is the address of the store's S3 API, not of its console.",
        });
    },
    ...objectLister({
      prefix: config.prefix,
      head,
      list: async function* ({ prefix, deep }) {
        let token: string | undefined;
        do {
          signal?.throwIfAborted();
          const page = await list(prefix, { token, deep }).catch((error) => {
            signal?.throwIfAborted();
            throw words.dataError(error, { act: "list" });
          });
          for (const { Key, Size = 0, LastModified } of page.Contents ?? [])
            if (Key !== undefined)
              yield {
                path: decodeURIComponent(Key.replaceAll("+", "%20")),
                bytes: Size,
                modifiedAt: LastModified ?? new Date(0),
              };
          token = page.IsTruncated ? page.NextContinuationToken : undefined;
        } while (token);
      },
    }),
    open: async (path): Promise<OpenedFile> => {
      const key = path.replace(/^\/+/, "");
      const found = await head(key);
      if (!found) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
      const { bytes, modifiedAt, etag } = found;
      const from = async (start: number, end: number, stop: AbortSignal): Promise<Readable> => {
        const whole = start === 0 && end === bytes;
        const { Body, ETag } = await get(
          { Key: key, ...(etag && { IfMatch: etag }), ...(!whole && { Range: `bytes=${start}-${end - 1}` }) },
          stop,
        );
        const body = Body as Readable;
        if (etag === undefined || ETag === undefined || ETag === etag) return watchedPart(body);
        body.destroy();
        throw new DataError("file_changed", changed(key), { retryable: true });
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
    },
    close: async () => {
      client.destroy();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function addressOf(client: S3Client, { bucket, region, endpoint, path_style }: S3SourceConfig): string {
  const { url } = client.config.endpointProvider({
    Bucket: bucket,
    Region: region,
    ForcePathStyle: path_style,
    UseFIPS: false,
    UseDualStack: false,
    Accelerate: false,
    UseGlobalEndpoint: false,
    DisableMultiRegionAccessPoints: false,
    UseArnRegion: false,
    ...(endpoint && { Endpoint: endpoint }),
  });
  return url.href;
}
