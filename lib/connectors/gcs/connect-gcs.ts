import type { Readable } from "node:stream";
import { z } from "zod";
import { limits } from "#lib/limits.ts";
import type { FoundFile } from "../connector.ts";
import { DataError, isDataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { objectLister } from "../files/object-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import type { GcsSourceConfig } from "../specs/gcs.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { encoded, rangeRequest } from "../transfer/range-request.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import { webPlace } from "../transfer/web-stages.ts";
import { accessTokens } from "./access-token.ts";
import { type ServiceAccount, serviceAccount } from "./service-account.ts";

const ENDPOINT = "https://storage.googleapis.com";
const PAGE = 1_000;
const FIELDS = "name,size,updated,generation,contentEncoding";

const StoredObject = z.object({
  name: z.string(),
  size: z.coerce.number(),
  updated: z.coerce.date(),
  generation: z.string(),
  contentEncoding: z.string().optional(),
});
const ListPage = z.object({
  items: z.array(StoredObject).default([]),
  nextPageToken: z.string().optional(),
});

/** A bucket that is signed in to. */
export type GcsBucket = {
  account: ServiceAccount;
  /** Signs in, if it is not yet. @throws DataError */
  signIn: () => Promise<void>;
  /** One page of a listing. @throws DataError */
  page: (request: {
    prefix: string;
    deep: boolean;
    size?: number;
    token?: string;
  }) => Promise<z.infer<typeof ListPage>>;
  files: ConnectedFiles;
};

/** The address of the API. */
export function gcsAddress({ endpoint = ENDPOINT }: GcsSourceConfig): string {
  return endpoint.replace(/\/+$/, "");
}

/** How failures of a configured bucket are put into words. */
export function gcsWords(config: GcsSourceConfig): Explainer {
  const place = config.endpoint === undefined ? "bucket" : "endpoint";
  return explainer({
    place: webPlace(gcsAddress(config)),
    network: { host: place, port: place },
    fields: {
      malformed_key: "service_account_json",
      wrong_credentials: "service_account_json",
      unknown_bucket: "bucket",
      list_denied: "service_account_json",
      read_denied: "service_account_json",
      wrong_protocol: place,
      unexpected_answer: place,
      encoded_answer: "prefix",
    },
    system: "Cloud Storage",
  });
}

/** The bucket of a configuration. Nothing is asked yet. @throws DataError `malformed_key` */
export function gcsBucket(config: GcsSourceConfig, signal?: AbortSignal): GcsBucket {
  const account = serviceAccount(config);
  const tokens = accessTokens(account);
  const words = gcsWords(config);
  const base = `${gcsAddress(config)}/storage/v1/b/${encodeURIComponent(config.bucket)}/o`;
  const inWords = async <Result>(work: () => Promise<Result>, own = words): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw own.dataError(error);
    }
  };
  const tokenWords = explainer({
    place: webPlace(account.tokenUrl),
    network: { host: "service_account_json", port: "service_account_json" },
    fields: {},
    system: "The place that gives out tokens",
  });
  const signIn = async () => void (await inWords(() => tokens.get(signal), tokenWords));
  /** With a token; one that is refused is asked for anew, once. */
  const authorized = <Result>(work: (headers: Record<string, string>) => Promise<Result>): Promise<Result> =>
    inWords(async () => {
      for (let attempt = 1; ; attempt++) {
        await signIn();
        try {
          return await work({ authorization: `Bearer ${await tokens.get(signal)}` });
        } catch (error) {
          if (attempt > 1 || !isDataError(error) || error.code !== "expired_key") throw error;
          tokens.forget();
        }
      }
    });
  const ask = (url: string) =>
    authorized(async (headers) => {
      const response = await webRequest({ url, headers, signal });
      if (!response.ok) throw await refusal(response, config, account);
      return JSON.parse(await boundedText(response, limits.folderPageBytes)) as unknown;
    });
  const page: GcsBucket["page"] = async ({ prefix, deep, size = PAGE, token }) => {
    const asked = new URLSearchParams({
      prefix,
      maxResults: String(size),
      fields: `items(${FIELDS}),nextPageToken`,
    });
    if (!deep) asked.set("delimiter", "/");
    if (token !== undefined) asked.set("pageToken", token);
    return inWords(async () => ListPage.parse(await ask(`${base}?${asked}`)));
  };
  const look = async (key: string) => {
    try {
      return await inWords(async () =>
        StoredObject.parse(await ask(`${base}/${encodeURIComponent(key)}?fields=${FIELDS}`)),
      );
    } catch (error) {
      if (isDataError(error) && error.code === "unknown_bucket") return undefined;
      throw error;
    }
  };
  return {
    account,
    signIn,
    page,
    files: bucketFiles({ config, base, page, look, authorized, words, account, signal }),
  };
}

type Access = {
  config: GcsSourceConfig;
  base: string;
  page: GcsBucket["page"];
  look: (key: string) => Promise<z.infer<typeof StoredObject> | undefined>;
  authorized: <Result>(work: (headers: Record<string, string>) => Promise<Result>) => Promise<Result>;
  words: Explainer;
  account: ServiceAccount;
  signal?: AbortSignal;
};

function bucketFiles({
  config,
  base,
  page,
  look,
  authorized,
  words,
  account,
  signal,
}: Access): ConnectedFiles {
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
    close: async () => undefined,
  };
}

function foundFile({ name, size, updated }: z.infer<typeof StoredObject>): FoundFile {
  return { path: name, bytes: size, modifiedAt: updated };
}

async function refusal(
  response: Response,
  { bucket }: GcsSourceConfig,
  { email }: ServiceAccount,
): Promise<DataError> {
  const { status } = response;
  const said = await boundedText(response, limits.bodyBytes).catch(() => "");
  if (status === 401)
    return new DataError("expired_key", "Cloud Storage does not take the token that it gave out.", {
      hint: "Make a new key for the service account, and paste its JSON file.",
    });
  if (status === 403) {
    const reading = /objects\.get\b/.test(said);
    const may = reading ? "read the objects of" : "list the objects of";
    return new DataError(reading ? "read_denied" : "list_denied", `${email} may not ${may} ${bucket}.`, {
      hint: `Give it the role Storage Object Viewer: gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=serviceAccount:${email} --role=roles/storage.objectViewer`,
    });
  }
  if (status === 404)
    return new DataError("unknown_bucket", `There is no bucket ${bucket}.`, {
      hint: "Check the bucket's name; without gs:// in front.",
    });
  if (status === 429 || status >= 500)
    return new DataError("server_failure", `Cloud Storage cannot answer at the moment (${status}).`, {
      hint: "Try again later.",
      retryable: true,
    });
  return new DataError("unexpected_answer", `Cloud Storage answers with status ${status}.`, {
    hint: "Check the endpoint; without one Google's own is asked.",
  });
}
