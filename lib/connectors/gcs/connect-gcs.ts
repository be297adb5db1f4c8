import { limits } from "#lib/limits.ts";
import { isDataError } from "../data-error.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import type { GcsSourceConfig } from "../specs/gcs.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import { webPlace } from "../transfer/web-stages.ts";
import { type Access, ListPage, type ReadPage, StoredObject } from "./access.ts";
import { type AccessTokens, accessTokens } from "./access-token.ts";
import { bucketFiles } from "./bucket-files.ts";
import { refusal } from "./gcs-failure.ts";
import { type ServiceAccount, serviceAccount } from "./key-file.ts";

const ENDPOINT = "https://storage.googleapis.com";
const PAGE = 1_000;
const FIELDS = "name,size,updated,generation,contentEncoding";

/** A bucket that is signed in to. */
export type GcsBucket = {
  account: ServiceAccount;
  /** Signs in, if it is not yet. @throws DataError */
  signIn: () => Promise<void>;
  page: ReadPage;
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
  const authorizedBy =
    (own: AccessTokens): Access["authorized"] =>
    (work) =>
      inWords(async () => {
        for (let attempt = 1; ; attempt++) {
          const token = await inWords(() => own.get(signal), tokenWords);
          try {
            return await work({ authorization: `Bearer ${token}` });
          } catch (error) {
            if (attempt > 1 || !isDataError(error) || error.code !== "expired_key") throw error;
            own.forget();
          }
        }
      });
  const authorized = authorizedBy(tokens);
  const authorizedToWrite = authorizedBy(accessTokens(account, "read_write"));
  const ask = (url: string) =>
    authorized(async (headers) => {
      const response = await webRequest({ url, headers, signal });
      if (!response.ok) throw await refusal(response, config, account);
      return JSON.parse(await boundedText(response, limits.folderPageBytes)) as unknown;
    });
  const page: ReadPage = async ({ prefix, deep, size = PAGE, token }) => {
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
    files: bucketFiles({
      ...{ config, base, page, look, authorized, authorizedToWrite },
      ...{ words, account, signal },
    }),
  };
}
