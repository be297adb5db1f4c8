import type { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { limits } from "#lib/limits.ts";
import { outboundAgents } from "#lib/outbound.ts";
import { DataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import type { S3SourceConfig } from "../specs/s3.ts";
import { watchedPart } from "../transfer/watched-part.ts";
import { s3Words } from "./explain-s3.ts";
import { s3ErrorOf } from "./s3-error.ts";
import type { S3Requests } from "./s3-store.ts";
import { s3Writing } from "./s3-writing.ts";

const ATTEMPTS = 3;

/**
 * Prepares a client for a bucket; nothing is sent yet.
 * @param copyBytes the largest object that is copied by one request; larger ones are in parts of that size.
 * @param trying to find out what is wrong: each request is tried once only, and not waited for long.
 */
export async function s3Requests(
  config: S3SourceConfig,
  { signal, trying = false, copyBytes }: { signal?: AbortSignal; trying?: boolean; copyBytes?: number } = {},
): Promise<S3Requests> {
  const sdk = await import("@aws-sdk/client-s3");
  const agents = outboundAgents();
  const client = new sdk.S3Client({
    region: config.region,
    credentials: { accessKeyId: config.access_key_id, secretAccessKey: config.secret_access_key },
    ...(config.endpoint && { endpoint: config.endpoint }),
    forcePathStyle: config.path_style,
    followRegionRedirects: false,
    maxAttempts: trying ? 1 : ATTEMPTS,
    // Other stores than Amazon's do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      requestTimeout: trying ? limits.connectMs : limits.transferIdleMs,
      throwOnRequestTimeout: true,
    },
  });
  const { bucket: Bucket } = config;
  const address = addressOf(client, config);
  const words = s3Words(config, address);
  const options = { abortSignal: signal };
  const page = (Prefix: string, more: { ContinuationToken?: string; MaxKeys?: number; Delimiter?: string }) =>
    client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, EncodingType: "url", ...more }), options);
  /** Why HEAD was refused: its answer has no body to say it. */
  const reasonOf = async (Key: string, error: unknown) => {
    try {
      const first = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range: "bytes=0-0" }), options);
      (first.Body as Readable).destroy();
      return error;
    } catch (reason) {
      signal?.throwIfAborted();
      return reason;
    }
  };
  const requests: Omit<S3Requests, "writing"> = {
    address,
    words,
    probe: async () => {
      const answer = await page(config.prefix ?? "", { MaxKeys: 1 });
      if (answer.IsTruncated === undefined && answer.KeyCount === undefined)
        throw new DataError("wrong_protocol", "What answers there does not speak S3.", {
          hint: "Check the endpoint: it is the address of the store's S3 API, not of its console.",
        });
    },
    list: async function* ({ prefix, deep }) {
      let ContinuationToken: string | undefined;
      do {
        signal?.throwIfAborted();
        const more = { ContinuationToken, ...(!deep && { Delimiter: "/" }) };
        const {
          Contents = [],
          IsTruncated,
          NextContinuationToken,
        } = await page(prefix, more).catch((error) => {
          signal?.throwIfAborted();
          throw words.dataError(error, { act: "list" });
        });
        for (const { Key = "", Size = 0, LastModified = new Date(0), ETag } of Contents) {
          const path = decodeURIComponent(Key.replaceAll("+", "%20"));
          yield { path, bytes: Size, modifiedAt: LastModified, etag: ETag };
        }
        ContinuationToken = IsTruncated ? NextContinuationToken : undefined;
      } while (ContinuationToken);
    },
    head: async (key) => {
      try {
        const answer = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: key }), options);
        const { ContentLength = 0, LastModified = new Date(0), ETag } = answer;
        return { path: key, bytes: ContentLength, modifiedAt: LastModified, etag: ETag };
      } catch (error) {
        signal?.throwIfAborted();
        const answer = s3ErrorOf(error);
        if (answer?.status === 404) return undefined;
        throw words.dataError(answer?.bare ? await reasonOf(key, error) : error, { act: "read", key });
      }
    },
    get: async ({ path: key, bytes, etag }, start, end, stop) => {
      const whole = start === 0 && end === bytes;
      const part = {
        ...(etag && { IfMatch: etag }),
        ...(!whole && { Range: `bytes=${start}-${end - 1}` }),
      };
      const answer = await client
        .send(new sdk.GetObjectCommand({ Bucket, Key: key, ...part }), { abortSignal: stop })
        .catch((error) => {
          stop.throwIfAborted();
          throw words.dataError(error, { act: "read", key });
        });
      const body = answer.Body as Readable;
      if (etag === undefined || answer.ETag === undefined || answer.ETag === etag) return watchedPart(body);
      body.destroy();
      throw new DataError("file_changed", changed(key), { retryable: true });
    },
    close: () => {
      client.destroy();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
  const { prefix } = config;
  return {
    ...requests,
    writing: s3Writing({ ...requests, client, sdk, bucket: Bucket, prefix, signal, copyBytes }),
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
