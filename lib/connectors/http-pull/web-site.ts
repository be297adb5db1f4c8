import { DataError } from "../data-error.ts";
import type { HttpPullSourceConfig } from "../specs/http-pull.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { encoded, versionOf, type WebVersion } from "../transfer/range-request.ts";
import { webRequest } from "../transfer/web-request.ts";
import { webPlace } from "../transfer/web-stages.ts";

/** What is at an address: the one asked for, its own after all redirects, and what the head of the answer tells. */
export type Looked = { asked: string; url: string; version: WebVersion; type: string; disposition: string };

/** A configured web address: how it is asked, and how its failures are put into words. */
export type WebSite = Explainer & {
  /** Who signs in; only towards the site that was configured. */
  headersFor: (url: string) => Record<string, string>;
  refuse: (response: Response) => Promise<DataError>;
  /** The head of what is at an address; undefined if nothing is. */
  look: (url: string) => Promise<Looked | undefined>;
  signal?: AbortSignal;
};

/** Servers that do not answer to HEAD say so by one of these. */
const NO_HEAD = new Set([400, 403, 405, 501]);

/** The site of a configuration. */
export function webSite(config: HttpPullSourceConfig, signal?: AbortSignal): WebSite {
  const origin = new URL(config.url).origin;
  const authorization = authorizationOf(config);
  const words = explainer({
    place: webPlace(config.url),
    network: { host: "url", port: "url" },
    fields: { wrong_credentials: secretField(config), ...FIELDS },
    system: "The web server",
  });
  const headersFor = (url: string): Record<string, string> =>
    authorization && new URL(url).origin === origin ? { authorization } : {};
  const refuse = async (response: Response) => {
    await response.body?.cancel();
    return refusal(response.status, authorization !== undefined);
  };
  const ask = (url: string, method: "HEAD" | "GET") =>
    webRequest({
      url,
      method,
      headers: { ...headersFor(url), ...(method === "GET" && { range: "bytes=0-0" }) },
      signal,
    });
  const look = async (url: string) => {
    let response = await ask(url, "HEAD");
    const head = versionOf(response.headers);
    if (NO_HEAD.has(response.status) || (response.ok && head.bytes === undefined && !isPage(response))) {
      const tried = await ask(url, "GET");
      await tried.body?.cancel();
      // A resource of no bytes has no first one.
      if (response.ok === false || tried.status === 206) response = tried;
    }
    if (response.status === 404 || response.status === 410) return undefined;
    if (!response.ok) throw await refuse(response);
    return looked(response, url);
  };
  return { ...words, headersFor, refuse, look, signal };
}

const FIELDS = {
  read_denied: "url",
  unknown_folder: "url",
  server_failure: "url",
  not_a_file: "url",
  not_a_folder: "url",
  wrong_protocol: "url",
  unexpected_answer: "url",
  encoded_answer: "url",
};

function looked(response: Response, asked: string): Looked {
  const { headers } = response;
  const coding = headers.get("content-encoding");
  const url = response.url || asked;
  if (coding && coding !== "identity" && !isPage(response)) throw encoded(new URL(url).pathname, coding);
  const version = versionOf(headers);
  const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  if (response.status === 206) version.bytes = total === undefined ? undefined : Number(total);
  return {
    asked,
    url,
    version,
    type: typeOf(response),
    disposition: headers.get("content-disposition") ?? "",
  };
}

const typeOf = (response: Response) =>
  (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
const isPage = (response: Response) => typeOf(response) === "text/html";

function authorizationOf({ username, password, bearer_token }: HttpPullSourceConfig): string | undefined {
  if (bearer_token !== undefined) return `Bearer ${bearer_token}`;
  if (username === undefined && password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64")}`;
}

const secretField = ({ bearer_token, username }: HttpPullSourceConfig) =>
  bearer_token !== undefined ? "bearer_token" : username !== undefined ? "password" : "username";

function refusal(status: number, signedIn: boolean): DataError {
  if (status === 401)
    return new DataError(
      "wrong_credentials",
      signedIn
        ? "The web server does not take this sign-in."
        : "The web server asks who is there, and nothing was given.",
      {
        hint: signedIn
          ? "Check the username and the password, or the bearer token."
          : "Give the username and the password, or a bearer token.",
      },
    );
  if (status === 403)
    return new DataError("read_denied", "The web server does not let this be read (403).", {
      hint: "Have reading allowed there, or sign in as somebody who may.",
    });
  if (status === 404 || status === 410)
    return new DataError("unknown_folder", "There is nothing at this address (404).", {
      hint: "Check the address; a folder's ends with a slash.",
    });
  if (status === 429 || status >= 500)
    return new DataError("server_failure", `The web server cannot answer at the moment (${status}).`, {
      hint: "Try again later, or ask whoever runs it.",
      retryable: true,
    });
  return new DataError("unexpected_answer", `The web server answers with status ${status}.`, {
    hint: "Open the address in a browser and see what it says.",
  });
}
