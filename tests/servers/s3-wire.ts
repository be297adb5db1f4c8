import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenOn } from "./listening.ts";
import type { S3User } from "./swift-s3.ts";

/** What this server pretends, to show failures that no store at hand can be brought to. */
export type WireMood = {
  region: string;
  /** How far its clock is from ours, in ms. */
  clock: number;
  expired: boolean;
  denyList: boolean;
  denyRead: boolean;
  archived: boolean;
  /** Says that the bucket is at home in another region, as Amazon's redirect does. */
  movedTo?: string;
  /** Lists other version tags than it gives. */
  otherTags: boolean;
  /** Refuses for a reason that nobody knows, and repeats the key in it. */
  odd: boolean;
  /** Answers every request with 503. */
  busy: boolean;
  /** Answers as some web site. */
  webSite: boolean;
  /** Takes requests and never answers. */
  silent: boolean;
};

/** A small strict server of ours that speaks a part of S3's protocol: no real store. It checks every signature. */
export type S3Wire = {
  endpoint: string;
  port: number;
  bucket: string;
  user: S3User;
  mood: WireMood;
  put: (key: string, body: string | Buffer) => void;
  remove: (key: string) => void;
  /** Method and address of every request so far. */
  requests: string[];
  stop: () => Promise<void>;
};

type Stored = { body: Buffer; etag: string; modified: Date };

const SKEW_MS = 15 * 60_000;

/** Starts it on a free loopback port, with one bucket. */
export async function startS3Wire(secret: string): Promise<S3Wire> {
  const objects = new Map<string, Stored>();
  const requests: string[] = [];
  const usual: WireMood = {
    region: "eu-north-1",
    clock: 0,
    expired: false,
    denyList: false,
    denyRead: false,
    archived: false,
    otherTags: false,
    odd: false,
    busy: false,
    webSite: false,
    silent: false,
  };
  const wire = {
    bucket: "wire-bucket",
    user: { access_key_id: "AKIAWIREWIREWIREWIRE", secret_access_key: secret },
  };
  const mood = { ...usual };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (mood.silent) return;
    try {
      answer(request, response, { ...wire, mood, objects });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error, mood);
    }
  });
  const { url, port, stop } = await listenOn(server);
  return {
    endpoint: url,
    port,
    ...wire,
    mood,
    requests,
    put: (key, given) => {
      const body = Buffer.from(given);
      const etag = `"${createHash("md5").update(body).digest("hex")}"`;
      objects.set(key, { body, etag, modified: new Date() });
    },
    remove: (key) => {
      objects.delete(key);
    },
    stop,
  };
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Record<string, string>;
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    code: string,
    more: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.more = more;
    this.headers = headers;
  }
}

function refuse(
  response: ServerResponse,
  { status, code, more, headers }: Refusal,
  { clock }: WireMood,
): void {
  const fields = Object.entries({ Code: code, Message: `The wire server says ${code}`, ...more });
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error>${fields.map(([name, text]) => `<${name}>${text}</${name}>`).join("")}</Error>`;
  response.writeHead(status, {
    "content-type": "application/xml",
    date: new Date(Date.now() + clock).toUTCString(),
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

type Scene = Pick<S3Wire, "bucket" | "user" | "mood"> & { objects: Map<string, Stored> };

function answer(request: IncomingMessage, response: ServerResponse, scene: Scene): void {
  const { mood, bucket } = scene;
  if (mood.webSite) {
    response.writeHead(404, { "content-type": "text/html" }).end("<html><h1>Nothing here</h1></html>");
    return;
  }
  if (mood.busy) throw new Refusal(503, "SlowDown");
  checkSignature(request, scene);
  const { access_key_id: id, secret_access_key: secret } = scene.user;
  if (mood.odd) throw new Refusal(400, "OddRefusal", { Message: `Not with ${id} and ${secret}` });
  const url = new URL(request.url ?? "/", "http://wire");
  const [, first = "", ...rest] = url.pathname.split("/");
  if (first !== bucket) throw new Refusal(404, "NoSuchBucket");
  if (mood.movedTo)
    throw new Refusal(
      301,
      "PermanentRedirect",
      { Endpoint: `${bucket}.s3.${mood.movedTo}.amazonaws.com`, Bucket: bucket },
      { "x-amz-bucket-region": mood.movedTo },
    );
  const key = decodeURIComponent(rest.join("/"));
  if (key === "") list(response, url.searchParams, scene);
  else give(request, response, key, scene);
}

function give(
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  { mood, objects }: Scene,
): void {
  if (mood.denyRead) throw new Refusal(403, "AccessDenied");
  if (mood.archived && request.method === "GET") throw new Refusal(403, "InvalidObjectState");
  const stored = objects.get(key);
  if (!stored) throw new Refusal(404, "NoSuchKey");
  const wanted = request.headers["if-match"];
  if (wanted !== undefined && wanted !== stored.etag) throw new Refusal(412, "PreconditionFailed");
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = from === undefined ? stored.body : stored.body.subarray(Number(from), Number(to) + 1);
  response.writeHead(from === undefined ? 200 : 206, {
    "content-length": part.length,
    etag: stored.etag,
    "last-modified": stored.modified.toUTCString(),
    ...(from !== undefined && { "content-range": `bytes ${from}-${to}/${stored.body.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : part);
}

function list(response: ServerResponse, asked: URLSearchParams, { bucket, mood, objects }: Scene): void {
  if (asked.get("list-type") !== "2") throw new Refusal(501, "NotImplemented");
  if (mood.denyList) throw new Refusal(403, "AccessDenied");
  const prefix = asked.get("prefix") ?? "";
  const delimiter = asked.get("delimiter");
  const most = Math.min(Number(asked.get("max-keys") ?? 1000), 1000);
  const after = asked.get("continuation-token") ?? "";
  const keys = [...objects.keys()].sort().filter((key) => key.startsWith(prefix) && key > after);
  const direct = keys.filter((key) => !delimiter || !key.slice(prefix.length).includes(delimiter));
  const page = direct.slice(0, most);
  const more = direct.length > most;
  const contents = page.map((key) => {
    const { body, etag, modified } = objects.get(key) as Stored;
    return `<Contents><Key>${encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+")}</Key><Size>${body.length}</Size><ETag>${mood.otherTags ? "other" : etag.replaceAll('"', "&quot;")}</ETag><LastModified>${modified.toISOString()}</LastModified></Contents>`;
  });
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${bucket}</Name><EncodingType>url</EncodingType><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ""}${contents.join("")}</ListBucketResult>`,
  );
}

/** Signature Version 4, as the S3 API reference describes it for requests with an Authorization header. */
function checkSignature(request: IncomingMessage, { user, mood }: Scene): void {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, id, day = "", region = "", signed = "", signature] =
    form.exec(request.headers.authorization ?? "") ?? [];
  if (id === undefined) throw new Refusal(400, "AuthorizationHeaderMalformed");
  if (mood.expired) throw new Refusal(400, "ExpiredToken");
  if (id !== user.access_key_id) throw new Refusal(403, "InvalidAccessKeyId", { AWSAccessKeyId: id });
  if (region !== mood.region) throw new Refusal(400, "AuthorizationHeaderMalformed", { Region: mood.region });
  const stamp = String(request.headers["x-amz-date"]);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  const sent = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  const now = Date.now() + mood.clock;
  if (Math.abs(sent - now) > SKEW_MS)
    throw new Refusal(403, "RequestTimeTooSkewed", {
      ServerTime: new Date(now).toISOString(),
      RequestTime: stamp,
    });
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const canonical = [
    request.method,
    path,
    query
      .split("&")
      .filter(Boolean)
      .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    ...signed.split(";").map((name) => `${name}:${String(request.headers[name] ?? "").trim()}`),
    "",
    signed,
    request.headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const digest = createHash("sha256").update(canonical).digest("hex");
  const sign = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const signingKey = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
    (key, text) => sign(key, text),
    `AWS4${user.secret_access_key}`,
  );
  const right = sign(signingKey, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest}`).toString("hex");
  if (right !== signature)
    throw new Refusal(403, "SignatureDoesNotMatch", {
      AWSAccessKeyId: id,
      SignatureProvided: signature ?? "",
    });
}
