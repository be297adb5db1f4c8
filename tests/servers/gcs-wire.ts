import { createHash, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  BUCKET,
  change,
  json,
  refuse,
  resource,
  type State,
  type Stored,
  store,
} from "./gcs-wire-changes.ts";
import { listenOn } from "./listening.ts";

/**
 * A small strict server of ours that speaks Cloud Storage's JSON API, as there is no light emulator: tokens for signed
 * assertions (RFC 7523), listing in pages, metadata, and media by range and generation. It is not Google's: what that
 * does beyond its documentation stays untested.
 */
export type GcsWire = {
  url: string;
  port: number;
  bucket: string;
  /** The text of a key file that it lets in; `change` other members, and with `stranger` another key. */
  keyFile: (change?: Record<string, unknown>, stranger?: boolean) => string;
  put: (name: string, content: Buffer, contentEncoding?: string) => void;
  remove: (name: string) => void;
  /** An object's bytes; undefined if it is not there. */
  contentOf: (name: string) => Buffer | undefined;
  /** What the account may do from now on. */
  allow: (what: { list: boolean; read: boolean }) => void;
  /** How far the server's clock is ahead, in seconds. */
  setClock: (ahead: number) => void;
  /** Every token that was given out is no longer taken. */
  revokeTokens: () => void;
  tokensGiven: () => number;
  pagesListed: () => number;
  stop: () => Promise<void>;
};

const EMAIL = "reader@penstock-tests.iam.gserviceaccount.com";
const SCOPES = ["read_only", "read_write"].map(
  (what) => `https://www.googleapis.com/auth/devstorage.${what}`,
);
/** Pages are small, so that every listing of a test has several. */
const PAGE = 3;
const SKEW_SECONDS = 300;

export async function startGcsWire(): Promise<GcsWire> {
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const state: State = {
    objects: new Map(),
    tokens: new Map(),
    uploads: new Map(),
    given: 0,
    pages: 0,
    list: true,
    read: true,
    ahead: 0,
    publicKey: own.publicKey,
    url: "",
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error: Error) => refuse(response, 500, String(error)));
  });
  const { url, port, stop } = await listenOn(server);
  state.url = url;
  const pem = (pair: typeof own) => pair.privateKey.export({ type: "pkcs8", format: "pem" });
  return {
    url,
    port,
    bucket: BUCKET,
    keyFile: (change = {}, stranger = false) =>
      JSON.stringify({
        type: "service_account",
        project_id: "penstock-tests",
        private_key_id: "key-1",
        private_key: pem(stranger ? other : own),
        client_email: EMAIL,
        token_uri: `${state.url}/token`,
        ...change,
      }),
    put: (name, content, contentEncoding) => store(state, name, content, contentEncoding),
    contentOf: (name) => state.objects.get(name)?.content,
    remove: (name) => state.objects.delete(name),
    allow: (what) => Object.assign(state, what),
    setClock: (ahead) => Object.assign(state, { ahead }),
    revokeTokens: () => state.tokens.clear(),
    tokensGiven: () => state.given,
    pagesListed: () => state.pages,
    stop,
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", state.url);
  if (request.method === "POST" && url.pathname === "/token") return giveToken(state, request, response);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const scope = state.tokens.get(token ?? "");
  if (scope === undefined) return refuse(response, 401, "Invalid Credentials");
  if (request.method !== "GET") {
    if (!scope.endsWith("read_write")) return refuse(response, 403, "Insufficient Permission");
    return change(state, url, request, response);
  }
  const [, bucket, object] = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
  if (bucket === undefined) return refuse(response, 404, "Not Found");
  if (bucket !== BUCKET) return refuse(response, 404, "The specified bucket does not exist.");
  if (object === undefined) return list(state, url.searchParams, response);
  if (!state.read) return refuse(response, 403, `${EMAIL} does not have storage.objects.get access`);
  const name = decodeURIComponent(object);
  const stored = state.objects.get(name);
  const generation = url.searchParams.get("generation");
  if (!stored || (generation !== null && generation !== stored.generation))
    return refuse(response, 404, `No such object: ${BUCKET}/${name}`);
  if (url.searchParams.get("alt") !== "media") return json(response, resource(name, stored));
  sendMedia(request, response, stored);
}

async function giveToken(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const deny = (said: string) => json(response, { error: "invalid_grant", error_description: said }, 400);
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
    return json(response, { error: "unsupported_grant_type" }, 400);
  const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString() || "{}");
  const { alg, typ } = decode(head);
  const { iss, scope, aud, iat, exp } = decode(claims);
  const signed = Buffer.from(`${head}.${claims}`);
  if (alg !== "RS256" || typ !== "JWT") return deny("Invalid JWT");
  if (!verify("RSA-SHA256", signed, state.publicKey, Buffer.from(signature, "base64url")))
    return deny("Invalid JWT Signature.");
  if (iss !== EMAIL) return deny("Invalid grant: account not found");
  // Under whatever name it was asked: a relay may stand before it.
  if (aud !== `http://${request.headers.host}/token` || !SCOPES.includes(scope))
    return deny("Invalid JWT: audience or scope");
  const now = Date.now() / 1000 + state.ahead;
  if (Math.abs(now - iat) > SKEW_SECONDS || exp < now - SKEW_SECONDS || exp - iat > 3600)
    return deny(
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    );
  const token = randomBytes(16).toString("hex");
  state.tokens.set(token, scope);
  state.given++;
  json(response, { access_token: token, expires_in: 3599, token_type: "Bearer" });
}

function list(state: State, asked: URLSearchParams, response: ServerResponse): void {
  if (!state.list) {
    refuse(response, 403, `${EMAIL} does not have storage.objects.list access`);
    return;
  }
  state.pages++;
  const prefix = asked.get("prefix") ?? "";
  const delimiter = asked.get("delimiter");
  const all = [...state.objects.keys()].filter((name) => name.startsWith(prefix)).sort();
  const isBelow = (name: string) => delimiter !== null && name.slice(prefix.length).includes(delimiter);
  const names = all.filter((name) => !isBelow(name));
  const size = Math.min(PAGE, Number(asked.get("maxResults") ?? 1_000));
  const start = Number(asked.get("pageToken") ?? 0);
  const items = names
    .slice(start, start + size)
    .map((name) => resource(name, state.objects.get(name) as Stored));
  const more = start + size < names.length;
  json(response, {
    kind: "storage#objects",
    ...(items.length > 0 && { items }),
    ...(more && { nextPageToken: String(start + size) }),
  });
}

function sendMedia(request: IncomingMessage, response: ServerResponse, stored: Stored): void {
  const { content, generation } = stored;
  const headers = {
    "x-goog-generation": generation,
    etag: `"${createHash("md5").update(content).digest("hex")}"`,
    "content-type": "application/octet-stream",
  };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined)
    return void response.writeHead(200, { ...headers, "content-length": content.length }).end(content);
  const start = Number(from);
  if (start >= content.length)
    return void response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
  const end = to ? Math.min(Number(to) + 1, content.length) : content.length;
  response
    .writeHead(206, {
      ...headers,
      "content-length": end - start,
      "content-range": `bytes ${start}-${end - 1}/${content.length}`,
    })
    .end(content.subarray(start, end));
}
